//! Collects the entries of one file: every one is checked before it is kept, and
//! what is wrong with it says where it stands.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Manifest, SourceFile, extension};
use crate::entry::{self, Entry, Finding};

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, with the name of the sheet where it has sheets.
    pub file: Arc<str>,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
}

/// What a file holds: good entries, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Reading {
    pub entries: Vec<Entry>,
    /// Where each entry stands.
    pub places: Vec<Place>,
    pub findings: Vec<Finding>,
}

/// What the numbers of lines count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Within {
    Lines,
    /// Rows of a sheet.
    Sheet(String),
    /// Nothing that a person sees: the file is meant as a whole.
    Whole,
}

pub(super) struct Rows<'a> {
    pub relative: &'a str,
    pub region: entry::Region,
    pub category: Option<&'a str>,
    pub within: Within,
    pub reading: Reading,
    file: String,
    first_place: HashMap<String, String>,
}

impl<'a> Rows<'a> {
    pub fn new(file: &'a SourceFile, manifest: &'a Manifest) -> Rows<'a> {
        Rows {
            relative: &file.relative,
            file: file.path.to_string_lossy().into_owned(),
            region: manifest.region_of(&file.relative).unwrap_or(entry::Region::NATIONAL),
            category: manifest.category_of(&file.relative),
            within: Within::Lines,
            first_place: HashMap::new(),
            reading: Reading::default(),
        }
    }

    pub fn into_reading(self) -> Reading {
        self.reading
    }

    /// The id of a document: its path without the extension.
    pub fn document_id(&self) -> String {
        let extension = extension(self.relative);
        let bare = self.relative.len().saturating_sub(extension.len() + 1);
        self.relative.get(..bare).filter(|_| !extension.is_empty()).unwrap_or(self.relative).to_owned()
    }

    /// The category of a document: what the manifest says, else its folder.
    pub fn document_category(&self) -> String {
        let folder = || self.relative.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.category.unwrap_or_else(folder).to_owned()
    }

    fn place(&self, line: usize) -> (String, usize) {
        match &self.within {
            Within::Lines => (self.file.clone(), line),
            Within::Sheet(sheet) => (format!("{} 工作表“{sheet}”", self.file), line),
            Within::Whole => (self.file.clone(), 0),
        }
    }

    pub fn finding(&mut self, line: usize, finding: Finding) {
        let (file, line) = self.place(line);
        self.reading.findings.push(finding.at(&file, line));
    }

    /// Keeps an entry unless a rule or an earlier row forbids it.
    pub fn push(&mut self, line: usize, entry: Entry) {
        self.push_told(line, entry, |finding| finding);
    }

    /// The same; `told` says how a finding is told in this file.
    pub fn push_told(&mut self, line: usize, entry: Entry, told: impl Fn(Finding) -> Finding) {
        let findings = entry::check(&entry);
        let refused = findings.iter().any(Finding::is_error);
        findings.into_iter().for_each(|finding| self.finding(line, told(finding)));
        if refused {
            return;
        }
        let (file, line) = self.place(line);
        if let Some(first) = self.first_place.get(&entry.id) {
            return self.finding(line, told(duplicate(&entry, first)));
        }
        let first = match &self.within {
            Within::Sheet(sheet) => format!("工作表“{sheet}”第 {line} 行"),
            _ => format!("第 {line} 行"),
        };
        self.first_place.insert(entry.id.clone(), first);
        let last = self.reading.places.last().map(|place| &place.file).filter(|last| ***last == *file);
        let file = last.map_or_else(|| Arc::from(file), Arc::clone);
        self.reading.places.push(Place { file, line });
        self.reading.entries.push(entry);
    }
}

/// The id of an entry that has none of its own: from what stays the same when
/// its answer is mended and its file is moved.
pub fn derived_id(entry: &Entry) -> String {
    let parts = [entry.kind.as_str(), entry.title.as_str(), &entry.region.to_string()];
    let hash = blake3::hash(parts.join("\n").as_bytes()).to_hex();
    format!("{}-{}", entry.kind.as_str(), &hash[..12])
}

/// An entry that stands twice; `first` is where it stands already.
pub fn duplicate(entry: &Entry, first: &str) -> Finding {
    if entry.id == derived_id(entry) {
        let message = format!("标题“{}”与{first}相同，请合并成一条，或把标题写得不同", entry.title);
        return Finding::error("title_duplicate", "title", message);
    }
    Finding::error("id_duplicate", "id", format!("编号“{}”与{first}相同，请改成唯一的编号", entry.id))
}
