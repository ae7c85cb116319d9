//! Laws and official documents in Markdown: split into articles by 第X条, the
//! headings travelling along.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::{Rows, parse_date};
use crate::entry::{DocumentPart, Entry, Kind, MAX_TITLE_CHARS, Source};

/// Ends the history of a document in its head.
const HISTORY_END: &str = "<!-- INFO END -->";

static ARTICLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[\s*＊]*(第\s*[零〇一二三四五六七八九十百千两0-9]+\s*条(?:之[一二三四五六七八九十]+)?)")
        .ok()
});
static HEADING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^第[零〇一二三四五六七八九十百]+([编章节])(?:\s|$)").ok());
static DAY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|\d{4}-\d{1,2}-\d{1,2}").ok());
static EDITION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\s*[(（](\d{4}-\d{2}-\d{2})[)）]").ok());

struct Document {
    id: String,
    title: String,
    edition: Option<Date>,
    effective_from: Option<Date>,
    category: String,
}

pub(super) fn read(text: &str, rows: &mut Rows<'_>) {
    let history_lines = text.split_once(HISTORY_END).map_or(0, |(history, _)| history.lines().count());
    let lines: Vec<&str> = text.lines().collect();
    let document = head(&lines, history_lines, rows);
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut labels: HashMap<String, usize> = HashMap::new();
    let mut open = Piece { line: 1, label: None, headings: Vec::new(), body: String::new() };
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim();
        if at < history_lines || trimmed == HISTORY_END || is_title_line(&lines, at) {
            continue;
        }
        if let Some((level, heading)) = heading_of(trimmed) {
            headings.retain(|(above, _)| *above < level);
            headings.push((level, heading));
            continue;
        }
        let label = ARTICLE.as_ref().and_then(|pattern| pattern.captures(line));
        match label.as_ref().and_then(|found| Some((found.get(0)?, found.get(1)?))) {
            Some((whole, label)) => {
                let headings = headings.iter().map(|(_, heading)| heading.clone()).collect();
                let label = label.as_str().split_whitespace().collect();
                let body = line[whole.end()..].trim_start_matches(['*', '＊', ' ', '\u{3000}']).trim_end();
                let next = Piece { line: at + 1, label: Some(label), headings, body: body.to_owned() };
                std::mem::replace(&mut open, next).close(&document, &mut labels, rows);
            }
            None => {
                open.body.push('\n');
                open.body.push_str(line.trim_end());
            }
        }
    }
    open.close(&document, &mut labels, rows);
}

/// A piece of the document on its way to an entry.
struct Piece {
    line: usize,
    label: Option<String>,
    headings: Vec<String>,
    body: String,
}

impl Piece {
    fn close(self, document: &Document, labels: &mut HashMap<String, usize>, rows: &mut Rows<'_>) {
        let body = self.body.trim().to_owned();
        let (id, title) = match &self.label {
            None if body.is_empty() => return,
            None => (document.id.clone(), document.title.clone()),
            Some(label) => {
                let count = labels.entry(label.clone()).or_default();
                *count += 1;
                let suffix = if *count > 1 { format!("~{count}") } else { String::new() };
                (format!("{}#{label}{suffix}", document.id), article_title(&document.title, label))
            }
        };
        let mut entry = Entry::new(id, Kind::Policy, title);
        // An article repealed in place keeps its label and has no text.
        entry.body = if body.is_empty() { "（本条没有内容）".to_owned() } else { body };
        entry.region = rows.region;
        entry.category.clone_from(&document.category);
        entry.effective_from = document.effective_from;
        entry.source = vec![Source {
            title: Some(document.title.clone()),
            article: self.label.clone(),
            date: document.edition,
            ..Source::default()
        }];
        entry.part = Some(DocumentPart {
            document_id: document.id.clone(),
            document_title: document.title.clone(),
            edition: document.edition,
            article: self.label,
            headings: self.headings,
        });
        rows.push(self.line, entry);
    }
}

