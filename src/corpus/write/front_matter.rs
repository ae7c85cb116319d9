//! An entry as a Markdown file with front matter. Values are written as JSON,
//! which is YAML too and leaves no quoting to guess.

use serde_json::{Value, json};

use crate::entry::Entry;

/// Longest name of a file before its ending, in bytes: file systems take 255.
const MAX_NAME_BYTES: usize = 200;

/// A name for an entry's file: its id where that can be one.
pub fn file_name(id: &str) -> String {
    let mut name = String::new();
    for (at, sign) in id.chars().enumerate() {
        let is_first_of_readme = at == 0 && id.starts_with("README");
        match sign {
            '-' | '_' => name.push(sign),
            '.' if at > 0 => name.push(sign),
            _ if sign.is_alphanumeric() && !is_first_of_readme => name.push(sign),
            _ => sign.to_string().bytes().for_each(|byte| name.push_str(&format!("%{byte:02X}"))),
        }
    }
    if name.len() > MAX_NAME_BYTES {
        let digest = blake3::hash(id.as_bytes()).to_hex();
        let end = (0..=MAX_NAME_BYTES - 17).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        name = format!("{}-{}", &name[..end], &digest[..16]);
    }
    format!("{name}.md")
}

pub(super) fn document(entry: &Entry) -> String {
    let mut front = String::new();
    let mut say = |field: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !is_empty {
            front.push_str(&format!("{field}: {value}\n"));
        }
    };
    say("id", json!(entry.id));
    say("kind", json!(entry.kind));
    say("title", json!(entry.title));
    say("category", json!(entry.category));
    say("region", json!(entry.region));
    say("department", json!(entry.department));
    say("keywords", json!(entry.keywords));
    say("similar_questions", json!(entry.similar_questions));
    say("negative_questions", json!(entry.negative_questions));
    say("script", json!(entry.script));
    say("internal_note", json!(entry.internal_note));
    say("effective_from", json!(entry.effective_from));
    say("expires_on", json!(entry.expires_on));
    say("next_review_on", json!(entry.next_review_on));
    say("source", json!(entry.source));
    format!("---\n{front}---\n\n{}\n", entry.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_id_where_it_can_be_one() {
        assert_eq!(file_name("guide-社保"), "guide-社保.md");
        assert_eq!(file_name("民法典/总则#第一条"), "民法典%2F总则%23第一条.md");
        assert_eq!(file_name("../x"), "%2E.%2Fx.md");
        assert_eq!(file_name("README"), "%52EADME.md");
        let long = file_name(&"长".repeat(200));
        assert!(long.len() <= MAX_NAME_BYTES + 3 && long != file_name(&"长".repeat(201)), "{long}");
    }
}
