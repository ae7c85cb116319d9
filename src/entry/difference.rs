//! How an entry would change: field by field, long texts shown where they differ.

use serde::Serialize;
use serde_json::Value;

use super::Entry;

/// Characters shown before and after the place where two texts differ.
const CONTEXT_CHARS: usize = 12;
/// Longest piece of a text that is shown.
const LONGEST_SHOWN_CHARS: usize = 60;

/// One field that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Name as in the files and replies.
    pub field: String,
    /// Whole values; null where there is none.
    pub old: Value,
    pub new: Value,
    /// Where they differ, for reading: `…带猫来… → …带猫和证来…`.
    pub difference: String,
}

/// The fields in which two editions of an entry differ, in the order of their names.
pub fn between(old: &Entry, new: &Entry) -> Vec<FieldChange> {
    let fields = |entry| match serde_json::to_value(entry) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (mut old, new) = (fields(old), fields(new));
    let mut changes = Vec::new();
    for (field, new) in new {
        let old = old.remove(&field).unwrap_or(Value::Null);
        if old != new {
            changes.push(change(field, old, new));
        }
    }
    changes.extend(old.into_iter().map(|(field, old)| change(field, old, Value::Null)));
    changes
}

fn change(field: String, old: Value, new: Value) -> FieldChange {
    let difference = shortened(&shown(&old), &shown(&new));
    FieldChange { field, old, new, difference }
}

/// A value as people read it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("；"),
        Value::Object(fields) => {
            let parts = fields.iter().map(|(name, value)| format!("{name} {}", shown(value)));
            parts.collect::<Vec<_>>().join("，")
        }
        other => other.to_string(),
    }
}

/// `old → new` without what is the same at both ends.
fn shortened(old: &str, new: &str) -> String {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let same_start = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let room = old.len().min(new.len()) - same_start;
    let same_end =
        old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(one, other)| one == other).count();
    let piece = |text: &[char]| {
        if text.is_empty() {
            return "（无）".to_owned();
        }
        let start = same_start.saturating_sub(CONTEXT_CHARS);
        let end = (text.len() - same_end + CONTEXT_CHARS).min(text.len());
        let shown_end = end.min(start + LONGEST_SHOWN_CHARS);
        let middle: String = text[start..shown_end].iter().collect::<String>().replace('\n', " ");
        let before = if start > 0 { "…" } else { "" };
        let after = if shown_end < text.len() { "…" } else { "" };
        format!("{before}{middle}{after}")
    };
    format!("{} → {}", piece(&old), piece(&new))
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        assert_eq!(shortened("", "甲"), "（无） → 甲");
        assert_eq!(shortened("带猫来", "带猫和证来"), "带猫来 → 带猫和证来");
        let (start, end) = ("一".repeat(50), "二".repeat(50));
        let context = (&start[..36], &end[..36]);
        let expected = format!("…{0}甲{1}… → …{0}乙丙{1}…", context.0, context.1);
        assert_eq!(shortened(&format!("{start}甲{end}"), &format!("{start}乙丙{end}")), expected);
    }

    #[test]
    fn a_change_names_its_fields() {
        let old = Entry { body: "甲".to_owned(), ..Entry::new("a", Kind::Faq, "问") };
        let new = Entry {
            body: "乙".to_owned(),
            script: Some("丙".to_owned()),
            ..Entry::new("a", Kind::Faq, "问")
        };
        let changes = between(&old, &new);
        let shown: Vec<(&str, &str)> =
            changes.iter().map(|change| (change.field.as_str(), change.difference.as_str())).collect();
        assert_eq!(shown, [("body", "甲 → 乙"), ("script", "（无） → 丙")]);
    }
}
