//! 即答 (jida): one binary that holds a hotline's knowledge and answers from it.
//!
//! Modules in reading order; each uses only those above it.

#![forbid(unsafe_code)]

/// What an entry is: kinds, ids, regions, validity, sources; findings about a bad one.
pub mod entry;
/// Pure functions on text: normalise with a map back, cut, numerals, what a question names.
pub mod text;
/// Reading files into entries: a reader per format.
pub mod corpus;
/// The truth: every entry in every revision, each change with the next number.
pub mod library;
/// Files → library: one loading, one transaction.
pub mod loading;
/// The index: generations, candidates, the only place that knows the engine.
pub mod index;
/// Question → ranked, explained answers; no HTTP, no files, no clock.
pub mod search;
/// The only place that knows HTTP.
pub mod server;
/// The command line: a file per command.
pub mod cli;
