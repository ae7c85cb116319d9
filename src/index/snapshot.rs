//! One immutable state of the index. A request takes one and uses only that.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::query::{BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{Searcher, TantivyDocument, Term};

use super::IndexError;
use super::candidates::{BestCandidates, Candidate};
use super::document::{ShownEntry, title_key};
use super::facts::FactTable;
use super::plan::{Area, Filter, Phrase, Plan};
use super::schema::Fields;
use crate::text::Cutter;

/// An immutable state of the index with the dictionary it was cut with.
pub struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    pub(super) facts: FactTable,
    pub(super) cutter: Arc<Cutter>,
    /// Number of the last change it holds.
    pub last_change: u64,
}

impl Snapshot {
    /// The dictionary the entries were cut with.
    pub fn cutter(&self) -> &Cutter {
        &self.cutter
    }

    /// Entries in the index.
    pub fn entries(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// The best entries for a plan, best first.
    pub fn candidates(
        &self,
        plan: &Plan,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>, IndexError> {
        let query = self.query_of(plan);
        Ok(self.searcher.search(&query, &BestCandidates { limit, filter, facts: &self.facts })?)
    }

    /// Entries that hold one of the exact keys.
    pub fn exact(
        &self,
        keys: &[String],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>, IndexError> {
        let terms = keys.iter().map(|key| {
            let term = Term::from_field_text(self.fields.exact, key);
            let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::Basic));
            (Occur::Should, query)
        });
        let query = BooleanQuery::new(terms.collect());
        Ok(self.searcher.search(&query, &BestCandidates { limit, filter, facts: &self.facts })?)
    }

    /// Entries whose title or similar question is exactly this text.
    pub fn by_title(
        &self,
        normalised: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>, IndexError> {
        self.exact(&[title_key(normalised)], filter, limit)
    }

    /// Entries that hold a character, those with it in the title or question first.
    pub fn with_character(
        &self,
        character: char,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>, IndexError> {
        let prefix = |area: Area, boost: f32| -> (Occur, Box<dyn Query>) {
            let field = self.fields.of(area);
            let first = Term::from_field_text(field, &character.to_string());
            let past = char::from_u32(character as u32 + 1).unwrap_or(char::MAX).to_string();
            let past = Term::from_field_text(field, &past);
            let range = RangeQuery::new(std::ops::Bound::Included(first), std::ops::Bound::Excluded(past));
            (Occur::Should, Box::new(BoostQuery::new(Box::new(range), boost)))
        };
        let areas =
            vec![prefix(Area::AskGrams, 3.0), prefix(Area::TitleGrams, 2.0), prefix(Area::BodyGrams, 1.0)];
        let query = BooleanQuery::new(areas);
        Ok(self.searcher.search(&query, &BestCandidates { limit, filter, facts: &self.facts })?)
    }

    /// How many entries a plan's clauses can match, an upper bound that costs nothing.
    pub fn document_frequency(&self, area: Area, term: &str) -> u64 {
        let term = Term::from_field_text(self.fields.of(area), term);
        self.searcher.doc_freq(&term).unwrap_or(0)
    }

    /// The entry a candidate stands for.
    pub fn fetch(&self, candidate: &Candidate) -> Result<ShownEntry, IndexError> {
        let document: TantivyDocument = self.searcher.doc(candidate.address)?;
        let bytes = document.get_first(self.fields.shown).and_then(|value| value.as_bytes()).unwrap_or(b"");
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Whether a newer edition of a candidate's law is in force on that day.
    pub fn has_newer_edition(&self, candidate: &Candidate, as_of: i32) -> bool {
        self.facts.has_newer_edition(&candidate.facts, as_of)
    }

    /// A plain OR of the same terms, ten best, with nothing of ours around it:
    /// the floor that `jida bench` compares with.
    pub fn raw_or(&self, terms: &[(Area, String)]) -> Result<usize, IndexError> {
        let terms = terms.iter().map(|(area, text)| {
            let term = Term::from_field_text(self.fields.of(*area), text);
            let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            (Occur::Should, query)
        });
        let collector = tantivy::collector::TopDocs::with_limit(10).order_by_score();
        Ok(self.searcher.search(&BooleanQuery::new(terms.collect()), &collector)?.len())
    }

    fn query_of(&self, plan: &Plan) -> Box<dyn Query> {
        let mut summed: HashMap<(Area, &str), f32> = HashMap::new();
        for clause in &plan.clauses {
            *summed.entry((clause.area, clause.term.as_str())).or_default() += clause.boost;
        }
        let mut ordered: Vec<_> = summed.into_iter().collect();
        ordered.sort_by(|a, b| (a.0.0 as u8, a.0.1).cmp(&(b.0.0 as u8, b.0.1)));
        let any = ordered.into_iter().map(|((area, text), boost)| {
            let term = Term::from_field_text(self.fields.of(area), text);
            let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            (Occur::Should, Box::new(BoostQuery::new(query, boost)) as Box<dyn Query>)
        });
        let any = BooleanQuery::new(any.collect());
        if plan.required.is_empty() && plan.excluded.is_empty() {
            return Box::new(any);
        }
        let mut parts: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Should, Box::new(any))];
        let phrases = |phrases: &[Phrase], occur: Occur| -> Vec<(Occur, Box<dyn Query>)> {
            phrases.iter().map(|phrase| (occur, self.phrase_anywhere(phrase))).collect()
        };
        parts.extend(phrases(&plan.required, Occur::Must));
        parts.extend(phrases(&plan.excluded, Occur::MustNot));
        Box::new(BooleanQuery::new(parts))
    }

    fn phrase_anywhere(&self, phrase: &Phrase) -> Box<dyn Query> {
        let areas = Area::ALL.into_iter().filter(|area| area.holds_grams());
        let per_area = areas.map(|area| {
            let field = self.fields.of(area);
            let mut terms: Vec<(usize, Term)> = phrase
                .grams
                .iter()
                .map(|(offset, gram)| (*offset, Term::from_field_text(field, gram)))
                .collect();
            let query: Box<dyn Query> = match (terms.len(), terms.pop()) {
                (1, Some((_, term))) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                (_, Some(last)) => {
                    terms.push(last);
                    Box::new(PhraseQuery::new_with_offset(terms))
                }
                (_, None) => Box::new(tantivy::query::EmptyQuery),
            };
            (Occur::Should, query)
        });
        Box::new(BooleanQuery::new(per_area.collect()))
    }
}
