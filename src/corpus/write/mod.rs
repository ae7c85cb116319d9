//! Writing entries in the formats that are read here. What was written is read
//! back at once: an entry that does not come out as it went in is not written,
//! and said, rather than written short.

mod front_matter;
mod table;

pub use front_matter::file_name;
pub use table::header;

use std::path::PathBuf;

use serde_json::Value;

use super::{Manifest, SourceFile, read};
use crate::entry::{Entry, Finding, Kind};

/// A format that entries are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Everything an entry has; one a line.
    Jsonl,
    /// Questions and answers; one a row below [`header`].
    Csv,
    /// Guides and policies; a file each.
    Markdown,
}

impl Format {
    /// By the ending of a name, without the dot.
    pub fn parse(ending: &str) -> Option<Format> {
        match ending.to_ascii_lowercase().as_str() {
            "jsonl" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            "md" => Some(Format::Markdown),
            _ => None,
        }
    }

    /// The ending of a name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
            Format::Markdown => "md",
        }
    }

    /// The kinds it is meant for.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Format::Csv => &[Kind::Faq],
            Format::Jsonl | Format::Markdown => &Kind::ALL,
        }
    }

    /// Whether it says where an entry stands in its life; where it does not,
    /// every entry is read as published.
    pub fn says_status(self) -> bool {
        self == Format::Jsonl
    }
}

/// An entry in a format, or what of it the format cannot hold.
pub fn write(entry: &Entry, format: Format) -> Result<String, Finding> {
    let text = match format {
        Format::Jsonl => serde_json::to_string(entry).map(|line| line + "\n").unwrap_or_default(),
        Format::Csv => table::row(entry),
        Format::Markdown => front_matter::document(entry),
    };
    let read_back = match format {
        Format::Csv => read_back(&format!("{}{text}", header()), format),
        _ => read_back(&text, format),
    };
    match read_back {
        Ok(read) if read == *entry => Ok(text),
        Ok(read) => {
            let fields = differing(entry, &read);
            let first = fields.first().cloned().unwrap_or_default();
            let message = format!(
                "条目“{}”没有导出：{} 写不进 {}，请用 jsonl",
                entry.id,
                fields.join("、"),
                format.ending()
            );
            Err(Finding::error("format_holds_less", &first, message))
        }
        Err(refused) => {
            let message = format!("条目“{}”没有导出，导入时会被拒收：{}", entry.id, refused.message);
            Err(Finding::error("format_refuses", &refused.field, message))
        }
    }
}

fn read_back(text: &str, format: Format) -> Result<Entry, Finding> {
    let name = format!("export.{}", format.ending());
    let file = SourceFile { path: PathBuf::from(&name), relative: name, bytes: text.len() as u64 };
    let reading = read(&file, text.as_bytes(), &Manifest::default());
    let refused = reading.findings.into_iter().find(Finding::is_error);
    let nothing = || Finding::error("format_refuses", "", "读不回来");
    reading.entries.into_iter().next().ok_or_else(|| refused.unwrap_or_else(nothing))
}

/// Names of the fields in which two entries differ.
fn differing(entry: &Entry, other: &Entry) -> Vec<String> {
    let fields = |entry: &Entry| match serde_json::to_value(entry) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (one, other) = (fields(entry), fields(other));
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests;
