//! Hands our own cutting to the engine. Texts arrive normalised.

use std::sync::Arc;

use tantivy::tokenizer::{RawTokenizer, TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::text::{self, Cutter};

pub(super) const WORDS: &str = "jida_words";
pub(super) const GRAMS: &str = "jida_grams";
pub(super) const RAW: &str = "raw";

/// The tokenizers of a generation, all on its dictionary.
pub(super) fn manager(cutter: &Arc<Cutter>) -> TokenizerManager {
    // The engine asks for its own "default" even for fields without text.
    let manager = TokenizerManager::default();
    manager.register(RAW, TextAnalyzer::from(RawTokenizer::default()));
    manager.register(GRAMS, TextAnalyzer::from(GramTokenizer));
    manager.register(WORDS, TextAnalyzer::from(WordTokenizer { cutter: Arc::clone(cutter) }));
    manager
}

#[derive(Clone)]
struct WordTokenizer {
    cutter: Arc<Cutter>,
}

#[derive(Clone)]
struct GramTokenizer;

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = CutStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CutStream<'a> {
        CutStream::new(self.cutter.entry_words(text))
    }
}

impl Tokenizer for GramTokenizer {
    type TokenStream<'a> = CutStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CutStream<'a> {
        CutStream::new(text::grams(text))
    }
}

/// Tokens already cut, handed out one by one.
struct CutStream<'a> {
    cut: std::vec::IntoIter<text::Token<'a>>,
    token: Token,
}

impl<'a> CutStream<'a> {
    fn new(mut cut: Vec<text::Token<'a>>) -> CutStream<'a> {
        // The engine writes positions as differences: they must not go back.
        cut.sort_by_key(|token| token.start_char);
        CutStream { cut: cut.into_iter(), token: Token::default() }
    }
}

impl TokenStream for CutStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(next) = self.cut.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(next.text);
        self.token.position = next.start_char;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
