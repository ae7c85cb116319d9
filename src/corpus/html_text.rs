//! The elements of a page as blocks: headings, paragraphs, lists and tables. The
//! page is walked without recursion, so no nesting is too deep.

use scraper::ElementRef;
use scraper::node::Node;

use super::html::tag_of;
use super::markdown::{Block, tidied};

/// Tags that begin and end a block of text.
const BLOCK_TAGS: [&str; 22] = [
    "p",
    "div",
    "section",
    "article",
    "main",
    "br",
    "hr",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "center",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
    "li",
];
/// Depth to which lists are indented.
const MAX_LIST_DEPTH: usize = 6;

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    columns_left: usize,
}

/// Collects the blocks of an element.
#[derive(Default)]
pub(super) struct Writer {
    blocks: Vec<Block>,
    text: String,
    link_chars: usize,
    link_depth: usize,
    heading: Option<usize>,
    /// Per open list the number of its next item, none for bullets.
    lists: Vec<Option<u32>>,
    /// The item whose text is being read.
    item: Option<(usize, Option<u32>)>,
    table: Option<Table>,
}

impl Writer {
    pub fn write(root: ElementRef<'_>, is_dropped: fn(ElementRef<'_>) -> bool) -> Writer {
        let mut writer = Writer::default();
        let mut dropped = None;
        for edge in root.traverse() {
            match edge {
                ego_tree::iter::Edge::Open(node) if dropped.is_none() => {
                    if let Some(element) = ElementRef::wrap(node) {
                        if node.id() != root.id() && is_dropped(element) {
                            dropped = Some(node.id());
                        } else {
                            writer.open(element);
                        }
                    } else if let Node::Text(text) = node.value() {
                        writer.text(text);
                    }
                }
                ego_tree::iter::Edge::Close(node) if dropped == Some(node.id()) => dropped = None,
                ego_tree::iter::Edge::Close(node) if dropped.is_none() => {
                    if let Some(tag) = tag_of(node.value()) {
                        writer.close(tag);
                    }
                }
                _ => {}
            }
        }
        writer.flush();
        writer
    }

    pub fn into_blocks(self) -> Vec<Block> {
        self.blocks
    }

    /// Characters of text outside links.
    pub fn plain_chars(&self) -> usize {
        let texts =
            self.blocks.iter().filter_map(Block::text).map(|text| text.chars().count()).sum::<usize>();
        let cells: usize = self
            .blocks
            .iter()
            .map(|block| match block {
                Block::Table(rows) => rows.iter().flatten().map(|cell| cell.chars().count()).sum(),
                _ => 0,
            })
            .sum();
        (texts + cells).saturating_sub(self.link_chars)
    }

    /// `发文机关：…` in short lines, and cells with a name before a cell with a value.
    pub fn labels(&self) -> Vec<(String, String)> {
        const NAMES: [&str; 17] = [
            "发文机关",
            "发布机构",
            "发文单位",
            "制定机关",
            "发布单位",
            "发文字号",
            "文号",
            "文件编号",
            "成文日期",
            "发文日期",
            "印发日期",
            "发布日期",
            "公开日期",
            "施行日期",
            "实施日期",
            "失效日期",
            "有效期至",
        ];
        let plain = |name: &str| -> String {
            name.chars().filter(|sign| !sign.is_whitespace() && !":：[]【】".contains(*sign)).collect()
        };
        let mut labels = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Table(rows) => {
                    for pair in rows.iter().flat_map(|row| row.windows(2)) {
                        labels.push((plain(&pair[0]), pair[1].clone()));
                    }
                }
                other => {
                    let text = other.text().unwrap_or_default();
                    if let Some((name, value)) = text.split_once(['：', ':']) {
                        labels.push((plain(name), value.trim().to_owned()));
                    }
                }
            }
        }
        labels.retain(|(name, value)| {
            NAMES.contains(&name.as_str()) && !value.is_empty() && value.chars().count() < 60
        });
        labels
    }

    fn open(&mut self, element: ElementRef<'_>) {
        let tag = element.value().name();
        if self.table.is_some() {
            return self.open_in_table(element);
        }
        if BLOCK_TAGS.contains(&tag) || heading_level(tag).is_some() {
            self.flush();
        }
        match tag {
            "ul" | "ol" => self.lists.push((tag == "ol").then_some(1)),
            "li" => {
                let depth = self.lists.len().saturating_sub(1).min(MAX_LIST_DEPTH);
                let number = self.lists.last_mut().and_then(|next| {
                    let number = *next.as_ref()?;
                    *next = Some(number.saturating_add(1));
                    Some(number)
                });
                self.item = Some((depth, number));
            }
            "a" => self.link_depth += 1,
            "table" if is_data(element) => self.table = Some(Table::default()),
            _ => self.heading = heading_level(tag).or(self.heading),
        }
    }

    fn open_in_table(&mut self, element: ElementRef<'_>) {
        let Some(table) = &mut self.table else { return };
        match element.value().name() {
            "tr" => table.rows.push(Vec::new()),
            "td" | "th" => {
                let columns =
                    element.attr("colspan").and_then(|columns| columns.parse().ok()).unwrap_or(1_usize);
                table.columns_left = columns.clamp(1, 64) - 1;
                self.text.clear();
            }
            "br" | "p" | "div" | "li" => self.text.push('\n'),
            "a" => self.link_depth += 1,
            _ => {}
        }
    }

    fn close(&mut self, tag: &str) {
        if tag == "a" {
            self.link_depth = self.link_depth.saturating_sub(1);
            return;
        }
        if let Some(table) = &mut self.table {
            match tag {
                "td" | "th" => {
                    let text = tidied(&std::mem::take(&mut self.text));
                    if let Some(row) = table.rows.last_mut() {
                        row.push(text);
                        row.extend((0..table.columns_left).map(|_| String::new()));
                    }
                }
                "table" => self.close_table(),
                _ => {}
            }
            return;
        }
        if BLOCK_TAGS.contains(&tag) || heading_level(tag).is_some() {
            self.flush();
        }
        match tag {
            "ul" | "ol" => {
                self.lists.pop();
            }
            "li" => self.item = None,
            _ if heading_level(tag).is_some() => self.heading = None,
            _ => {}
        }
    }

    fn close_table(&mut self) {
        let Some(mut table) = self.table.take() else { return };
        self.text.clear();
        table.rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table.rows));
        }
    }

    fn text(&mut self, text: &str) {
        if self.link_depth > 0 && self.table.is_none() {
            self.link_chars += text.chars().filter(|sign| !sign.is_whitespace()).count();
        }
        self.text.push_str(text);
    }

    /// Closes the block being read.
    fn flush(&mut self) {
        let text = tidied(&std::mem::take(&mut self.text));
        if text.is_empty() {
            return;
        }
        self.blocks.push(match (self.heading, self.item.take()) {
            (Some(level), _) => Block::Heading { level, text },
            (None, Some((depth, number))) => Block::Item { depth, number, text },
            (None, None) => Block::Paragraph(text),
        });
    }
}

fn heading_level(tag: &str) -> Option<usize> {
    let level = tag.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

/// Whether a table holds data: several rows and columns, and no table inside; the
/// others only place what stands on the page.
fn is_data(table: ElementRef<'_>) -> bool {
    let (mut rows, mut cells) = (0, 0);
    for node in table.descendants().skip(1) {
        match tag_of(node.value()) {
            Some("table") => return false,
            Some("tr") => rows += 1,
            Some("td" | "th") => cells += 1,
            _ => {}
        }
    }
    rows > 0 && cells >= rows * 2
}
