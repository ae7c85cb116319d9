//! PDF with text: letters with their places, as `pdf_text` finds them, are put
//! together to lines and paragraphs as Chinese is set. A scan is refused.

use std::sync::LazyLock;

use lopdf::{Document as Pdf, Error, LoadOptions};
use regex::Regex;

use super::container::{self, MAX_UNPACKED_BYTES};
use super::document::{self, Document, is_title_line};
use super::markdown::{Block, join, tidied};
use super::pdf_text::{Fragment, PageText};
use super::{MAX_PDF_PAGES, Rows};
use crate::entry::Finding;

/// Fewest characters a page has on average; a scanned page has none.
const FEWEST_CHARS_A_PAGE: usize = 20;
/// Share of the text that may be written in a way that cannot be read.
const MAX_UNREADABLE_SHARE: f32 = 0.1;
/// How much larger than the text a title is set.
const TITLE_SCALE: f32 = 1.12;

static PAGE_NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[-—–－·\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／]\s*(?:共\s*)?\d{1,4}(?:\s*页)?|\s*共\s*\d{1,4}\s*页)?[-—–－·\s]*$")
        .ok()
});
static BEGINS_PARAGRAPH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:第[零〇一二三四五六七八九十百千0-9]+[条章节编]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]|\d{1,2}[.．、]\D|附件|附：)").ok()
});

/// A line of a page; lengths in points.
#[derive(Debug, Clone)]
struct Line {
    left: f32,
    right: f32,
    size: f32,
    text: String,
    page: usize,
}

pub(super) fn read(bytes: &[u8], rows: &mut Rows<'_>) {
    match read_document(bytes) {
        Ok(document) => document::push(document, rows),
        Err(finding) => rows.finding(0, finding),
    }
}

fn read_document(bytes: &[u8]) -> Result<Document, Finding> {
    let limit = usize::try_from(MAX_UNPACKED_BYTES).unwrap_or(usize::MAX);
    let options = LoadOptions { max_decompressed_size: Some(limit), ..LoadOptions::default() };
    let pdf = match Pdf::load_mem_with_options(bytes, options) {
        Ok(pdf) if pdf.is_encrypted() => return Err(container::encrypted("PDF")),
        Ok(pdf) => pdf,
        Err(Error::Decryption(_) | Error::InvalidPassword) => return Err(container::encrypted("PDF")),
        Err(error) => return Err(damaged(&error)),
    };
    let pages = pdf.get_pages();
    if pages.is_empty() {
        return Err(damaged(&"没有页"));
    }
    if pages.len() > MAX_PDF_PAGES {
        let message = format!("PDF 有 {} 页，最多 {MAX_PDF_PAGES} 页，请分成几个文件", pages.len());
        return Err(Finding::error("pdf_too_long", "", message));
    }
    let mut lines = Vec::new();
    let (mut readable, mut unreadable, mut left_bytes) = (0, 0, limit);
    for (page, id) in pages.values().enumerate() {
        let content = pdf.get_page_content_with_limit(*id, left_bytes).map_err(|error| damaged(&error))?;
        left_bytes -= content.len().min(left_bytes);
        let text = PageText::read(&pdf, *id, &content);
        unreadable += text.unreadable;
        let of_page = lines_of(text.fragments, page);
        readable += of_page.iter().map(|line| line.text.chars().count()).sum::<usize>();
        lines.extend(of_page);
    }
    if unreadable as f32 > (readable + unreadable) as f32 * MAX_UNREADABLE_SHARE {
        let message =
            "PDF 里的字没有带文字编码，读出来是乱码；请改用 Word 版，或用文字识别（OCR）软件转成 Word";
        return Err(Finding::error("pdf_unreadable", "", message));
    }
    if readable < FEWEST_CHARS_A_PAGE * pages.len() {
        let message =
            "PDF 里几乎没有文字，像是扫描件；请先用文字识别（OCR）软件转成 Word，或向发文单位要文字版";
        return Err(Finding::error("pdf_scanned", "", message));
    }
    Ok(document_of(lines))
}

fn damaged(error: &dyn std::fmt::Display) -> Finding {
    let message = format!("PDF 读不出来，可能已损坏；请用 PDF 软件打开后另存一份再导入（{error}）");
    Finding::error("pdf_malformed", "", message)
}

