//! 即答 (jida): one binary that holds a hotline's knowledge and answers from it.
//!
//! Modules in reading order; each uses only those above it.

#![forbid(unsafe_code)]

/// What an entry is: kinds, ids, regions, validity, sources; findings about a bad one.
pub mod entry;
/// Pure functions on text: normalise with a map back, cut, numerals, what a question names.
pub mod text;
