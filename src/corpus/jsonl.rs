//! JSONL: one entry a line under the names of the design, or one record of a
//! provincial service portal.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Rows, portal, read_date};
use crate::entry::{Entry, Finding, Region};

/// Fields an entry has; `updated_at` and the like belong to the library.
const FIELDS: [&str; 21] = [
    "id",
    "kind",
    "title",
    "similar_questions",
    "negative_questions",
    "keywords",
    "category",
    "region",
    "department",
    "body",
    "script",
    "internal_note",
    "status",
    "effective_from",
    "expires_on",
    "supersedes",
    "superseded_by",
    "source",
    "next_review_on",
    "guide",
    "part",
];
const IGNORED: [&str; 4] = ["updated_at", "updated_by", "version", "last_change"];

pub(super) fn read(text: &str, rows: &mut Rows<'_>) {
    let mut unknown = BTreeSet::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = at + 1;
        let row: Map<String, Value> = match serde_json::from_str(line) {
            Ok(row) => row,
            Err(error) => {
                let message = format!("不是一个 JSON 对象（第 {} 列）：{error}", error.column());
                rows.finding(line_number, Finding::error("json_malformed", "", message));
                continue;
            }
        };
        match entry_of(row, (rows.region, rows.category), &mut unknown) {
            Ok(entry) => rows.push(line_number, entry),
            Err(finding) => rows.finding(line_number, finding),
        }
    }
    for field in unknown {
        let message = format!("不认得的字段“{field}”，没有导入");
        rows.finding(0, Finding::warning("field_unknown", &field, message));
    }
}

/// An entry sent as one JSON object. A field that no entry has is refused.
pub fn entry_of_object(row: Map<String, Value>) -> Result<Entry, Finding> {
    let mut unknown = BTreeSet::new();
    let entry = entry_of(row, (Region::NATIONAL, None), &mut unknown)?;
    match unknown.first() {
        None => Ok(entry),
        Some(field) => {
            let message = format!("不认得的字段“{field}”，请核对名称");
            Err(Finding::error("field_unknown", field, message))
        }
    }
}

/// An entry of a row, with its folder's region and category where it has none.
fn entry_of(
    mut row: Map<String, Value>,
    (region, category): (Region, Option<&str>),
    unknown: &mut BTreeSet<String>,
) -> Result<Entry, Finding> {
    if row.contains_key("TASK_NAME") {
        return portal::entry_of(&row);
    }
    if row.contains_key("question") && row.contains_key("relevant") {
        return Err(Finding::error("evaluation_row", "question", "这是评测问题，不是知识条目"));
    }
    let surplus: Vec<String> = row.keys().filter(|key| !FIELDS.contains(&key.as_str())).cloned().collect();
    for field in surplus {
        row.remove(&field);
        if !IGNORED.contains(&field.as_str()) {
            unknown.insert(field);
        }
    }
    if let Some(source @ Value::Object(_)) = row.get_mut("source") {
        *source = Value::Array(vec![source.take()]);
    }
    for field in ["effective_from", "expires_on", "next_review_on"] {
        mend_date(row.get_mut(field), field)?;
    }
    for source in row.get_mut("source").and_then(Value::as_array_mut).into_iter().flatten() {
        mend_date(source.get_mut("date"), "source.date")?;
    }
    row.entry("region").or_insert_with(|| region.to_string().into());
    if let Some(category) = category {
        row.entry("category").or_insert_with(|| category.into());
    }
    row.retain(|_, value| !value.is_null());
    for field in ["id", "kind", "title"] {
        if !row.contains_key(field) {
            return Err(Finding::error("field_missing", field, format!("缺少字段 {field}，请补上")));
        }
    }
    let mut entry: Entry = serde_json::from_value(Value::Object(row))
        .map_err(|error| Finding::error("field_malformed", "", format!("字段内容不对：{error}")))?;
    entry.title = entry.title.trim().to_owned();
    Ok(entry)
}

/// Brings a date as people write it into the form the entry takes.
fn mend_date(value: Option<&mut Value>, field: &str) -> Result<(), Finding> {
    match value {
        // Exports write what they do not know as an empty text.
        Some(value) if value.as_str().is_some_and(|text| text.trim().is_empty()) => *value = Value::Null,
        Some(Value::String(text)) => *text = read_date(text, field)?.to_string(),
        _ => {}
    }
    Ok(())
}
