//! The blocks that Word, web and PDF documents are made of, and how they are
//! written as Markdown.

/// A piece of a document, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// Level from 1.
    Heading {
        level: usize,
        text: String,
    },
    Paragraph(String),
    /// An item of a list; `depth` from 0, `number` none for a bullet.
    Item {
        depth: usize,
        number: Option<u32>,
        text: String,
    },
    /// Rows of cells, the first the header.
    Table(Vec<Vec<String>>),
}

impl Block {
    /// The text of a heading, paragraph or item.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Block::Heading { text, .. } | Block::Paragraph(text) | Block::Item { text, .. } => Some(text),
            Block::Table(_) => None,
        }
    }
}

/// Deepest heading of Markdown; the title of the document is above all.
const DEEPEST_HEADING: usize = 6;

/// The blocks as Markdown; a heading stands one below its level, since the
/// title of the document is the first.
pub(super) fn written(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut in_list = false;
    for block in blocks {
        let is_item = matches!(block, Block::Item { .. });
        if !text.is_empty() {
            text.push_str(if in_list && is_item { "\n" } else { "\n\n" });
        }
        in_list = is_item;
        match block {
            Block::Heading { level, text: heading } => {
                text.push_str(&"#".repeat((level + 1).min(DEEPEST_HEADING)));
                text.push(' ');
                text.push_str(heading);
            }
            Block::Paragraph(paragraph) => text.push_str(paragraph),
            Block::Item { depth, number, text: item } => {
                text.push_str(&"  ".repeat(*depth));
                match number {
                    Some(number) => text.push_str(&format!("{number}. ")),
                    None => text.push_str("- "),
                }
                text.push_str(item);
            }
            Block::Table(rows) => text.push_str(&table(rows)),
        }
    }
    text
}

fn table(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let line = |row: &[String]| {
        let cell = |at: usize| row.get(at).map_or(String::new(), |cell| cell.replace('|', "\\|"));
        format!("| {} |", (0..width).map(cell).collect::<Vec<_>>().join(" | "))
    };
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        lines.push(line(row));
        if at == 0 {
            lines.push(format!("|{}", " --- |".repeat(width)));
        }
    }
    lines.join("\n")
}

/// Text with each run of blanks as one; between Chinese characters there is none.
pub(super) fn tidied(text: &str) -> String {
    let mut kept = String::new();
    for piece in text.split_whitespace() {
        join(&mut kept, piece);
    }
    kept
}

/// Puts a piece behind a text as Chinese is set: a blank only between letters or
/// digits of both.
pub(super) fn join(text: &mut String, piece: &str) {
    let (last, first) = (text.chars().next_back(), piece.chars().next());
    let is_latin = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_graphic());
    if is_latin(last) && is_latin(first) {
        text.push(' ');
    }
    text.push_str(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_written_as_markdown() {
        let item = |number, text: &str| Block::Item { depth: 0, number, text: text.to_owned() };
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let blocks = [
            Block::Heading { level: 1, text: "总则".to_owned() },
            Block::Paragraph("甲。".to_owned()),
            item(Some(1), "乙"),
            item(None, "丙"),
            Block::Table(vec![row(["类别", "金额"]), row(["一|二", "3"])]),
        ];
        let expected = "## 总则\n\n甲。\n\n1. 乙\n- 丙\n\n| 类别 | 金额 |\n| --- | --- |\n| 一\\|二 | 3 |";
        assert_eq!(written(&blocks), expected);
    }

    #[test]
    fn chinese_is_joined_without_blanks() {
        assert_eq!(tidied(" 社会 保险\n 登记 IC 卡  No 5 "), "社会保险登记IC卡No 5");
        assert_eq!(tidied("电话 12345"), "电话12345");
    }
}
