//! Synonyms: what people say → what laws and guides write. The file is in
//! Solr's format, a group a line: `甲, 乙` are equal, `甲, 乙 => 丙` leads from
//! either to 丙 and to each other, but not back from 丙. Used on the question's side only.

use aho_corasick::{AhoCorasick, MatchKind};

use super::normalise;

/// The list that ships with the program: the one in our own corpus.
const SHIPPED: &str = include_str!("../../corpus/synonyms.txt");
/// Longest term, in characters.
const MAX_TERM_CHARS: usize = 20;

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynonymError {
    /// From 1.
    pub line: usize,
    /// Stable code: `synonym_duplicate`.
    pub code: &'static str,
    /// The reason and what to do, in Chinese.
    pub message: String,
}

/// A list of synonyms, ready to be looked up in questions.
#[derive(Debug)]
pub struct Synonyms {
    matcher: Option<AhoCorasick>,
    /// By source term: what it leads to.
    targets: Vec<Vec<String>>,
    /// By source term: the one term that stands for its group.
    canonical: Vec<String>,
}

/// A term of a question with what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion<'a> {
    /// The term as it stands in the normalised question.
    pub source: &'a str,
    pub targets: &'a [String],
    /// The one term that stands for the group: the first official one.
    pub canonical: &'a str,
}

impl Synonyms {
    /// The text of the list that ships with the program.
    pub fn shipped() -> &'static str {
        SHIPPED
    }

    /// Reads a list; lines that cannot be used are named and left out.
    pub fn parse(text: &str) -> (Synonyms, Vec<SynonymError>) {
        let mut sources: Vec<String> = Vec::new();
        let mut targets: Vec<Vec<String>> = Vec::new();
        let mut canonical: Vec<String> = Vec::new();
        let mut lines_of: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
        let mut errors = Vec::new();
        for (line, row) in (1..).zip(text.lines()) {
            let row = row.trim();
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            let error = |code, message: String| SynonymError { line, code, message };
            let (left, right) = match row.split_once("=>") {
                Some((left, right)) => (terms(left), terms(right)),
                None => (terms(row), terms(row)),
            };
            if left.is_empty() || right.is_empty() || (left == right && left.len() < 2) {
                let message = "这一行要写成“甲, 乙”或“甲, 乙 => 丙”".to_owned();
                errors.push(error("synonym_malformed", message));
                continue;
            }
            let long = left.iter().chain(&right).find(|term| term.chars().count() > MAX_TERM_CHARS);
            if let Some(long) = long {
                let message = format!("“{long}”超过 {MAX_TERM_CHARS} 个字，请缩短");
                errors.push(error("synonym_too_long", message));
                continue;
            }
            // Callers' words for one thing also stand for each other: questions
            // that editors wrote down use them.
            let all: Vec<&String> =
                right.iter().chain(left.iter().filter(|term| !right.contains(term))).collect();
            for source in &left {
                if let Some(first) = lines_of.insert(source.clone(), line) {
                    let message = format!("“{source}”在第 {first} 行已经有了，请合并到一行");
                    errors.push(error("synonym_duplicate", message));
                    continue;
                }
                targets.push(
                    all.iter().filter(|target| **target != source).map(|target| (*target).clone()).collect(),
                );
                canonical.push(right[0].clone());
                sources.push(source.clone());
            }
        }
        let matcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&sources).ok();
        (Synonyms { matcher, targets, canonical }, errors)
    }

    /// What a normalised question's terms lead to, longest terms first.
    pub fn expand<'a>(&'a self, normalised: &'a str) -> Vec<Expansion<'a>> {
        let Some(matcher) = &self.matcher else { return Vec::new() };
        matcher
            .find_iter(normalised)
            .map(|found| Expansion {
                source: &normalised[found.range()],
                targets: &self.targets[found.pattern().as_usize()],
                canonical: &self.canonical[found.pattern().as_usize()],
            })
            .filter(|expansion| !expansion.targets.is_empty())
            .collect()
    }
}

fn terms(list: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for term in list.split([',', '，']).map(|term| normalise(term.trim())).filter(|term| !term.is_empty()) {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_equal_and_arrows_lead_one_way() {
        let (synonyms, errors) = Synonyms::parse("# 注\n医保, 医疗保险\n房本 => 不动产权证书\n");
        assert_eq!(errors, []);
        assert_eq!(synonyms.expand("医疗保险断缴")[0].targets, ["医保"]);
        assert_eq!(synonyms.expand("房本丢了")[0].targets, ["不动产权证书"]);
        assert_eq!(synonyms.expand("不动产权证书"), []);
    }

    #[test]
    fn bad_lines_are_named_and_the_others_used() {
        let (synonyms, errors) = Synonyms::parse("甲\n甲, 乙\n乙 => 丙\n=> 丁\n");
        let found: Vec<_> = errors.iter().map(|error| (error.line, error.code)).collect();
        assert_eq!(found, [(1, "synonym_malformed"), (3, "synonym_duplicate"), (4, "synonym_malformed")]);
        assert_eq!(synonyms.expand("甲")[0].targets, ["乙"]);
    }

    #[test]
    fn the_shipped_list_has_no_errors() {
        let (synonyms, errors) = Synonyms::parse(SHIPPED);
        assert_eq!(errors, []);
        assert!(synonyms.targets.len() > 2_000);
    }
}
