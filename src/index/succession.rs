//! Entries whose place another one says it takes (`supersedes`). The older
//! entry need not know: an editor writes the new one and leaves the old file.

use std::collections::HashMap;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, SegmentReader, TERMINATED, Term};

use super::IndexError;
use super::candidates::Place;
use super::facts::Facts;
use super::schema::{ID, SUPERSEDES};

/// The entry that takes another one's place.
#[derive(Debug, Clone)]
pub(super) struct Successor {
    pub id: String,
    /// First day on which it holds, as `day_number`; 0 if open.
    pub from: i32,
}

/// Where the entry with an id stands.
pub(super) fn place_of(segments: &[SegmentReader], id: &str) -> Result<Option<Place>, IndexError> {
    for (ordinal, segment) in (0..).zip(segments) {
        let field = segment.schema().get_field(ID)?;
        let index = segment.inverted_index(field)?;
        let postings = index.read_postings(&Term::from_field_text(field, id), IndexRecordOption::Basic);
        let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else { continue };
        while postings.doc() != TERMINATED {
            if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                return Ok(Some(Place(DocAddress::new(ordinal, postings.doc()))));
            }
            postings.advance();
        }
    }
    Ok(None)
}

/// The successors by the place of the entry they replace; of several the first
/// to hold. An entry of one city replaces none of the whole country.
pub(super) fn successors<'f>(
    segments: &[SegmentReader],
    facts_of: impl Fn(Place) -> &'f Facts,
) -> Result<HashMap<Place, Successor>, IndexError> {
    let mut successors: HashMap<Place, Successor> = HashMap::new();
    for (ordinal, segment) in (0..).zip(segments) {
        let columns = segment.fast_fields();
        let (Some(replaced), Some(ids)) = (columns.str(SUPERSEDES)?, columns.str(ID)?) else { continue };
        if replaced.num_terms() == 0 {
            continue;
        }
        for doc in segment.doc_ids_alive() {
            let (Some(old), Some(own)) = (replaced.ords().first(doc), ids.ords().first(doc)) else {
                continue;
            };
            let (mut old_id, mut id) = (String::new(), String::new());
            replaced.ord_to_str(old, &mut old_id).map_err(tantivy::TantivyError::from)?;
            ids.ord_to_str(own, &mut id).map_err(tantivy::TantivyError::from)?;
            let new = facts_of(Place(DocAddress::new(ordinal, doc)));
            let Some(place) = place_of(segments, &old_id)?.filter(|_| old_id != id) else { continue };
            let is_sooner = successors.get(&place).is_none_or(|known| new.from < known.from);
            if is_sooner && new.region.covers(facts_of(place).region) {
                successors.insert(place, Successor { id, from: new.from });
            }
        }
    }
    Ok(successors)
}
