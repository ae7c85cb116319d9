//! Rules for single questions: entries that stand first for them, entries that
//! are not shown.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Curated, CuratedKind, Window};
use crate::entry::{Finding, Region};
use crate::text::{self, Synonyms};

/// Most questions, pins or hides of a rule.
const MOST_OF_A_RULE: usize = 50;

/// How a rule's questions are compared with what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compare {
    /// The question is one of them, however it is punctuated.
    #[default]
    Equal,
    /// One of them stands in the question.
    Contains,
}

/// What stands first, and what is not shown, when something is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub questions: Vec<String>,
    #[serde(default)]
    pub compare: Compare,
    /// Ids of entries that stand first, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    /// Ids of entries that are not shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hides: Vec<String>,
    /// Only for callers of this region or below it; everywhere where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Only in this collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    #[serde(flatten)]
    pub window: Window,
}

impl Curated for Rule {
    const KIND: CuratedKind = CuratedKind::Rule;

    fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.questions.iter().all(|question| letters(question).is_empty()) {
            findings.push(Finding::error("questions_missing", "questions", "请写上这条规则管哪些问法"));
        }
        if self.pins.is_empty() && self.hides.is_empty() {
            let message = "既没有置顶也没有屏蔽，请至少写一个条目编号";
            findings.push(Finding::error("rule_does_nothing", "pins", message));
        }
        for (field, list) in [("questions", &self.questions), ("pins", &self.pins), ("hides", &self.hides)] {
            if list.len() > MOST_OF_A_RULE {
                let message = format!("有 {} 项，最多 {MOST_OF_A_RULE} 项", list.len());
                findings.push(Finding::error("list_too_long", field, message));
            }
        }
        if let Some(both) = self.pins.iter().find(|pin| self.hides.contains(pin)) {
            let message = format!("条目“{both}”既置顶又屏蔽，请只留一处");
            findings.push(Finding::error("pinned_and_hidden", "hides", message));
        }
        findings.extend(self.window.check());
        findings
    }
}

/// A question's letters and digits, normalised: what a rule compares.
pub(super) fn letters(question: &str) -> String {
    text::normalise(question).chars().filter(|sign| sign.is_alphanumeric()).collect()
}

/// A rule ready to be asked whether it counts.
#[derive(Debug, Clone)]
pub struct When {
    rule: Rule,
    questions: Vec<String>,
}

impl When {
    pub(super) fn of(rule: Rule) -> When {
        let letters = rule.questions.iter().map(|question| letters(question));
        When { questions: letters.filter(|letters| !letters.is_empty()).collect(), rule }
    }

    pub(super) fn counts(
        &self,
        asked: &str,
        region: Option<Region>,
        collection: Option<&str>,
        now: Timestamp,
    ) -> bool {
        let is_asked = || match self.rule.compare {
            Compare::Equal => self.questions.iter().any(|question| question == asked),
            Compare::Contains => self.questions.iter().any(|question| asked.contains(question.as_str())),
        };
        let is_there = match (self.rule.region, region) {
            (None, _) => true,
            (Some(own), Some(caller)) => own.covers(caller),
            (Some(_), None) => false,
        };
        let is_in = self.rule.collection.is_none() || self.rule.collection.as_deref() == collection;
        is_there && is_in && self.rule.window.has(now) && is_asked()
    }
}

/// What rules, and the collection it is asked in, say about one question.
#[derive(Debug, Clone, Default)]
pub struct Placed {
    /// Ids of entries that stand first, in order.
    pub pins: Vec<String>,
    /// Ids of entries that are not shown.
    pub hides: Vec<String>,
    /// Synonyms of the collection it is asked in.
    pub synonyms: Option<Arc<Synonyms>>,
}

impl Placed {
    /// Whether another one puts and hides the same entries.
    pub fn places_as(&self, other: &Placed) -> bool {
        self.pins == other.pins && self.hides == other.hides
    }

    pub(super) fn add(&mut self, when: &When) {
        self.pins.extend(when.rule.pins.iter().cloned());
        self.hides.extend(when.rule.hides.iter().cloned());
    }
}