fn article_title(document_title: &str, label: &str) -> String {
    let room = MAX_TITLE_CHARS.saturating_sub(label.chars().count() + 1);
    let title: String = document_title.chars().take(room).collect();
    format!("{title} {label}")
}

fn head(lines: &[&str], history_lines: usize, rows: &Rows<'_>) -> Document {
    let id = rows.document_id();
    let file_name = id.rsplit('/').next().unwrap_or(&id);
    let titles: Vec<&str> = (0..lines.len())
        .filter(|&at| is_title_line(lines, at))
        .map(|at| lines[at].trim().trim_start_matches('#').trim())
        .collect();
    let named = if titles.is_empty() { file_name.to_owned() } else { titles.join(" ") };
    let title = without_edition(&named);
    let history = &lines[..history_lines];
    let days = |line: &&str| -> Vec<Date> {
        DAY.as_ref().map_or_else(Vec::new, |day| {
            day.find_iter(line).filter_map(|found| parse_date(found.as_str())).collect()
        })
    };
    let in_name = EDITION.as_ref().and_then(|edition| edition.captures(file_name));
    let in_name = in_name.and_then(|found| parse_date(&found[1]));
    let edition = in_name.or_else(|| history.iter().flat_map(days).max());
    let in_force = history.iter().filter(|line| line.contains("施行")).flat_map(days).max();
    Document {
        title: title.chars().take(MAX_TITLE_CHARS).collect(),
        // A date of entry into force before the edition's is that of an older edition.
        effective_from: in_force.max(edition),
        edition,
        category: rows.document_category(),
        id,
    }
}

fn without_edition(title: &str) -> String {
    EDITION
        .as_ref()
        .map_or_else(|| title.to_owned(), |edition| edition.replace_all(title, "").trim().to_owned())
}

/// `# ` lines at the start of the document, before any other heading.
fn is_title_line(lines: &[&str], at: usize) -> bool {
    let is_top = |line: &str| line.trim_start().starts_with("# ");
    is_top(lines[at]) && lines[..at].iter().all(|line| !line.trim_start().starts_with("##"))
}

fn heading_of(trimmed: &str) -> Option<(usize, String)> {
    let text = trimmed.trim_start_matches('#');
    let marks = trimmed.len() - text.len();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if marks > 0 {
        return (!text.is_empty()).then_some((marks, text));
    }
    let found = HEADING.as_ref()?.captures(trimmed)?;
    let level = match &found[1] {
        "编" => 1,
        "章" => 2,
        _ => 3,
    };
    (trimmed.chars().count() <= 40).then_some((level, text))
}

#[cfg(test)]
mod tests {
    use crate::corpus::{Manifest, Reading, SourceFile, read};

    fn law(text: &str) -> Reading {
        let relative = "行政法规/样例条例(2016-02-06).md".to_owned();
        let file = SourceFile { path: (&relative).into(), relative, bytes: 0 };
        read(&file, text.as_bytes(), &Manifest::default())
    }

    #[test]
    fn a_law_is_split_into_articles_with_their_headings() {
        let reading = law(
            "# 样例条例\n\n2010年1月1日 公布\n2016年3月1日 施行\n<!-- INFO END -->\n前言\n## 第一章 总则\n第一条 甲。\n乙。\n\n第二条 丙“第三条”。\n### 第一节 一般\n第二条 重。\n",
        );
        let ids: Vec<&str> = reading.entries.iter().map(|entry| entry.id.as_str()).collect();
        let document = "行政法规/样例条例(2016-02-06)";
        assert_eq!(
            ids,
            [
                document.to_owned(),
                format!("{document}#第一条"),
                format!("{document}#第二条"),
                format!("{document}#第二条~2")
            ]
        );
        let first = &reading.entries[1];
        assert_eq!(first.body, "甲。\n乙。");
        assert_eq!(first.effective_from.map(|day| day.to_string()).as_deref(), Some("2016-03-01"));
        let last = reading.entries[3].part.as_ref().unwrap();
        assert_eq!(last.headings, ["第一章 总则", "第一节 一般"]);
        assert_eq!(last.document_title, "样例条例");
    }
}
