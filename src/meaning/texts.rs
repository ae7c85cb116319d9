//! Which texts of an entry are embedded, and under what name their vectors are
//! kept: a rebuilt library embeds only what it has not embedded before.

use serde::{Deserialize, Serialize};

use crate::entry::{Authority, Entry, Kind};

/// Longest text that is embedded, in characters; the rest is cut off. Models of
/// this size read some 512 pieces.
pub(super) const MAX_CHARS: usize = 500;

/// A model may turn questions and what answers them into vectors differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Question,
    Passage,
}

/// A kind of text that can be embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Embedded {
    /// Standard and similar questions, and what a guide is called.
    Questions,
    /// What a document is called that is no law, and its headings.
    Titles,
    /// An article of a law or of the highest courts' interpretations, in whole.
    Laws,
    /// An article of whatever has articles, in whole.
    Articles,
    /// The beginning of an answer, a guide or a document.
    Passages,
}

/// Which kinds of text are embedded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(pub Vec<Embedded>);

impl Default for Texts {
    fn default() -> Texts {
        Texts(vec![Embedded::Questions, Embedded::Titles])
    }
}

impl Texts {
    /// Whether a kind is among them.
    pub fn has(&self, kind: Embedded) -> bool {
        self.0.contains(&kind)
    }

    /// Whether articles are, all or those of laws.
    pub fn has_laws(&self) -> bool {
        self.has(Embedded::Laws) || self.has(Embedded::Articles)
    }

    fn has_articles_of(&self, document_title: &str) -> bool {
        let is_law = || matches!(Authority::of(document_title), Authority::Law | Authority::Judicial);
        self.has(Embedded::Articles) || self.has(Embedded::Laws) && is_law()
    }
}

/// What a text's vector is kept under: its BLAKE3, with its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextHash(pub [u8; 16]);

impl TextHash {
    /// Of a text in a role.
    pub fn of(role: Role, text: &str) -> TextHash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[role as u8]).update(text.as_bytes());
        let mut hash = [0; 16];
        hasher.finalize_xof().fill(&mut hash);
        TextHash(hash)
    }
}

/// Longest heading, in characters: a numbered line that is longer is a paragraph.
const MAX_HEADING_CHARS: usize = 40;

/// Lines of a document that are headings: marked by `#`, or short and numbered
/// as official documents number their parts (一、 and （一）; GB/T 9704-2012, 7.3.3).
fn headings(body: &str) -> impl Iterator<Item = &str> {
    let heading = |line: &'_ str| -> Option<usize> {
        let marked = line.trim_start_matches('#');
        if marked.len() < line.len() {
            return Some(line.len() - marked.trim_start().len());
        }
        let opened = line.strip_prefix('（').unwrap_or(line);
        let after = opened.trim_start_matches(['一', '二', '三', '四', '五', '六', '七', '八', '九', '十']);
        let ends = if opened.len() < line.len() { '）' } else { '、' };
        let rest = after.strip_prefix(ends).filter(|_| after.len() < opened.len())?;
        Some(line.len() - rest.trim_start().len())
    };
    body.lines()
        .map(str::trim)
        .filter(|line| line.chars().count() <= MAX_HEADING_CHARS)
        .filter_map(move |line| heading(line).map(|from| line[from..].trim()))
        .filter(|heading| !heading.is_empty())
}

/// The texts of an entry that are embedded as passages, each once.
pub fn texts_of(entry: &Entry, which: &Texts) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let text: String = text.trim().chars().take(MAX_CHARS).collect();
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    };
    match (entry.kind, &entry.part) {
        (Kind::Policy, Some(part)) if part.article.is_some() => {
            if which.has_articles_of(&part.document_title) {
                add(&format!("{} {}", part.document_title, entry.body));
            }
            return texts;
        }
        (Kind::Policy, _) => {
            if which.has(Embedded::Titles) {
                add(&entry.title);
                // A heading says little without what it is a part of.
                headings(&entry.body).for_each(|heading| add(&format!("{} {heading}", entry.title)));
            }
        }
        (Kind::Guide | Kind::Faq, _) => {
            if which.has(Embedded::Questions) {
                add(&entry.title);
                entry.similar_questions.iter().for_each(|question| add(question));
            }
        }
    }
    if which.has(Embedded::Passages) {
        add(&entry.body);
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_short_numbered_or_marked_lines() {
        let body = "为落实要求，现通知如下：\n## 办理条件\n一、扩大供给\n（二） 技能培训\n一个也不能少\n\
                    三、这一段虽然有编号但是很长很长很长很长很长很长很长很长很长很长很长很长很长所以是正文\n十一、附则";
        let found: Vec<&str> = headings(body).collect();
        assert_eq!(found, ["办理条件", "扩大供给", "技能培训", "附则"]);
    }
}
