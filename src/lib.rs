//! 即答 (jida): one binary that holds a hotline's knowledge and answers from it.
//!
//! Modules in reading order; each uses only those above it.

#![forbid(unsafe_code)]

/// Who may do what: roles, keys, what a key is limited to.
pub mod access;
/// Journal → question memory: what agents chose, believed and judged.
pub mod adopting;
/// Another server, asked over HTTP.
pub mod asking;
/// The command line: a file per command.
pub mod cli;
/// Reading files into entries: a reader per format.
pub mod corpus;
/// What editors lay over the search by hand: pins, hides, notices, collections.
pub mod curation;
/// Texts → vectors in the library, from an embedding model's endpoint.
pub mod embedding;
/// What an entry is: kinds, ids, regions, validity, sources; findings about a bad one.
pub mod entry;
/// Library → files that can be imported again.
pub mod exporting;
/// What the system says of files and disks, in Chinese.
pub mod fault;
/// Figures with their formula, of the journal and of the library.
pub mod figures;
/// Another platform's library → this one.
pub mod following;
/// Journal → list of gaps: questions that did not help, put together by meaning.
pub mod gathering;
/// Handing over: drafts of tickets and warnings to the hooks of the settings.
pub mod handing;
/// The index: generations, candidates, the only place that knows the engine.
pub mod index;
/// Library → index: opened, followed, or built anew.
pub mod indexing;
/// What was asked and what became of it, beside the library.
pub mod journal;
/// Labelled questions → weights of the ranker.
pub mod learning;
/// The truth: every entry in every revision, each change with the next number.
pub mod library;
/// Files → library: one loading, one transaction.
pub mod loading;
/// Texts as vectors of an embedding model: near meanings, near directions.
pub mod meaning;
/// Answered questions: what a question like them was answered with.
pub mod memory;
/// What one change would do to the golden questions.
pub mod preview;
/// Near questions → synonyms an editor may want.
pub mod proposing;
/// The ranker's data: features by name, weights, certainty.
pub mod ranking;
/// An entry as a text to be read by chatbots and people.
pub mod reading;
/// Files → library → a generation beside the old, judged, swapped in.
pub mod reindexing;
/// The gate: golden questions replayed on an old and a new state of the index.
pub mod replay;
/// Question → ranked, explained answers; no HTTP, no files, no clock.
pub mod search;
/// The only place that knows HTTP.
pub mod server;
/// The settings' file of a corpus folder, and the environment over it.
pub mod settings;
/// Pure functions on text: normalise with a map back, cut, numerals, what a question names.
pub mod text;
/// When to warn: what is unusual, what needs attention. Pure.
pub mod warnings;
/// The journal's calls held against their usual course and the editors' rules.
pub mod watching;
/// Telling another program, signed.
pub mod webhook;
/// How people really ask for an entry, for its editor.
pub mod wordings;
