//! An entry as a row of the questions-and-answers table.

use super::super::columns::COLUMNS;
use crate::entry::{Entry, Source};

/// The table's first line, with the mark by which spreadsheets know UTF-8.
pub fn header() -> String {
    let names = COLUMNS.iter().map(|(_, names)| names[0].to_owned());
    format!("\u{feff}{}", line(names.collect()))
}

pub(super) fn row(entry: &Entry) -> String {
    line(COLUMNS.iter().map(|(field, _)| cell(entry, field)).collect())
}

fn line(cells: Vec<String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(&cells).ok().and_then(|()| writer.into_inner().ok());
    written.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A cell; empty for a field the table has a column for and the entry nothing.
fn cell(entry: &Entry, field: &str) -> String {
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let sources = |of: fn(&Source) -> Option<String>| {
        let values: Vec<String> = entry.source.iter().map(|source| of(source).unwrap_or_default()).collect();
        // Nothing at all is an empty cell, not a row of bars.
        if values.iter().all(String::is_empty) { String::new() } else { values.join("|") }
    };
    match field {
        "id" => entry.id.clone(),
        "kind" => entry.kind.as_str().to_owned(),
        "title" => entry.title.clone(),
        "similar_questions" => entry.similar_questions.join("|"),
        "negative_questions" => entry.negative_questions.join("|"),
        "keywords" => entry.keywords.join("|"),
        "body" => entry.body.clone(),
        "script" => entry.script.clone().unwrap_or_default(),
        "internal_note" => entry.internal_note.clone().unwrap_or_default(),
        "category" => entry.category.clone(),
        "region" => entry.region.to_string(),
        "department" => entry.department.clone(),
        "effective_from" => date(entry.effective_from),
        "expires_on" => date(entry.expires_on),
        "next_review_on" => date(entry.next_review_on),
        "source.title" => sources(|source| source.title.clone()),
        "source.article" => sources(|source| source.article.clone()),
        "source.number" => sources(|source| source.number.clone()),
        "source.issuer" => sources(|source| source.issuer.clone()),
        "source.date" => sources(|source| source.date.map(|date| date.to_string())),
        "source.link" => sources(|source| source.link.clone()),
        _ => String::new(),
    }
}
