//! Cuts normalised text into words (jieba) and character bigrams. Entries are
//! cut in search mode (overlapping words), questions exactly: 动产 is found in
//! 不动产登记 as a piece of an entry, but a question for 不动产 does not ask for
//! 动产. A token's position is its first character's place in the text, so a
//! phrase can be checked however the two sides were cut.

use std::collections::HashSet;

use jieba_rs::Jieba;

/// A piece of normalised text and the place of its first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// Place in the text, in characters.
    pub start_char: usize,
}

impl Token<'_> {
    /// Place after the last character.
    pub fn end_char(&self) -> usize {
        self.start_char + self.text.chars().count()
    }
}

/// The dictionary and the list of words that carry no weight in a question.
pub struct Cutter {
    jieba: Jieba,
    question_words: HashSet<String>,
}

/// Words of politeness and asking; ours.
const QUESTION_WORDS: &str = include_str!("question_words.txt");

impl Default for Cutter {
    fn default() -> Self {
        Cutter::new()
    }
}

impl Cutter {
    /// Loads the dictionary that jieba ships; some 80 ms.
    pub fn new() -> Cutter {
        Cutter { jieba: Jieba::new(), question_words: words_of(QUESTION_WORDS) }
    }

    /// The words of politeness and asking that we ship: any number on a line,
    /// `#` begins a remark.
    pub fn shipped_question_words() -> &'static str {
        QUESTION_WORDS
    }

    /// The same with an editor's words, each at the frequency at which it is
    /// just not cut; a fresh one, as the dictionary cannot forget a word.
    pub fn with_words(&self, words: &[String]) -> Cutter {
        let mut jieba = self.jieba.clone();
        for word in words {
            let frequency = jieba.suggest_freq(word);
            jieba.add_word(word, Some(frequency), None);
        }
        Cutter { jieba, question_words: self.question_words.clone() }
    }

    /// The same with an editor's words of politeness and asking in place of ours.
    pub fn with_question_words(&self, list: &str) -> Cutter {
        Cutter { jieba: self.jieba.clone(), question_words: words_of(list) }
    }

    /// The words of an entry's text, overlapping ones included.
    pub fn entry_words<'a>(&self, normalised: &'a str) -> Vec<Token<'a>> {
        tokens(self.jieba.cut_for_search(normalised, true))
    }

    /// The words of a question, one after the other.
    pub fn question_words<'a>(&self, normalised: &'a str) -> Vec<Token<'a>> {
        tokens(self.jieba.cut(normalised, true))
    }

    /// Whether a word stands in the dictionary.
    pub fn knows(&self, word: &str) -> bool {
        self.jieba.has_word(word)
    }

    /// Whether 不 or 非 before a word makes it another word, mostly its opposite:
    /// 不动产 is not 动产.
    pub fn is_another_word(&self, before: char, word: &str) -> bool {
        matches!(before, '不' | '非') && self.jieba.has_word(&format!("{before}{word}"))
    }

    /// Whether a word only asks or is polite (怎么, 请问, 吗).
    pub fn carries_no_weight(&self, word: &str) -> bool {
        self.question_words.contains(word)
    }
}

/// The words of a list, each as a question is normalised.
fn words_of(list: &str) -> HashSet<String> {
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).map(super::normalise).collect()
}

fn tokens(cut: Vec<jieba_rs::Token<'_>>) -> Vec<Token<'_>> {
    cut.into_iter()
        .filter(|token| token.word.chars().any(char::is_alphanumeric))
        .map(|token| Token { text: token.word, start_char: token.start })
        .collect()
}

/// The bigrams of every run of Chinese characters, with the run's last
/// character by itself so that any one character is found as a prefix; a run
/// of ASCII letters and digits is one token.
pub fn grams(normalised: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(normalised.len() / 3);
    for_each_run(normalised, |run| match run {
        Run::Ascii(token) => found.push(token),
        Run::Han { text, start_char } => {
            let mut characters = text.char_indices().peekable();
            let mut start = start_char;
            while let Some((at, character)) = characters.next() {
                let end = match characters.peek() {
                    Some(&(next_at, next)) => next_at + next.len_utf8(),
                    None => at + character.len_utf8(),
                };
                found.push(Token { text: &text[at..end], start_char: start });
                start += 1;
            }
        }
    });
    found
}

/// The bigrams a question is asked with: no lone last characters, except where
/// a run is a single character.
pub fn question_grams(normalised: &str) -> Vec<Token<'_>> {
    let mut found = grams(normalised);
    let starts: HashSet<usize> = found.iter().map(|token| token.start_char).collect();
    found.retain(|token| {
        let lone = token.text.chars().count() == 1 && !token.text.is_ascii();
        !lone || token.start_char == 0 || !starts.contains(&(token.start_char - 1))
    });
    found
}

/// What of a normalised question carries weight.
#[derive(Debug, Clone, Default)]
pub struct QuestionTerms {
    /// Words that carry weight, each once, in order.
    pub words: Vec<String>,
    /// Bigrams of the parts that carry weight, in order, with the place of the
    /// first character.
    pub grams: Vec<(usize, String)>,
    /// Nothing but words of asking and politeness: then they are all there is.
    pub is_weightless: bool,
}

