//! Markdown → plain text for windows that show no markup: lists keep their
//! marks, a table becomes a line a row, with the heads said each time.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The text without markup.
pub fn plain(markdown: &str) -> String {
    let mut writer = Writer::default();
    Parser::new_ext(markdown, Options::ENABLE_TABLES).for_each(|event| writer.write(event));
    writer.out.trim().to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Next number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    heads: Vec<String>,
    cells: Vec<String>,
    /// A cell that is being read.
    cell: Option<String>,
    links: Vec<String>,
}

impl Writer {
    fn write(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.say(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.say("\n"),
            Event::Rule => self.paragraph(),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        match &mut self.cell {
            Some(cell) => cell.push_str(text),
            None => self.out.push_str(text),
        }
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::Table(_) | Tag::CodeBlock(_) => self.paragraph(),
            Tag::Paragraph if self.lists.is_empty() => self.paragraph(),
            Tag::List(first) => {
                self.line();
                self.lists.push(first);
            }
            Tag::Item => {
                self.line();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "· ".to_owned(),
                };
                self.out.push_str(&mark);
            }
            Tag::TableCell => self.cell = Some(String::new()),
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Table => self.line(),
            TagEnd::Paragraph if self.lists.is_empty() => self.line(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.line();
            }
            TagEnd::TableCell => self.cells.extend(self.cell.take()),
            TagEnd::TableHead => self.heads = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.row(),
            TagEnd::Link => {
                if let Some(address) = self.links.pop().filter(|address| address.starts_with("http")) {
                    self.say(&format!("（{address}）"));
                }
            }
            _ => {}
        }
    }

    /// 材料：户口簿；份数：一份
    fn row(&mut self) {
        self.line();
        let cells = std::mem::take(&mut self.cells);
        let said = self.heads.iter().zip(&cells).filter(|(_, cell)| !cell.trim().is_empty());
        let said: Vec<String> =
            said.map(|(head, cell)| format!("{}：{}", head.trim(), cell.trim())).collect();
        self.out.push_str(&said.join("；"));
        self.line();
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn markup_goes_and_what_it_says_stays() {
        let markdown = "## 材料\n\n带**原件**，见[网页](https://example.org/a)：\n\n- 户口簿\n- 照片\n\n1. 填表\n2. 领证\n\n\
            | 事项 | 费用 |\n|---|---|\n| 补领 | 40元 |\n| 换领 | 20元 |\n";
        let text = plain(markdown);
        let expected = "材料\n\n带原件，见网页（https://example.org/a）：\n· 户口簿\n· 照片\n1. 填表\n2. 领证\n\n\
            事项：补领；费用：40元\n事项：换领；费用：20元";
        assert_eq!(text, expected);
    }
}
