//! A document from Word, the web or PDF on its way to entries: one with
//! articles is split as a law is, any other is one policy.

use std::sync::LazyLock;

use regex::Regex;

use super::markdown::{self, Block};
use super::{Rows, law, official};
use crate::entry::{Entry, Finding, Kind, MAX_TITLE_CHARS, Source};

/// Articles from which on a document is split by them.
const FEWEST_ARTICLES: usize = 3;
/// Fewest characters of a document worth keeping.
const SHORTEST_TEXT_CHARS: usize = 10;
/// Longest heading of a part of a law.
const LONGEST_PART_CHARS: usize = 40;

static ARTICLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^第\s*[零〇一二三四五六七八九十百千两0-9]+\s*条(?:\s|[^款项规的、和至之])").ok()
});

static PART: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^第[零〇一二三四五六七八九十百]+[编章节]").ok());

/// What a reader found in a file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub title: Option<String>,
    pub blocks: Vec<Block>,
    /// What the file says about itself beside its text: 发文机关 → …
    pub labels: Vec<(String, String)>,
}

/// Makes entries of a document and keeps them; what was read from its text
/// about itself is proposed, a finding each.
pub(super) fn push(mut document: Document, rows: &mut Rows<'_>) {
    let title = document.title.take().map(|title| markdown::tidied(&title)).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| {
        let stem = rows.document_id();
        stem.rsplit('/').next().unwrap_or(&stem).to_owned()
    });
    let title: String = title.chars().take(MAX_TITLE_CHARS).collect();
    document.blocks.retain(|block| block.text().is_none_or(|text| !text.trim().is_empty()));
    document.blocks.iter_mut().for_each(part_label_from_name);
    let body = markdown::written(&document.blocks);
    if body.chars().filter(|sign| !sign.is_whitespace()).count() < SHORTEST_TEXT_CHARS {
        let message = "文件里几乎没有文字，没有导入；如果内容是图片，请先做文字识别（OCR）";
        return rows.finding(0, Finding::error("document_empty", "body", message));
    }
    let proposed = official::read(&document, &title);
    let first = rows.reading.entries.len();
    if articles(&document.blocks) >= FEWEST_ARTICLES {
        law::read(&format!("# {title}\n\n{body}"), rows);
    } else {
        let mut entry = Entry::new(rows.document_id(), Kind::Policy, title.clone());
        entry.body = body;
        entry.region = rows.region;
        entry.category = rows.document_category();
        entry.source = vec![Source { title: Some(title), ..Source::default() }];
        rows.push(0, entry);
    }
    for entry in &mut rows.reading.entries[first..] {
        official::fill(&proposed, entry);
    }
    if rows.reading.entries.len() > first {
        official::findings(&proposed).into_iter().for_each(|finding| rows.finding(0, finding));
    }
}

/// `第一章总则` as laws are set: `第一章 总则`.
fn part_label_from_name(block: &mut Block) {
    let (Block::Heading { text, .. } | Block::Paragraph(text)) = block else { return };
    let Some(end) = PART.as_ref().and_then(|part| part.find(text)).map(|found| found.end()) else { return };
    let is_apart = text[end..].starts_with(char::is_whitespace);
    if !is_apart && text.chars().count() <= LONGEST_PART_CHARS {
        text.insert(end, ' ');
    }
}

fn articles(blocks: &[Block]) -> usize {
    let Some(article) = ARTICLE.as_ref() else { return 0 };
    blocks.iter().filter_map(Block::text).filter(|text| article.is_match(text.trim_start())).count()
}

/// Whether a line at the head of a document can belong to a title: no document number, no name of
/// a series (示例市人民政府文件), no date, no chapter.
pub(super) fn is_title_line(text: &str) -> bool {
    let text = text.trim();
    let is_number = text.ends_with('号') && text.contains(['〔', '[', '［', '【']);
    let is_chapter = text.starts_with('第') && text.chars().take(6).any(|sign| "章节编条".contains(sign));
    let is_bracketed = text.starts_with(['（', '(']);
    !(is_number || is_chapter || is_bracketed || text.ends_with("文件") || text.ends_with('日'))
}
