//! One immutable state of the index. A request takes one and uses only that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tantivy::collector::DocSetCollector;
use tantivy::query::{
    BooleanQuery, BoostQuery, EnableScoring, Occur, PhrasePrefixQuery, PhraseQuery, Query, RangeQuery,
    TermQuery,
};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, Score, Searcher, SegmentReader, TERMINATED, Term};

use super::IndexError;
use super::candidates::{Candidate, Place};
use super::document::{ShownEntry, document_key, title_key};
use super::facts::{FactTable, Facts};
use super::lists::Knowledge;
use super::near::{NearSet, NearTable, Nearness};
use super::plan::{Area, Filter, Phrase, Plan, ValidityFilter};
use super::schema::Fields;
use super::scoring::{Cut, POOL_COUNT, Pool, Selection, TextScores, score_segment};
use super::sound::Sounds;
use super::statistics::Statistics;
use super::succession;
use super::typed::{Letter, TypedTexts};
use super::usage::Usage;
use super::within::Within;
use crate::entry::{Entry, Region};
use crate::meaning::Vector;
use crate::memory::QuestionMemory;
use crate::ranking::Ranking;
use crate::text::{self, Cutter, SynonymError, Synonyms};

/// An immutable state of the index with the dictionary it was cut with. Clones
/// share all that is large.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    pub(super) facts: Arc<FactTable>,
    pub(super) statistics: Arc<Statistics>,
    pub(super) typed: Vec<Arc<TypedTexts>>,
    pub(super) near: Vec<Arc<NearTable>>,
    pub(super) sounds: Sounds,
    pub(super) knowledge: Knowledge,
    pub(super) memory: Arc<QuestionMemory>,
    pub(super) usage: Arc<Usage>,
    /// Number of the last change it holds.
    pub last_change: u64,
}

/// Bigrams that may begin with the last character of a phrase.
const MOST_FOLLOWERS: u32 = 10_000;

/// Every term that begins with a lone character's term.
fn prefix_query(term: &Term) -> RangeQuery {
    let text = term.value().as_str().unwrap_or_default().to_owned();
    let past = text.chars().next().and_then(|first| char::from_u32(first as u32 + 1)).unwrap_or(char::MAX);
    let past = Term::from_field_text(term.field(), &past.to_string());
    RangeQuery::new(std::ops::Bound::Included(term.clone()), std::ops::Bound::Excluded(past))
}

/// A phrase whose last term is only the beginning of one. The engine's prefix
/// phrase is right for two terms only (0.27 misplaces the last of more), so the
/// last two are asked that way and all but the last as a plain phrase.
fn open_phrase(terms: Vec<(usize, Term)>, last: (usize, Term)) -> Box<dyn Query> {
    let Some(before) = terms.last().cloned() else { return Box::new(tantivy::query::EmptyQuery) };
    let shift = before.0;
    let mut end = PhrasePrefixQuery::new_with_offset(vec![(0, before.1), (last.0 - shift, last.1)]);
    end.set_max_expansions(MOST_FOLLOWERS);
    if terms.len() == 1 {
        return Box::new(end);
    }
    let start = PhraseQuery::new_with_offset(terms);
    Box::new(BooleanQuery::new(vec![(Occur::Must, Box::new(start)), (Occur::Must, Box::new(end))]))
}

/// Entries that `"quoted"` and `-unwanted` parts of a question leave.
struct Operators {
    required: Option<HashSet<DocAddress>>,
    excluded: HashSet<DocAddress>,
}

impl Operators {
    fn accept(&self, address: DocAddress) -> bool {
        self.required.as_ref().is_none_or(|required| required.contains(&address))
            && !self.excluded.contains(&address)
    }
}

impl Snapshot {
    /// The dictionary the entries were cut with.
    pub fn cutter(&self) -> &Cutter {
        &self.knowledge.cutter
    }

    /// The synonyms of the generation.
    pub fn synonyms(&self) -> &Synonyms {
        &self.knowledge.synonyms
    }

    /// The ranker's weights of the generation: for questions whose direction is
    /// known, or for those that are asked by their words alone.
    pub fn ranking(&self, by_meaning: bool) -> &Ranking {
        if by_meaning { &self.knowledge.ranking_by_meaning } else { &self.knowledge.ranking }
    }

