//! What is read from a segment's columns into memory: a segment never changes,
//! so its table is read once and shared by all snapshots, and a change costs
//! only the segment it adds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::SegmentReader;
use tantivy::index::SegmentId;

use super::IndexError;

/// The tables of a generation's segments, each read once.
pub(super) struct SegmentTables<T>(Arc<Mutex<HashMap<SegmentId, Arc<T>>>>);

impl<T> Clone for SegmentTables<T> {
    fn clone(&self) -> SegmentTables<T> {
        SegmentTables(Arc::clone(&self.0))
    }
}

impl<T> Default for SegmentTables<T> {
    fn default() -> SegmentTables<T> {
        SegmentTables(Arc::default())
    }
}

impl<T> SegmentTables<T> {
    /// Those of a snapshot's segments, in their order; others are forgotten.
    pub fn of(
        &self,
        segments: &[SegmentReader],
        read: impl Fn(&SegmentReader) -> Result<T, IndexError>,
    ) -> Result<Vec<Arc<T>>, IndexError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = Vec::with_capacity(segments.len());
        for segment in segments {
            tables.push(match known.get(&segment.segment_id()) {
                Some(table) => Arc::clone(table),
                None => Arc::new(read(segment)?),
            });
        }
        let ids = segments.iter().map(SegmentReader::segment_id);
        *known = ids.zip(tables.iter().cloned()).collect();
        Ok(tables)
    }
}
