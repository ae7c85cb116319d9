//! What a caller may find at all: entries of some categories, departments and
//! regions. Judged once for each label in the snapshot, so that a candidate
//! costs one look.

use crate::entry::Region;

/// Between category and department in a label.
const SEPARATOR: char = '\u{1f}';

/// The entries that may be found, of one snapshot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Within {
    /// By number of the label.
    labels: Vec<bool>,
    /// Empty means all.
    regions: Vec<Region>,
}

impl Within {
    /// Of the labels of a snapshot: `accepts` is asked with category and
    /// department; `regions` are the caller's, none for all.
    pub(super) fn new(labels: &[String], regions: &[Region], accepts: impl Fn(&str, &str) -> bool) -> Within {
        let judge = |label: &String| {
            let (category, department) = label.split_once(SEPARATOR).unwrap_or((label, ""));
            accepts(category, department)
        };
        Within { labels: labels.iter().map(judge).collect(), regions: regions.to_vec() }
    }

    pub(super) fn accepts(&self, label: u32, region: Region) -> bool {
        let has_region = || self.regions.iter().any(|own| own.meets(region));
        self.labels.get(label as usize).copied().unwrap_or(false) && (self.regions.is_empty() || has_region())
    }
}

/// What an entry is labelled with in the index.
pub(super) fn label(category: &str, department: &str) -> String {
    format!("{category}{SEPARATOR}{department}")
}
