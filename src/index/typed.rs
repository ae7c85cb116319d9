//! The texts that are suggested while somebody types, in memory, a table for
//! each of the engine's segments. They are kept as a column of the index, cut
//! into words already, and a segment never changes: its table is read once and
//! shared by all snapshots, so a change costs only the segment it adds.
//!
//! Every letter of every text stands in the bucket of its own key and the next
//! letter's (`Keys`), the best places first. Whatever is typed, characters,
//! pinyin or initials, fixes two keys: a few buckets are read, each only until
//! there are enough.

use std::io;
use std::ops::Range;

use tantivy::{DocId, SegmentReader};

use super::IndexError;
use super::schema::TYPED;
use crate::entry::{Entry, Kind};
use crate::text::{self, Cutter, Keys};

/// Stands before each word that begins inside a text of the column.
const WORD: char = '\u{1F}';
/// Stands between the cut text and the text as it is shown, where they differ.
const SHOWN: char = '\u{1E}';
/// Ends every text among the letters; nothing that is typed matches it.
const END: Letter = Letter { character: '\0', begins: Begins::Anywhere };

/// Where in a text a letter stands, the best place first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Begins {
    Text,
    Word,
    Anywhere,
}

impl Begins {
    const ALL: [Begins; 3] = [Begins::Text, Begins::Word, Begins::Anywhere];
}

/// A letter, digit or Chinese character of a normalised text; punctuation is
/// not typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    pub character: char,
    pub begins: Begins,
}

/// What is looked for: two keys, and what only the asker can judge.
pub struct Pattern<'a> {
    pub first: Keys,
    pub second: Keys,
    /// How many letters match from a place on; `None` where they do not. The
    /// letters go on past the text's end, which is a letter `'\0'`.
    pub matches: &'a dyn Fn(&[Letter]) -> Option<usize>,
}

/// A text that matches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match<'a> {
    pub shown: &'a str,
    /// The whole text's letters.
    pub letters: &'a [Letter],
    pub begins: Begins,
    /// Which letters match.
    pub first: usize,
    pub count: usize,
    pub doc: DocId,
}

/// Writes the column's values of an entry. The articles of a law follow one
/// another and share its title, which is cut once.
pub(super) struct TypedWriter<'a> {
    cutter: &'a Cutter,
    last_title: (String, Option<String>),
}

