//! An editor's words for the cutter: one a line, no numbers. How frequent a
//! word has to be is worked out by the program.

use super::{SynonymError, normalise};

/// Shortest and longest word, in characters.
const MIN_WORD_CHARS: usize = 2;
const MAX_WORD_CHARS: usize = 20;

/// A line that cannot be used: place, stable code and reason as for synonyms.
pub type DictionaryError = SynonymError;

/// Reads a list of words; lines that cannot be used are named and left out.
pub fn parse_dictionary(text: &str) -> (Vec<String>, Vec<DictionaryError>) {
    let mut words: Vec<String> = Vec::new();
    let mut errors = Vec::new();
    for (line, row) in (1..).zip(text.lines()) {
        let row = row.trim().trim_start_matches('\u{feff}');
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let word = normalise(row);
        let chars = word.chars().count();
        let error = |code, message: String| DictionaryError { line, code, message };
        if !word.chars().all(char::is_alphanumeric) {
            errors.push(error("word_malformed", format!("“{row}”：一行只写一个词，不带空格、标点和词频")));
        } else if !(MIN_WORD_CHARS..=MAX_WORD_CHARS).contains(&chars) {
            let message = format!("“{row}”：词要有 {MIN_WORD_CHARS} 到 {MAX_WORD_CHARS} 个字");
            errors.push(error("word_length", message));
        } else if words.contains(&word) {
            errors.push(error("word_duplicate", format!("“{row}”前面已经有了，请删去一个")));
        } else {
            words.push(word);
        }
    }
    (words, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_bad_lines_named() {
        let (words, errors) = parse_dictionary("# 注\n網約車證\n\n网约车证\n辽事通 100\n税\n");
        assert_eq!(words, ["网约车证"]);
        let found: Vec<_> = errors.iter().map(|error| (error.line, error.code)).collect();
        assert_eq!(found, [(4, "word_duplicate"), (5, "word_malformed"), (6, "word_length")]);
    }
}
