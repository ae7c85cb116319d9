//! Collections (语境库, 专题库): a name for some categories and departments,
//! with the matters asked most often there.

use serde::{Deserialize, Serialize};

use super::{Curated, CuratedKind};
use crate::entry::{Finding, is_below};

/// Matters one key away: as many as there are digits.
const MOST_FREQUENT: usize = 9;

/// A matter asked often, one key away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequent {
    /// What the key says: 补领身份证.
    pub label: String,
    pub entry_id: String,
}

/// A part of the library under a name. An entry may stand in several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    pub name: String,
    /// Category paths; what lies below them belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<String>,
    /// Ids of the editors' keys that may change it; reviewers always may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub editors: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequent: Vec<Frequent>,
}

impl Collection {
    /// Whether an entry with that category and department belongs to it.
    pub fn has(&self, category: &str, department: &str) -> bool {
        self.categories.iter().any(|own| is_below(category, own))
            || self.departments.iter().any(|own| own == department)
    }
}

impl Curated for Collection {
    const KIND: CuratedKind = CuratedKind::Collection;

    fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.name.trim().is_empty() {
            findings.push(Finding::error("name_missing", "name", "请写上语境库的名称"));
        }
        let named = self.categories.iter().chain(&self.departments);
        if named.filter(|text| !text.trim().is_empty()).count() == 0 {
            let message = "请写上这个语境库包含哪些分类（categories）或部门（departments）";
            findings.push(Finding::error("collection_empty", "categories", message));
        }
        if self.frequent.len() > MOST_FREQUENT {
            let message = format!("高频事项有 {} 项，最多 {MOST_FREQUENT} 项", self.frequent.len());
            findings.push(Finding::error("list_too_long", "frequent", message));
        }
        findings
    }
}