impl<'a> TypedWriter<'a> {
    pub fn new(cutter: &'a Cutter) -> TypedWriter<'a> {
        TypedWriter { cutter, last_title: (String::new(), None) }
    }

    /// What an entry is suggested by: a document by its title, whatever the
    /// article; others by their title and similar questions.
    pub fn values(&mut self, entry: &Entry) -> Vec<String> {
        if let Some(part) = &entry.part {
            if self.last_title.0 != part.document_title {
                self.last_title = (part.document_title.clone(), self.value(&part.document_title));
            }
            return self.last_title.1.iter().cloned().collect();
        }
        let questions = std::iter::once(&entry.title).chain(&entry.similar_questions);
        questions.filter_map(|question| self.value(question)).collect()
    }

    /// `None` where there is nothing to type or the text holds our own signs.
    fn value(&self, shown: &str) -> Option<String> {
        let normalised = text::normalise(shown);
        let is_typed = normalised.chars().any(char::is_alphanumeric);
        if !is_typed || shown.contains(['\0', WORD, SHOWN]) {
            return None;
        }
        let words = self.cutter.question_words(&normalised);
        let mut starts = words.iter().map(|word| word.start_char).peekable();
        let mut value = String::with_capacity(normalised.len() + words.len() + shown.len());
        for (place, character) in normalised.chars().enumerate() {
            if starts.next_if_eq(&place).is_some() {
                value.push(WORD);
            }
            value.push(character);
        }
        if normalised != shown {
            value.push(SHOWN);
            value.push_str(shown);
        }
        Some(value)
    }
}

struct TypedText {
    shown: Box<str>,
    /// Before the first letter; the text ends with an [`END`].
    first_letter: u32,
    /// Its entries among `docs`.
    docs: Range<u32>,
}

/// The texts of one segment.
#[derive(Default)]
pub(super) struct TypedTexts {
    /// Shorter first, then guides, questions, policies.
    texts: Vec<TypedText>,
    letters: Vec<Letter>,
    docs: Vec<DocId>,
    /// Places among `letters`, by bucket; in each the best first.
    places: Vec<u32>,
    /// Where each bucket begins among `places`.
    buckets: Vec<u32>,
    /// Places among `texts`, entry by entry, and where each entry's begin.
    texts_by_doc: Vec<u32>,
    first_text: Vec<u32>,
}

impl TypedTexts {
    /// Reads a segment's column.
    pub fn read(segment: &SegmentReader) -> Result<TypedTexts, IndexError> {
        let columns = segment.fast_fields();
        let Some(column) = columns.str(TYPED)? else { return Ok(TypedTexts::default()) };
        let kinds = columns.u64("kind")?;
        let seqs = columns.u64("seq")?;
        let mut docs_of: Vec<Vec<DocId>> = vec![Vec::new(); column.num_terms()];
        for doc in 0..segment.max_doc() {
            column.ords().values_for_doc(doc).for_each(|ordinal| docs_of[ordinal as usize].push(doc));
        }
        let order = |doc: DocId| {
            let kind = Kind::ALL.get(kinds.first(doc).unwrap_or(0) as usize);
            kind.map_or(u8::MAX, |&kind| order_of(kind))
        };
        docs_of.iter_mut().for_each(|docs| docs.sort_unstable_by_key(|&doc| (order(doc), seqs.first(doc))));
        let damaged = |error: io::Error| IndexError::Engine(error.into());
        let mut values = column.dictionary().stream().map_err(damaged)?;
        let mut read = Vec::with_capacity(docs_of.len());
        for docs in docs_of {
            if !values.advance() {
                break;
            }
            let Some(&first) = docs.first() else { continue };
            let value = String::from_utf8_lossy(values.key());
            let (cut, shown) = match value.split_once(SHOWN) {
                Some((cut, shown)) => (cut.to_owned(), Box::from(shown)),
                None => (value.clone().into_owned(), value.replace(WORD, "").into_boxed_str()),
            };
            read.push((letters_of(&cut), order(first), shown, docs));
        }
        read.sort_by(|a, b| (a.0.len(), a.1, &a.2).cmp(&(b.0.len(), b.1, &b.2)));
        let mut table = TypedTexts::default();
        for (letters, _, shown, docs) in read {
            let (first_letter, first_doc) = (table.letters.len() as u32, table.docs.len() as u32);
            table.letters.extend(letters);
            table.letters.push(END);
            table.docs.extend(docs);
            let docs = first_doc..table.docs.len() as u32;
            table.texts.push(TypedText { shown, first_letter, docs });
        }
        table.letters.shrink_to_fit();
        table.fill_buckets();
        table.fill_texts_by_doc(segment.max_doc());
        Ok(table)
    }

    /// Puts every letter into its buckets. Counted first, then placed in order
    /// of goodness, so no bucket has to be sorted.
    fn fill_buckets(&mut self) {
        let keys: Vec<Keys> = self.letters.iter().map(|letter| Keys::of(letter.character)).collect();
        let buckets_of = |at: usize| {
            let next = keys.get(at + 1).copied().unwrap_or_default();
            keys[at].numbers().flat_map(move |first| next.numbers().map(move |second| bucket(first, second)))
        };
        let is_letter = |at: &usize| self.letters[*at] != END;
        let mut sizes = vec![0_u32; Keys::COUNT * Keys::COUNT];
        for at in (0..self.letters.len()).filter(is_letter) {
            buckets_of(at).for_each(|bucket| sizes[bucket] += 1);
        }
        let mut end = 0;
        self.buckets = std::iter::once(0)
            .chain(sizes.iter().map(|size| {
                end += size;
                end
            }))
            .collect();
        let mut next = self.buckets.clone();
        self.places = vec![0; end as usize];
        for begins in Begins::ALL {
            for at in (0..self.letters.len()).filter(is_letter) {
                if self.letters[at].begins == begins {
                    for bucket in buckets_of(at) {
                        self.places[next[bucket] as usize] = at as u32;
                        next[bucket] += 1;
                    }
                }
            }
        }
    }