    /// The set of vectors the entries have; none where there is none.
    pub fn near_set(&self) -> Option<&NearSet> {
        self.knowledge.near.as_deref()
    }

    /// Its name.
    pub fn vector_set(&self) -> Option<&str> {
        self.near_set().map(|near| near.name.as_str())
    }

    /// How near every entry is to a direction; none where no entry has a vector
    /// of its kind.
    pub fn nearness(&self, direction: &Vector) -> Option<Nearness<'_>> {
        Nearness::of(&self.near, direction)
    }

    /// The answered questions.
    pub fn memory(&self) -> &QuestionMemory {
        &self.memory
    }

    /// The same state with these answered questions.
    pub fn with_memory(self, memory: Arc<QuestionMemory>) -> Result<Snapshot, IndexError> {
        let usage = Arc::new(Usage::of(&memory, &self)?);
        Ok(Snapshot { memory, usage, ..self })
    }

    /// The same state with more lines in its synonyms; what is wrong with them
    /// where they cannot be used. Lines are counted from the first new one.
    pub fn with_more_synonyms(&self, lines: &str) -> Result<Snapshot, Vec<SynonymError>> {
        let known = self.knowledge.synonyms_text.lines().count();
        let text = format!("{}\n{lines}", self.knowledge.synonyms_text.trim_end_matches('\n'));
        let (synonyms, errors) = Synonyms::parse(&text);
        let new: Vec<SynonymError> = errors
            .into_iter()
            .filter(|error| error.line > known)
            .map(|error| SynonymError { line: error.line - known, ..error })
            .collect();
        if !new.is_empty() {
            return Err(new);
        }
        let knowledge =
            Knowledge { synonyms: Arc::new(synonyms), synonyms_text: text.into(), ..self.knowledge.clone() };
        Ok(Snapshot { knowledge, ..self.clone() })
    }

    /// The same state with the answered questions of another one.
    pub fn with_memory_of(self, other: &Snapshot) -> Result<Snapshot, IndexError> {
        self.with_memory(Arc::clone(&other.memory))
    }

    /// Where the remembered entries stand, and how often they were adopted.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// The library's characters by sound.
    pub fn sounds(&self) -> &Sounds {
        &self.sounds
    }

    /// Entries in the index.
    pub fn entries(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// The best entries for a plan, best first: `limit` of each pool, and
    /// those of `forced` whatever their score.
    pub fn candidates(
        &self,
        plan: &Plan,
        filter: &Filter,
        limit: usize,
        forced: &[Place],
    ) -> Result<Vec<Candidate>, IndexError> {
        let operators = self.operators(plan)?;
        let mut forced: Vec<DocAddress> = forced.iter().map(|place| place.0).collect();
        forced.sort_unstable();
        forced.dedup();
        let mut found = Vec::new();
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let own = forced.iter().filter(|address| address.segment_ord == ordinal);
            let own: Vec<DocId> = own.map(|address| address.doc_id).collect();
            let place = |doc: DocId| Place(DocAddress::new(ordinal, doc));
            let selection = Selection {
                limit,
                accepts: |doc: DocId| {
                    self.accepts(segment, place(doc), filter) && operators.accept(place(doc).0)
                },
                pool_of: |doc: DocId| self.facts.of(place(doc)).pool(),
                forced: &own,
            };
            let scored =
                score_segment((ordinal, segment), &self.fields, &self.statistics, &plan.terms, &selection)?;
            found.extend(
                scored.into_iter().map(|scored| {
                    Candidate::new(place(scored.doc), scored.scores, &self.facts, filter.as_of)
                }),
            );
        }
        let text_score = |candidate: &Candidate| candidate.scores.sum();
        found.sort_by(|a, b| text_score(b).total_cmp(&text_score(a)).then(a.facts.seq.cmp(&b.facts.seq)));
        let mut kept = [0; POOL_COUNT];
        found.retain(|candidate| {
            let kept = &mut kept[candidate.facts.pool() as usize];
            *kept += 1;
            *kept <= limit || forced.binary_search(&candidate.place.0).is_ok()
        });
        Ok(found)
    }

    /// Entries that hold exact keys, with how many of them each holds.
    pub fn exact(&self, keys: &[String], filter: &Filter) -> Result<Vec<(Place, u32)>, IndexError> {
        let mut found: HashMap<Place, u32> = HashMap::new();
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let index = segment.inverted_index(self.fields.exact)?;
            for key in keys {
                let term = Term::from_field_text(self.fields.exact, key);
                let postings = index.read_postings(&term, IndexRecordOption::Basic);
                let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else { continue };
                while postings.doc() != TERMINATED {
                    let place = Place(DocAddress::new(ordinal, postings.doc()));
                    if self.accepts(segment, place, filter) {
                        *found.entry(place).or_default() += 1;
                    }
                    postings.advance();
                }
            }
        }
        let mut found: Vec<(Place, u32)> = found.into_iter().collect();
        found.sort_unstable_by_key(|&(place, keys)| (std::cmp::Reverse(keys), self.facts.of(place).seq));
        Ok(found)
    }

    /// Entries whose title or similar question is exactly this text.
    pub fn by_title(&self, normalised: &str, filter: &Filter) -> Result<Vec<Place>, IndexError> {
        let found = self.exact(&[title_key(normalised)], filter)?;
        Ok(found.into_iter().map(|(place, _)| place).collect())
    }

    /// The beginning of the document with this title: of its articles that the
    /// filter accepts, the one that was loaded first.
    pub fn by_document(&self, normalised: &str, filter: &Filter) -> Result<Option<Place>, IndexError> {
        let found = self.exact(&[document_key(normalised)], filter)?;
        Ok(found.first().map(|&(place, _)| place))
    }

    /// The best entries that hold a phrase.
    pub fn with_phrase(
        &self,
        phrase: &Phrase,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Place>, IndexError> {
        let found = self.run(&*self.phrase_anywhere(phrase), filter)?;
        Ok(found.into_iter().take(limit).map(|(_, place)| place).collect())
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
            let range = prefix_query(&Term::from_field_text(field, &character.to_string()));
            (Occur::Should, Box::new(BoostQuery::new(Box::new(range), boost)))
        };
        let areas = vec![
            prefix(Area::AskGrams, 3.0),
            prefix(Area::TitleGrams, 2.0),
            prefix(Area::BodyGrams, 1.0),
            prefix(Area::ArticleGrams, 1.0),
        ];
        let found = self.run(&BooleanQuery::new(areas), filter)?;
        let candidate = |(score, place)| {
            let scores = TextScores { words: score, ..TextScores::default() };
            Candidate::new(place, scores, &self.facts, filter.as_of)
        };
        Ok(found.into_iter().take(limit).map(candidate).collect())
    }

    /// Every entry an engine query matches and the filter accepts, best first.
    fn run(&self, query: &dyn Query, filter: &Filter) -> Result<Vec<(Score, Place)>, IndexError> {
        let weight = query.weight(EnableScoring::enabled_from_searcher(&self.searcher))?;
        let mut found = Vec::new();
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let mut scorer = weight.scorer(segment, 1.0)?;
            while scorer.doc() != TERMINATED {
                let place = Place(DocAddress::new(ordinal, scorer.doc()));
                if self.accepts(segment, place, filter) {
                    found.push((scorer.score(), place));
                }
                scorer.advance();
            }
        }
        let seq = |place| self.facts.of(place).seq;
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| seq(a.1).cmp(&seq(b.1))));
        Ok(found)
    }

    pub(super) fn accepts(&self, segment: &SegmentReader, place: Place, filter: &Filter) -> bool {
        let is_alive = segment.alive_bitset().is_none_or(|alive| alive.is_alive(place.0.doc_id));
        is_alive && self.is_accepted(place, filter)
    }

    /// What the plan's required and excluded phrases leave.
    fn operators(&self, plan: &Plan) -> Result<Operators, IndexError> {
        let matching = |query: &dyn Query| -> Result<HashSet<DocAddress>, IndexError> {
            Ok(self.searcher.search(query, &DocSetCollector)?)
        };
        let queries = |phrases: &[Phrase], occur: Occur| -> BooleanQuery {
            BooleanQuery::new(phrases.iter().map(|phrase| (occur, self.phrase_anywhere(phrase))).collect())
        };
        let required = match plan.required.as_slice() {
            [] => None,
            phrases => Some(matching(&queries(phrases, Occur::Must))?),
        };
        let excluded = match plan.excluded.as_slice() {
            [] => HashSet::new(),
            phrases => matching(&queries(phrases, Occur::Should))?,
        };
        Ok(Operators { required, excluded })
    }

    /// How rare a term is, by pool: inverse document frequency, of the area where the
    /// pool's entries hold it most often; 0 if no entry has it.
    pub fn idf(&self, cut: Cut, term: &str) -> [f32; POOL_COUNT] {
        self.statistics.idf(Pool::ALL.map(|pool| {
            let frequencies = pool.areas(cut).iter().map(|&area| self.document_frequency(area, term));
            frequencies.max().unwrap_or(0)
        }))
    }

    /// The texts an entry is asked by: title and similar questions; of an article
    /// its document's title.
    pub fn asked_texts(&self, place: Place) -> impl Iterator<Item = &[Letter]> {
        self.typed[place.0.segment_ord as usize].of_doc(place.0.doc_id)
    }

    /// How many entries hold a term in an area.
    pub fn document_frequency(&self, area: Area, term: &str) -> u64 {
        let term = Term::from_field_text(self.fields.of(area), term);
        self.searcher.doc_freq(&term).unwrap_or(0)
    }

    /// The entry a candidate stands for.
    pub fn shown(&self, place: Place) -> Result<ShownEntry, IndexError> {
        ShownEntry::at(&self.searcher, &self.fields, place)
    }

    /// The entries a caller may find: `accepts` is asked for each category with
    /// a department; `regions` are the caller's, none for all.
    pub fn within(&self, regions: &[Region], accepts: impl Fn(&str, &str) -> bool) -> Within {
        self.facts.within(regions, accepts)
    }

    /// Whether a filter accepts the entry at a place.
    pub fn is_accepted(&self, place: Place, filter: &Filter) -> bool {
        self.facts.accepts(self.facts.of(place), filter) && !filter.hidden.contains(&place)
    }

    /// The place of the entry with an id.
    pub fn place_of(&self, id: &str) -> Result<Option<Place>, IndexError> {
        succession::place_of(self.searcher.segment_readers(), id)
    }

    /// Whether another entry has taken a candidate's place on that day.
    pub fn is_superseded(&self, candidate: &Candidate, as_of: i32) -> bool {
        self.facts.is_superseded(&candidate.facts, as_of)
    }

    /// Id of the entry that says it takes the place of the one at a place.
    pub fn successor(&self, place: Place) -> Option<&str> {
        self.facts.successor(place)
    }

    /// Facts of the entry at a place.
    pub fn facts(&self, place: Place) -> &Facts {
        self.facts.of(place)
    }

    /// Id of the same article in the edition in force; `None` where that has no
    /// such article.
    pub fn current_edition(&self, entry: &Entry, filter: &Filter) -> Result<Option<String>, IndexError> {
        let Some(part) = &entry.part else { return Ok(None) };
        let Some(key) =
            part.article.as_ref().and_then(|label| text::article_key(&part.document_title, label))
        else {
            return Ok(None);
        };
        let current = Filter { validity: ValidityFilter::Current, ..*filter };
        let found = self.exact(&[key], &current)?;
        found.first().map(|&(place, _)| Ok(self.shown(place)?.entry.id)).transpose()
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

    fn phrase_anywhere(&self, phrase: &Phrase) -> Box<dyn Query> {
        self.phrase_in(phrase, &Area::WITH_GRAMS)
    }

    pub(super) fn phrase_in(&self, phrase: &Phrase, areas: &[Area]) -> Box<dyn Query> {
        let per_area = areas.iter().map(|&area| {
            let field = self.fields.of(area);
            let mut terms: Vec<(usize, Term)> = phrase
                .grams
                .iter()
                .map(|(offset, gram)| (*offset, Term::from_field_text(field, gram)))
                .collect();
            let query: Box<dyn Query> = match (terms.len(), terms.pop()) {
                (1, Some((_, term))) if phrase.is_open => Box::new(prefix_query(&term)),
                (1, Some((_, term))) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                (_, Some(last)) if phrase.is_open => open_phrase(terms, last),
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
