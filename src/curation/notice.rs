//! Urgent notices (突发): shown above every answer in a region for a while.

use serde::{Deserialize, Serialize};

use super::{Curated, CuratedKind, Window};
use crate::entry::{Finding, Region};

/// Longest title and text of a notice: it stands above the hits.
const MAX_TITLE_CHARS: usize = 60;
const MAX_TEXT_CHARS: usize = 500;

/// An urgent notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub title: String,
    #[serde(default)]
    pub text: String,
    /// For callers of this region or below it.
    #[serde(default)]
    pub region: Region,
    /// Ids of entries that say more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<String>,
    #[serde(flatten)]
    pub window: Window,
}

impl Curated for Notice {
    const KIND: CuratedKind = CuratedKind::Notice;

    fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.title.trim().is_empty() {
            findings.push(Finding::error("title_missing", "title", "请写上标题"));
        }
        for (field, text, most) in
            [("title", &self.title, MAX_TITLE_CHARS), ("text", &self.text, MAX_TEXT_CHARS)]
        {
            let chars = text.chars().count();
            if chars > most {
                let message = format!("有 {chars} 个字，最多 {most} 个，请缩短");
                findings.push(Finding::error("text_too_long", field, message));
            }
        }
        if self.window.ends_at.is_none() {
            findings.push(Finding::error("end_missing", "ends_at", "突发通知要写明什么时候结束（ends_at）"));
        }
        findings.extend(self.window.check());
        findings
    }
}
