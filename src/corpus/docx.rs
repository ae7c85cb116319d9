//! Word documents (`.docx`): headings by their style, lists by their numbering,
//! tables; what is deleted or hidden in the file is not read.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::document::{self, Document, is_title_line};
use super::docx_style::{Numbering, Paragraphs, Styles};
use super::markdown::{Block, tidied};
use super::{Rows, container};
use crate::entry::Finding;

/// Longest text of a merged cell that is repeated in the rows below it.
const LONGEST_REPEATED_BYTES: usize = 600;
/// Centred lines at the start of a document that make up its title.
const TITLE_LINES: usize = 4;

pub(super) fn read(bytes: &[u8], rows: &mut Rows<'_>) {
    match read_document(bytes) {
        Ok(document) => document::push(document, rows),
        Err(finding) => rows.finding(0, finding),
    }
}

fn read_document(bytes: &[u8]) -> Result<Document, Finding> {
    container::check(bytes)?;
    let part = |name: &str| container::part(bytes, name);
    let Some(xml) = part("word/document.xml")? else {
        let message = "文件里没有 Word 正文，请用 Word 或 WPS 打开后另存为 .docx";
        return Err(Finding::error("document_malformed", "", message));
    };
    let styles = part("word/styles.xml")?.map(|xml| Styles::read(&xml)).unwrap_or_default();
    let numbering = part("word/numbering.xml")?.map(|xml| Numbering::read(&xml)).unwrap_or_default();
    let mut body = Body::new(Paragraphs { styles, numbering });
    let mut reader = Reader::from_str(&xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => body.open(&tag),
            Ok(Event::Empty(tag)) => {
                body.open(&tag);
                body.close(tag.local_name().as_ref());
            }
            Ok(Event::End(tag)) => body.close(tag.local_name().as_ref()),
            Ok(Event::Text(text)) => body.text(&text.xml10_content()),
            Ok(Event::CData(text)) => body.text(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let named = || quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                body.text(&character.map(String::from).or_else(named).unwrap_or_default());
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                let message =
                    format!("Word 文件内容不完整，请用 Word 或 WPS 打开后另存一份再导入（{error}）");
                return Err(Finding::error("document_malformed", "", message));
            }
        }
    }
    Ok(body.finish())
}

/// The value of a tag's attribute, by its name without prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|found| found.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0);
    Some(value.map_or_else(|_| String::new(), |value| value.into_owned()))
}

/// A paragraph being read.
#[derive(Default)]
pub(super) struct Paragraph {
    pub text: String,
    pub style: Option<String>,
    /// From 0, as Word counts.
    pub outline: Option<usize>,
    pub number_id: Option<String>,
    pub list_level: Option<usize>,
    pub is_centred: Option<bool>,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<Cell>>,
}

#[derive(Default)]
struct Cell {
    text: String,
    columns: usize,
    /// Merged with the cell above it.
    is_continued: bool,
}

/// What a paragraph is in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rank {
    Title,
    Centred,
    Body,
}

struct Body {
    known: Paragraphs,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    blocks: Vec<(Rank, Block)>,
    /// Depth inside something whose text is not read.
    passed_over: usize,
    in_text: bool,
}

/// Deleted text, field codes, the older copy of a drawing, deletions in tables.
const PASSED_OVER: [&str; 5] = ["del", "moveFrom", "instrText", "Fallback", "delText"];

