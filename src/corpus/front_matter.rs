//! Our own policies and guides: Markdown with YAML front matter
//! (`docs/corpus.md`).

use jiff::civil::Date;
use serde::Deserialize;

use super::Rows;
use crate::entry::{Entry, Finding, GuideParts, Kind, Place, Region, Source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: String,
    kind: Kind,
    title: String,
    #[serde(default)]
    category: String,
    region: Option<Region>,
    #[serde(default)]
    department: String,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    similar_questions: Vec<String>,
    #[serde(default)]
    negative_questions: Vec<String>,
    script: Option<String>,
    internal_note: Option<String>,
    effective_from: Option<Date>,
    expires_on: Option<Date>,
    next_review_on: Option<Date>,
    #[serde(default)]
    source: Sources,
}

/// One source or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sources {
    Several(Vec<Source>),
    One(Box<Source>),
}

impl Sources {
    fn is_empty(&self) -> bool {
        matches!(self, Sources::Several(sources) if sources.is_empty())
    }
}

impl Default for Sources {
    fn default() -> Sources {
        Sources::Several(Vec::new())
    }
}

pub(super) fn read(text: &str, rows: &mut Rows<'_>) {
    let Some((front, body, body_line)) = split(text) else {
        let message = "开头的 --- 没有配对的结束行 ---，请补上";
        return rows.finding(1, Finding::error("front_matter_open", "", message));
    };
    let front: Front = match serde_saphyr::from_str(front) {
        Ok(front) => front,
        Err(error) => {
            let line = error.location().map_or(1, |location| location.line() as usize);
            let reason = error.to_string();
            let reason = reason.lines().next().unwrap_or_default();
            // Its own "error: line 4 column 1: " is said by the finding's place.
            let reason = reason
                .split_once("column ")
                .and_then(|(_, rest)| rest.split_once(": "))
                .map_or(reason, |(_, what)| what);
            let message = format!("文件头写得不对：{reason}");
            return rows.finding(line, Finding::error("front_matter_malformed", "", message));
        }
    };
    let missing = [
        ("category", "分类", front.category.trim().is_empty() && rows.category.is_none()),
        ("department", "部门", front.department.trim().is_empty()),
        ("script", "话术", front.script.as_deref().unwrap_or_default().trim().is_empty()),
        ("source", "依据", front.source.is_empty()),
    ];
    for (field, name, _) in missing.into_iter().filter(|(.., is_missing)| *is_missing) {
        let message = format!("没有写{name}（{field}），坐席看不到这一项，请补上");
        rows.finding(1, Finding::warning("field_missing", field, message));
    }
    let mut entry = Entry::new(front.id, front.kind, front.title.trim());
    if front.kind == Kind::Guide {
        entry.guide = Some(guide_parts(body, body_line, rows));
    }
    entry.category = match (front.category.is_empty(), rows.category) {
        (true, Some(of_folder)) => of_folder.to_owned(),
        _ => front.category,
    };
    entry.region = front.region.unwrap_or(rows.region);
    entry.department = front.department;
    entry.keywords = front.keywords;
    entry.similar_questions = front.similar_questions;
    entry.negative_questions = front.negative_questions;
    entry.script = front.script;
    entry.internal_note = front.internal_note;
    entry.effective_from = front.effective_from;
    entry.expires_on = front.expires_on;
    entry.next_review_on = front.next_review_on;
    entry.source = match front.source {
        Sources::Several(sources) => sources,
        Sources::One(source) => vec![*source],
    };
    entry.body = body.trim().to_owned();
    rows.push(1, entry);
}

/// Front matter, body, and the line on which the body begins.
fn split(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.trim_start().strip_prefix("---")?;
    let end = rest.find("\n---")?;
    let body = &rest[end + 4..];
    Some((&rest[..end], body, rest[..end].lines().count() + 2))
}

fn guide_parts(body: &str, body_line: usize, rows: &mut Rows<'_>) -> GuideParts {
    let mut parts = GuideParts::default();
    let mut sections: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for (at, line) in body.lines().enumerate() {
        match (line.strip_prefix("## "), sections.last_mut()) {
            (Some(heading), _) => sections.push((body_line + at, heading.trim(), Vec::new())),
            (None, Some((_, _, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    for (line, heading, lines) in sections {
        let text = Some(lines.join("\n").trim().to_owned()).filter(|text| !text.is_empty());
        match heading {
            "办理条件" => parts.conditions = text,
            "所需材料" => parts.materials = items(&lines),
            "办理流程" => parts.steps = items(&lines),
            "办理时限" => parts.time_limit = text,
            "收费" => parts.fee = text,
            "办理地点" => {
                let place = |address| Place { address: Some(address), ..Place::default() };
                parts.places = items(&lines).into_iter().map(place).collect();
            }
            "网上办理" => parts.online = text,
            "法律依据" => parts.legal_basis = items(&lines),
            "注意事项" => parts.notes = text,
            other => {
                let message = format!("“## {other}”不是办事指南的栏目，只留在正文里");
                rows.finding(line, Finding::warning("guide_heading_unknown", "body", message));
            }
        }
    }
    parts
}

/// The items of a list; a paragraph counts as one.
fn items(lines: &[&str]) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        let bullet_less = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        match bullet_less.or_else(|| number_less(line)) {
            Some(item) => items.push(item.trim().to_owned()),
            None => match items.last_mut() {
                Some(last) => last.push_str(line),
                None => items.push(line.to_owned()),
            },
        }
    }
    items
}

/// The line without `1.` or `1、` before it; `3.5元` is an amount and no number of a list.
fn number_less(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(['.', '、', '．'])?;
    let counts = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (counts && !rest.starts_with(|character: char| character.is_ascii_digit())).then_some(rest)
}
