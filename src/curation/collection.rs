//! Collections (语境库, 专题库): a name for some categories and departments,
//! with the matters asked most often there.

use serde::{Deserialize, Serialize};

use super::{Curated, CuratedKind};
use crate::entry::{Finding, is_below};
use crate::text::{Synonyms, parse_dictionary};

/// Matters one key away: as many as there are digits.
const MOST_FREQUENT: usize = 9;

/// Most words and synonym groups of one collection.
const MOST_WORDS: usize = 1_000;

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
    /// Words of its trade; they join the dictionary of the next generation,
    /// which entries and questions share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Synonym groups, a line each as in the common list; they count for
    /// questions asked in the collection, at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
}

impl Collection {
    /// Whether an entry with that category and department belongs to it.
    pub fn has(&self, category: &str, department: &str) -> bool {
        self.categories.iter().any(|own| is_below(category, own))
            || self.departments.iter().any(|own| own == department)
    }

    /// What is wrong with its words and synonyms, by place from 1.
    fn check_lists(&self, findings: &mut Vec<Finding>) {
        let words = parse_dictionary(&self.words.join("\n")).1;
        let synonyms = Synonyms::parse(&self.synonyms.join("\n")).1;
        for (field, errors) in [("words", words), ("synonyms", synonyms)] {
            findings.extend(errors.into_iter().map(|error| {
                Finding::error(error.code, field, format!("第 {} 个：{}", error.line, error.message))
            }));
        }
        for (field, count) in [("words", self.words.len()), ("synonyms", self.synonyms.len())] {
            if count > MOST_WORDS {
                let message = format!("有 {count} 个，最多 {MOST_WORDS} 个");
                findings.push(Finding::error("list_too_long", field, message));
            }
        }
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
        self.check_lists(&mut findings);
        findings
    }
}