impl QuestionTerms {
    /// Words and bigrams together, each once, sorted.
    pub fn each_once(&self) -> Vec<String> {
        let grams = self.grams.iter().map(|(_, gram)| gram);
        let mut all: Vec<String> = self.words.iter().chain(grams).cloned().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Cuts a normalised question and sets its weightless words aside.
pub fn telling_terms(cutter: &Cutter, normalised: &str) -> QuestionTerms {
    let cut = cutter.question_words(normalised);
    let mut weightless: HashSet<usize> = HashSet::new();
    let mut words: Vec<&str> = Vec::new();
    for token in &cut {
        if cutter.carries_no_weight(token.text) {
            weightless.extend(token.start_char..token.end_char());
        } else {
            words.push(token.text);
        }
    }
    let is_weightless = words.is_empty();
    if is_weightless {
        weightless.clear();
        words.extend(cut.iter().map(|token| token.text));
    }
    let grams = question_grams(normalised)
        .into_iter()
        .filter(|gram| (gram.start_char..gram.end_char()).all(|place| !weightless.contains(&place)))
        .map(|gram| (gram.start_char, gram.text.to_owned()))
        .collect();
    let mut seen = HashSet::new();
    words.retain(|word| seen.insert(*word));
    QuestionTerms { words: words.into_iter().map(str::to_owned).collect(), grams, is_weightless }
}

/// How alike two normalised texts are by their bigrams, 0 to 1 (Dice).
pub fn likeness(one: &str, other: &str) -> f32 {
    let set = |text| -> HashSet<&str> { question_grams(text).iter().map(|gram| gram.text).collect() };
    let (one, other) = (set(one), set(other));
    match one.len() + other.len() {
        0 => 0.0,
        all => 2.0 * one.intersection(&other).count() as f32 / all as f32,
    }
}

enum Run<'a> {
    Ascii(Token<'a>),
    Han { text: &'a str, start_char: usize },
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Ascii,
    Other,
    Break,
}

fn class_of(character: char) -> Class {
    if character.is_ascii_alphanumeric() {
        Class::Ascii
    } else if character.is_alphanumeric() {
        Class::Other
    } else {
        Class::Break
    }
}

fn for_each_run<'a>(text: &'a str, mut visit: impl FnMut(Run<'a>)) {
    let mut open: Option<(Class, usize, usize)> = None;
    let mut close = |class: Class, from: usize, to: usize, start_char: usize| match class {
        Class::Ascii => visit(Run::Ascii(Token { text: &text[from..to], start_char })),
        Class::Other => visit(Run::Han { text: &text[from..to], start_char }),
        Class::Break => {}
    };
    for (place, (at, character)) in text.char_indices().enumerate() {
        let class = class_of(character);
        if open.is_none_or(|(current, ..)| current != class) {
            if let Some((current, from, start_char)) = open {
                close(current, from, at, start_char);
            }
            open = Some((class, at, place));
        }
    }
    if let Some((current, from, start_char)) = open {
        close(current, from, text.len(), start_char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
        tokens.iter().map(|token| token.text).collect()
    }

    #[test]
    fn entries_are_cut_in_search_mode_and_questions_exactly() {
        let cutter = Cutter::new();
        assert_eq!(texts(&cutter.question_words("不动产登记")), ["不动产", "登记"]);
        assert!(texts(&cutter.entry_words("中国农业发展银行")).contains(&"农业"));
    }

    #[test]
    fn an_editors_word_is_not_cut() {
        let cutter = Cutter::new().with_words(&["网约车证".to_owned()]);
        assert_eq!(texts(&cutter.question_words("办网约车证")), ["办", "网约车证"]);
        assert_eq!(texts(&cutter.question_words("不动产登记")), ["不动产", "登记"]);
    }

    #[test]
    fn bigrams_cover_runs_and_keep_ascii_whole() {
        assert_eq!(texts(&grams("税 d7601次车")), ["税", "d7601", "次车", "车"]);
        assert_eq!(texts(&question_grams("税 d7601次车")), ["税", "d7601", "次车"]);
        assert_eq!(grams("a税务")[1].start_char, 1);
    }

    #[test]
    fn likeness_counts_shared_bigrams() {
        assert_eq!(likeness("身份证丢了", "身份证丢了"), 1.0);
        assert_eq!(likeness("身份证", "户口簿"), 0.0);
        assert!(likeness("身份证丢了怎么办", "身份证过期怎么办") > 0.5);
    }

    proptest! {
        #[test]
        fn tokens_stand_where_they_say(text in "\\PC*|[税务a1 。😀]*") {
            let cutter = Cutter::new_for_test();
            for token in grams(&text).into_iter().chain(cutter.entry_words(&text)) {
                let there: String =
                    text.chars().skip(token.start_char).take(token.end_char() - token.start_char).collect();
                prop_assert_eq!(there.as_str(), token.text);
            }
        }
    }

    impl Cutter {
        fn new_for_test() -> &'static Cutter {
            static CUTTER: std::sync::LazyLock<Cutter> = std::sync::LazyLock::new(Cutter::new);
            &CUTTER
        }
    }
}