/// The lines of a page from top to bottom, without its number.
fn lines_of(fragments: Vec<Fragment>, page: usize) -> Vec<Line> {
    let mut rows: Vec<(f32, Vec<Fragment>)> = Vec::new();
    for fragment in fragments.into_iter().filter(|fragment| !fragment.text.trim().is_empty()) {
        let same =
            |row: &&mut (f32, Vec<Fragment>)| (row.0 - fragment.y).abs() < fragment.size.max(1.0) * 0.4;
        match rows.iter_mut().rev().take(8).find(same) {
            Some((_, row)) => row.push(fragment),
            None => rows.push((fragment.y, vec![fragment])),
        }
    }
    rows.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut lines: Vec<Line> = rows.into_iter().filter_map(|(_, row)| line_of(row, page)).collect();
    let is_number = |line: Option<&Line>| {
        line.is_some_and(|line| PAGE_NUMBER.as_ref().is_some_and(|number| number.is_match(&line.text)))
    };
    if is_number(lines.last()) {
        lines.pop();
    }
    if is_number(lines.first()) {
        lines.remove(0);
    }
    lines
}

fn line_of(mut row: Vec<Fragment>, page: usize) -> Option<Line> {
    row.sort_by(|one, other| one.x.total_cmp(&other.x));
    let first = row.first()?;
    let mut line = Line { left: first.x, right: first.x, size: first.size, text: String::new(), page };
    for fragment in row {
        // A wide gap is one between columns.
        if !line.text.is_empty() && fragment.x - line.right > fragment.size * 1.5 {
            line.text.push(' ');
            line.text.push_str(tidied(&fragment.text).as_str());
        } else {
            let is_apart = fragment.text.starts_with(' ')
                || line.text.ends_with(' ')
                || fragment.x - line.right > fragment.size * 0.2;
            let piece = tidied(&fragment.text);
            if is_apart { join(&mut line.text, &piece) } else { line.text.push_str(&piece) }
        }
        line.right = line.right.max(fragment.x + fragment.width);
        line.size = line.size.max(fragment.size);
    }
    Some(line)
}

fn document_of(mut lines: Vec<Line>) -> Document {
    let body_size = usual(lines.iter().map(|line| (line.size, line.text.chars().count())));
    let body: Vec<&Line> = lines.iter().filter(|line| line.size < body_size * TITLE_SCALE).collect();
    let left = body.iter().map(|line| line.left).fold(f32::INFINITY, f32::min);
    let right = body.iter().map(|line| line.right).fold(0.0, f32::max);
    let title = take_title(&mut lines, body_size, left, right);
    let mut blocks: Vec<String> = Vec::new();
    let mut previous: Option<Line> = None;
    for line in lines {
        let goes_on = previous.as_ref().is_some_and(|previous| {
            let is_full = previous.right >= right - previous.size * 2.5;
            let is_indented = line.left > left + line.size * 1.2;
            let begins = BEGINS_PARAGRAPH.as_ref().is_some_and(|begins| begins.is_match(&line.text));
            is_full && !is_indented && !begins && (previous.size - line.size).abs() < previous.size * 0.15
        });
        match blocks.last_mut() {
            Some(block) if goes_on => join(block, &line.text),
            _ => blocks.push(line.text.clone()),
        }
        previous = Some(line);
    }
    let blocks = blocks.into_iter().map(Block::Paragraph).collect();
    Document { title, blocks, ..Document::default() }
}

/// The size in which most characters are set.
fn usual(sizes: impl Iterator<Item = (f32, usize)>) -> f32 {
    let mut counts: Vec<(f32, usize)> = Vec::new();
    for (size, chars) in sizes {
        match counts.iter_mut().find(|(known, _)| (known - size).abs() < 0.3) {
            Some((_, count)) => *count += chars,
            None => counts.push((size, chars)),
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(12.0, |(size, _)| size)
}

/// Takes the title out of the first page: its largest lines that can be one, else
/// the centred lines at its head.
fn take_title(lines: &mut Vec<Line>, body_size: f32, left: f32, right: f32) -> Option<String> {
    let first_page = lines.iter().take_while(|line| line.page == 0).count();
    let can_be = |line: &Line| is_title_line(&line.text);
    let largest = lines[..first_page]
        .iter()
        .filter(|line| can_be(line) && line.size >= body_size * TITLE_SCALE)
        .map(|line| line.size)
        .fold(0.0, f32::max);
    let is_title = |line: &Line| {
        let is_centred = line.left > left + body_size * 2.5 && line.right < right - body_size * 2.5;
        let is_large = (line.size - largest).abs() < 0.5;
        can_be(line) && if largest > 0.0 { is_large } else { is_centred }
    };
    let within = if largest > 0.0 { first_page } else { first_page.min(6) };
    let start = lines[..within].iter().position(is_title)?;
    let count = lines[start..first_page].iter().take_while(|line| is_title(line)).count();
    let mut title = String::new();
    lines.drain(start..start + count).for_each(|line| join(&mut title, &line.text));
    Some(title)
}