impl Body {
    fn new(known: Paragraphs) -> Body {
        Body {
            known,
            paragraphs: Vec::new(),
            tables: Vec::new(),
            blocks: Vec::new(),
            passed_over: 0,
            in_text: false,
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name();
        let name = name.as_ref();
        if self.passed_over > 0 || PASSED_OVER.contains(&name) {
            self.passed_over += usize::from(PASSED_OVER.contains(&name));
            return;
        }
        match name {
            "p" => self.paragraphs.push(Paragraph::default()),
            "t" => self.in_text = true,
            "br" | "cr" => self.text_of_paragraph("\n"),
            "tab" if !self.paragraphs.is_empty() => self.text_of_paragraph(" "),
            "tbl" => self.tables.push(Table::default()),
            "tr" => self.tables.last_mut().into_iter().for_each(|table| table.rows.push(Vec::new())),
            "tc" => {
                let row = self.tables.last_mut().and_then(|table| table.rows.last_mut());
                row.into_iter().for_each(|row| row.push(Cell { columns: 1, ..Cell::default() }));
            }
            "gridSpan" | "vMerge" => self.cell_property(name, attribute(tag, "val")),
            _ => self.paragraph_property(name, tag),
        }
    }

    fn cell_property(&mut self, name: &str, value: Option<String>) {
        let row = self.tables.last_mut().and_then(|table| table.rows.last_mut());
        let Some(cell) = row.and_then(|row| row.last_mut()) else { return };
        match name {
            "vMerge" => cell.is_continued = value.as_deref() != Some("restart"),
            _ => cell.columns = value.and_then(|value| value.parse().ok()).unwrap_or(1).clamp(1, 64),
        }
    }

    fn paragraph_property(&mut self, name: &str, tag: &BytesStart<'_>) {
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        let value = || attribute(tag, "val");
        match name {
            "pStyle" => paragraph.style = value(),
            "outlineLvl" => paragraph.outline = value().and_then(|value| value.parse().ok()),
            "numId" => paragraph.number_id = value(),
            "ilvl" => paragraph.list_level = value().and_then(|value| value.parse().ok()),
            "jc" => paragraph.is_centred = value().map(|value| value == "center"),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.passed_over == 0 {
            self.text_of_paragraph(text);
        }
    }

    fn text_of_paragraph(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        if PASSED_OVER.contains(&name) {
            self.passed_over = self.passed_over.saturating_sub(1);
            return;
        }
        match name {
            "t" => self.in_text = false,
            "p" if self.passed_over == 0 => self.close_paragraph(),
            "tbl" if self.passed_over == 0 => self.close_table(),
            _ => {}
        }
    }

    fn close_paragraph(&mut self) {
        let Some(paragraph) = self.paragraphs.pop() else { return };
        if paragraph.text.trim().is_empty() {
            return;
        }
        let (rank, block) = self.known.block_of(paragraph);
        let Some(table) = self.tables.last_mut() else { return self.blocks.push((rank, block)) };
        let cell = table.rows.last_mut().and_then(|row| row.last_mut());
        let Some((cell, text)) = cell.zip(block.text()) else { return };
        if !cell.text.is_empty() {
            cell.text.push(' ');
        }
        cell.text.push_str(text);
    }

    fn close_table(&mut self) {
        let Some(table) = self.tables.pop() else { return };
        let rows = table.written();
        if let Some(outer) = self.tables.last_mut().and_then(|table| table.rows.last_mut()?.last_mut()) {
            // A table in a cell becomes the cell's text.
            let text: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
            outer.text.push_str(&text.join(" "));
            return;
        }
        if rows.iter().all(|row| row.len() < 2) {
            let cells = rows.into_iter().flatten().filter(|cell| !cell.is_empty());
            self.blocks.extend(cells.map(|cell| (Rank::Body, Block::Paragraph(cell))));
        } else {
            self.blocks.push((Rank::Body, Block::Table(rows)));
        }
    }

    /// The title by its style, else the first heading, else the centred lines at
    /// the start; a title is no part of the body.
    fn finish(mut self) -> Document {
        let is_heading = |block: &Block| matches!(block, Block::Heading { level: 1, .. });
        let by_style = self.blocks.iter().position(|(rank, _)| *rank == Rank::Title);
        let first_heading = self.blocks.iter().position(|(_, block)| is_heading(block));
        let only_heading = self.blocks.iter().filter(|(_, block)| is_heading(block)).count() == 1;
        let start = self
            .blocks
            .iter()
            .take(TITLE_LINES * 2)
            .position(|(rank, block)| *rank == Rank::Centred && block.text().is_some_and(is_title_line));
        let at = by_style.or(start).or(first_heading.filter(|&at| only_heading || at == 0));
        let Some(at) = at else { return self.document(None) };
        let rank = self.blocks[at].0.clone();
        let lines = self.blocks[at..].iter().take(TITLE_LINES).take_while(|(other, block)| {
            *other == rank && rank != Rank::Body && block.text().is_some_and(is_title_line)
        });
        let count = lines.count().max(1);
        let texts =
            self.blocks.drain(at..at + count).filter_map(|(_, block)| block.text().map(str::to_owned));
        let title = tidied(&texts.collect::<Vec<_>>().join("\n"));
        self.document(Some(title))
    }

    fn document(self, title: Option<String>) -> Document {
        let blocks = self.blocks.into_iter().map(|(_, block)| block).collect();
        Document { title, blocks, ..Document::default() }
    }
}

impl Table {
    /// Rows of cells; a cell merged downwards repeats its text, one merged
    /// sideways is followed by empty ones.
    fn written(self) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for cells in self.rows {
            let mut row: Vec<String> = Vec::new();
            for cell in cells {
                let above = rows.last().and_then(|above| above.get(row.len()));
                let above = above.filter(|text| text.len() <= LONGEST_REPEATED_BYTES);
                let text =
                    if cell.is_continued { above.cloned().unwrap_or_default() } else { tidied(&cell.text) };
                row.push(text);
                row.extend((1..cell.columns).map(|_| String::new()));
            }
            rows.push(row);
        }
        rows
    }
}
