//! What Word's styles and numbering make of a paragraph: a title, a heading, an
//! item of a list, or a paragraph with the number that Word counts for it
//! (第三条, 一、).

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::docx::{Paragraph, Rank, attribute};
use super::markdown::{Block, tidied};

/// Longest chain of styles that rest on each other.
const MAX_STYLE_CHAIN: usize = 12;
/// Levels of a list.
const LIST_LEVELS: usize = 9;

#[derive(Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<usize>,
    number_id: Option<String>,
    list_level: Option<usize>,
    is_centred: Option<bool>,
}

/// Styles by their id.
#[derive(Default)]
pub(super) struct Styles(HashMap<String, Style>);

/// How a level of a list is counted.
#[derive(Clone, Default)]
struct Level {
    format: String,
    /// `第%1条`
    text: String,
    start: u32,
}

/// The document's lists.
#[derive(Default)]
pub(super) struct Numbering {
    /// By the list's id: the definition it uses.
    definition: HashMap<String, String>,
    levels: HashMap<(String, usize), Level>,
    counters: HashMap<(String, usize), u32>,
}

pub(super) struct Paragraphs {
    pub styles: Styles,
    pub numbering: Numbering,
}

/// Visits the opening tags of a part; a damaged one is read as far as it goes.
fn each_tag(xml: &str, mut visit: impl FnMut(&BytesStart<'_>)) {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => visit(&tag),
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

impl Styles {
    pub fn read(xml: &str) -> Styles {
        let mut styles: HashMap<String, Style> = HashMap::new();
        let mut open = String::new();
        each_tag(xml, |tag| {
            let value = || attribute(tag, "val");
            let name = tag.local_name();
            if name.as_ref() == "style" {
                open = attribute(tag, "styleId").unwrap_or_default();
                styles.insert(open.clone(), Style::default());
                return;
            }
            let Some(style) = styles.get_mut(&open) else { return };
            match name.as_ref() {
                "name" => style.name = value().unwrap_or_default().to_lowercase(),
                "basedOn" => style.based_on = value(),
                "outlineLvl" => style.outline = value().and_then(|value| value.parse().ok()),
                "numId" => style.number_id = value(),
                "ilvl" => style.list_level = value().and_then(|value| value.parse().ok()),
                "jc" => style.is_centred = value().map(|value| value == "center"),
                _ => {}
            }
        });
        Styles(styles)
    }

    /// The first value that a style or one it rests on has.
    fn find<T>(&self, id: Option<&str>, pick: impl Fn(&Style) -> Option<T>) -> Option<T> {
        let mut id = id?;
        for _ in 0..MAX_STYLE_CHAIN {
            let style = self.0.get(id)?;
            if let Some(value) = pick(style) {
                return Some(value);
            }
            id = style.based_on.as_deref()?;
        }
        None
    }

    fn is_title(&self, id: Option<&str>) -> bool {
        let is_title = |name: &str| matches!(name, "title" | "标题" | "文件标题" | "公文标题");
        self.find(id, |style| is_title(&style.name).then_some(())).is_some()
            || id.is_some_and(|id| id == "Title")
    }
}

/// The level of a heading style by its name: `heading 2`, `标题 2`.
fn heading_level(name: &str) -> Option<usize> {
    let rest = name.strip_prefix("heading").or_else(|| name.strip_prefix("标题"))?;
    rest.trim().parse().ok().filter(|level| (1..=LIST_LEVELS).contains(level))
}

impl Numbering {
    pub fn read(xml: &str) -> Numbering {
        let mut numbering = Numbering::default();
        let mut definition = String::new();
        let mut list = String::new();
        let mut level = 0;
        each_tag(xml, |tag| {
            let value = || attribute(tag, "val").unwrap_or_default();
            let number = |text: String| text.parse().ok();
            match tag.local_name().as_ref() {
                "abstractNum" => definition = attribute(tag, "abstractNumId").unwrap_or_default(),
                "num" => list = attribute(tag, "numId").unwrap_or_default(),
                "abstractNumId" => {
                    numbering.definition.insert(list.clone(), value());
                }
                "lvl" => {
                    level = attribute(tag, "ilvl").and_then(|level| level.parse().ok()).unwrap_or(0);
                    let fresh = Level { start: 1, ..Level::default() };
                    numbering.levels.entry((definition.clone(), level)).or_insert(fresh);
                }
                name @ ("numFmt" | "lvlText" | "start") => {
                    if let Some(level) = numbering.levels.get_mut(&(definition.clone(), level)) {
                        match name {
                            "numFmt" => level.format = value(),
                            "lvlText" => level.text = value(),
                            _ => level.start = number(value()).unwrap_or(1),
                        }
                    }
                }
                _ => {}
            }
        });
        numbering
    }

    /// Counts the next item of a list: its format and label.
    fn next(&mut self, list: &str, depth: usize) -> Option<(Level, u32, String)> {
        let definition = self.definition.get(list)?.clone();
        let level = self.levels.get(&(definition.clone(), depth))?.clone();
        let counter =
            self.counters.entry((definition.clone(), depth)).or_insert(level.start.saturating_sub(1));
        *counter = counter.saturating_add(1);
        let number = *counter;
        (depth + 1..LIST_LEVELS).for_each(|below| {
            self.counters.remove(&(definition.clone(), below));
        });
        let mut label = level.text.clone();
        for above in 0..=depth {
            let of = self.levels.get(&(definition.clone(), above));
            let counted = self.counters.get(&(definition.clone(), above)).copied().unwrap_or(1);
            let written = of.map_or_else(|| counted.to_string(), |of| numeral(counted, &of.format));
            label = label.replace(&format!("%{}", above + 1), &written);
        }
        Some((level, number, label))
    }
}

impl Paragraphs {
    /// What a paragraph is, with its text tidied.
    pub fn block_of(&mut self, paragraph: Paragraph) -> (Rank, Block) {
        let style = paragraph.style.as_deref();
        let lines: Vec<String> = paragraph.text.lines().map(tidied).filter(|line| !line.is_empty()).collect();
        let text = lines.join("\n");
        if self.styles.is_title(style) {
            return (Rank::Title, Block::Paragraph(text));
        }
        let depth = paragraph.list_level.or_else(|| self.styles.find(style, |style| style.list_level));
        let depth = depth.unwrap_or(0).min(LIST_LEVELS - 1);
        let list =
            paragraph.number_id.clone().or_else(|| self.styles.find(style, |style| style.number_id.clone()));
        let counted = list.filter(|id| id != "0").and_then(|id| self.numbering.next(&id, depth));
        let outline = paragraph.outline.or_else(|| self.styles.find(style, |style| style.outline));
        let named = self.styles.find(style, |style| heading_level(&style.name));
        let level = named.or(outline.filter(|outline| *outline < LIST_LEVELS).map(|outline| outline + 1));
        let labelled =
            |label: &str| format!("{label}{}{text}", if label.ends_with(['条', '章']) { " " } else { "" });
        let is_centred = paragraph.is_centred.or_else(|| self.styles.find(style, |style| style.is_centred));
        let rank = if is_centred == Some(true) { Rank::Centred } else { Rank::Body };
        let block = match (level, counted) {
            (Some(level), None) => Block::Heading { level, text: text.replace('\n', "") },
            (Some(level), Some((_, _, label))) => {
                Block::Heading { level, text: labelled(&label).replace('\n', "") }
            }
            (None, None) => Block::Paragraph(text),
            (None, Some((form, ..))) if form.format == "none" => Block::Paragraph(text),
            (None, Some((form, ..))) if form.format == "bullet" => {
                Block::Item { depth, number: None, text: text.replace('\n', " ") }
            }
            (None, Some((form, number, label))) => {
                if form.format.to_lowercase().contains("chinese") || form.text.contains('第') {
                    Block::Paragraph(labelled(&label))
                } else {
                    Block::Item { depth, number: Some(number), text: text.replace('\n', " ") }
                }
            }
        };
        (rank, block)
    }
}

/// A number in the way a list counts.
fn numeral(number: u32, format: &str) -> String {
    if format.to_lowercase().contains("chinese")
        || format.starts_with("ideograph")
        || format == "japaneseCounting"
    {
        return chinese_numeral(number);
    }
    match format {
        "decimalZero" => format!("{number:02}"),
        "lowerLetter" => letter(number, 'a'),
        "upperLetter" => letter(number, 'A'),
        _ => number.to_string(),
    }
}

fn letter(number: u32, first: char) -> String {
    let letter = char::from_u32(u32::from(first) + (number.saturating_sub(1)) % 26);
    letter.map_or_else(|| number.to_string(), String::from)
}

/// 十二 for 12, 一百零五 for 105.
fn chinese_numeral(number: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if number == 0 || number > 9_999 {
        return number.to_string();
    }
    let mut text = String::new();
    let mut is_gap = false;
    for (unit, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = number / unit % 10;
        if digit == 0 {
            is_gap = !text.is_empty();
            continue;
        }
        if is_gap {
            text.push('零');
            is_gap = false;
        }
        if !(digit == 1 && unit == 10 && text.is_empty()) {
            text.push(DIGITS[digit as usize]);
        }
        text.push_str(name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_as_chinese_counts() {
        for (number, text) in [
            (1, "一"),
            (10, "十"),
            (12, "十二"),
            (20, "二十"),
            (105, "一百零五"),
            (110, "一百一十"),
            (1_260, "一千二百六十"),
        ] {
            assert_eq!(chinese_numeral(number), text);
        }
    }

    #[test]
    fn articles_that_word_counts_get_their_labels() {
        let mut numbering = Numbering::read(
            "<w:numbering><w:abstractNum w:abstractNumId='7'><w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='chineseCountingThousand'/><w:lvlText w:val='第%1条'/></w:lvl></w:abstractNum><w:num w:numId='3'><w:abstractNumId w:val='7'/></w:num></w:numbering>",
        );
        assert_eq!(numbering.next("3", 0).unwrap().2, "第一条");
        assert_eq!(numbering.next("3", 0).unwrap().2, "第二条");
        assert!(numbering.next("9", 0).is_none());
    }
}
