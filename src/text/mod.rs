//! Pure functions on text, the same for entries and for questions: normalise
//! (with a map back to the original), cut into words and bigrams, numerals,
//! readings, and what a question names. No files, no engine.

mod cut;
mod dictionary;
mod keys;
mod mask;
mod normalise;
mod numeral;
mod pinyin;
mod quantity;
mod recognise;
mod synonyms;

pub use cut::{Cutter, QuestionTerms, Token, grams, likeness, question_grams, telling_terms};
pub use dictionary::{DictionaryError, parse_dictionary};
pub use keys::{Keys, begins_syllable};
pub use mask::{is_personal_number, mask};
pub use normalise::{Normalised, normalise, normalise_with_map};
pub use numeral::parse_numeral;
pub use pinyin::{
    LONGEST_SYLLABLE, Syllable, begins_as, initial_keys, keys_of_initials, readings, sound_alike, sound_pair,
    sound_pairs, sounds_as,
};
pub use quantity::{Bound, Measure, Quantity, Scale, quantities};
pub use recognise::{
    Named, article_key, article_number, cited_articles, document_keys, phone_keys, recognise, short_title,
};
pub use synonyms::{Expansion, SynonymError, Synonyms};