    /// Notes which texts each entry has, counted first as the buckets are.
    fn fill_texts_by_doc(&mut self, docs: DocId) {
        let mut ends = vec![0_u32; docs as usize + 1];
        self.docs.iter().for_each(|&doc| ends[doc as usize + 1] += 1);
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut next = ends.clone();
        self.texts_by_doc = vec![0; self.docs.len()];
        for (number, text) in (0..).zip(&self.texts) {
            for &doc in &self.docs[text.docs.start as usize..text.docs.end as usize] {
                self.texts_by_doc[next[doc as usize] as usize] = number;
                next[doc as usize] += 1;
            }
        }
        self.first_text = ends;
    }

    /// The letters of each of an entry's texts.
    pub fn of_doc(&self, doc: DocId) -> impl Iterator<Item = &[Letter]> {
        let bounds = self.first_text.get(doc as usize..doc as usize + 2);
        let range = bounds.map_or(0..0, |bounds| bounds[0] as usize..bounds[1] as usize);
        self.texts_by_doc[range].iter().map(|&number| self.letters_of_text(number as usize))
    }

    fn letters_of_text(&self, number: usize) -> &[Letter] {
        let end = self.texts.get(number + 1).map_or(self.letters.len(), |next| next.first_letter as usize);
        &self.letters[self.texts[number].first_letter as usize..end - 1]
    }

    /// The best texts that match, at most `most` of each bucket, in no order.
    /// `choose` names the entry that a text leads to, of those that have it.
    pub fn find(
        &self,
        pattern: &Pattern<'_>,
        most: usize,
        choose: impl Fn(&[DocId]) -> Option<DocId>,
    ) -> Vec<Match<'_>> {
        let mut found: Vec<Match<'_>> = Vec::new();
        for first in pattern.first.numbers() {
            for second in pattern.second.numbers() {
                let bucket = bucket(first, second);
                let Some(range) = self.buckets.get(bucket..bucket + 2) else { continue };
                let before = found.len();
                for &place in &self.places[range[0] as usize..range[1] as usize] {
                    let Some(count) = (pattern.matches)(&self.letters[place as usize..]) else { continue };
                    let (text, letters) = self.text_at(place);
                    if found[before..].iter().any(|known| is_same(known.letters, letters)) {
                        continue;
                    }
                    let docs = text.docs.start as usize..text.docs.end as usize;
                    let Some(doc) = choose(&self.docs[docs]) else { continue };
                    found.push(Match {
                        shown: &text.shown,
                        letters,
                        begins: self.letters[place as usize].begins,
                        first: (place - text.first_letter) as usize,
                        count,
                        doc,
                    });
                    if found.len() - before == most {
                        break;
                    }
                }
            }
        }
        found
    }

    fn text_at(&self, place: u32) -> (&TypedText, &[Letter]) {
        let number = self.texts.partition_point(|text| text.first_letter <= place) - 1;
        (&self.texts[number], self.letters_of_text(number))
    }

    /// Memory it takes, for the bench.
    pub fn bytes(&self) -> usize {
        let shown: usize = self.texts.iter().map(|text| text.shown.len()).sum();
        shown
            + size_of_val(self.texts.as_slice())
            + size_of_val(self.letters.as_slice())
            + size_of_val(self.docs.as_slice())
            + size_of_val(self.places.as_slice())
            + size_of_val(self.buckets.as_slice())
            + size_of_val(self.texts_by_doc.as_slice())
            + size_of_val(self.first_text.as_slice())
    }
}

/// Guides, then questions, then policies.
pub(super) fn order_of(kind: Kind) -> u8 {
    match kind {
        Kind::Guide => 0,
        Kind::Faq => 1,
        Kind::Policy => 2,
    }
}

fn bucket(first: usize, second: usize) -> usize {
    first * Keys::COUNT + second
}

/// Whether two texts are the same but for punctuation.
pub(super) fn is_same(one: &[Letter], other: &[Letter]) -> bool {
    let same = |(one, other): (&Letter, &Letter)| one.character == other.character;
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The letters of a text of the column.
fn letters_of(cut: &str) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(cut.len() / 3 + 1);
    let mut begins = Begins::Text;
    for character in cut.chars() {
        if character == WORD && !letters.is_empty() {
            begins = Begins::Word;
        } else if character.is_alphanumeric() {
            letters.push(Letter { character, begins });
            begins = Begins::Anywhere;
        }
    }
    letters
}
