//! Questions and answers in a table, one a row, from CSV or Excel: finds the
//! header, knows the columns by their usual names in any order, and makes an
//! entry of each row.

use std::collections::HashMap;

use super::columns::{self, MATERIAL};
use super::{MAX_TABLE_ROWS, Rows, derived_id, read_date, sheet};
use crate::entry::{Entry, Finding, Kind, Region, Source};

/// Filled rows among which the header is looked for: above it stand titles
/// and remarks on how to fill in the table.
const HEADER_WITHIN_ROWS: usize = 20;
/// Longest table of the city's import form (`contracts.md` 5, Xinyang 2021).
pub(super) const MAX_FORM_ROWS: usize = 1_000;
/// What stands where an Excel formula failed.
const FORMULA_ERRORS: [&str; 7] = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"];
/// Between the values of one cell.
const LIST_SIGNS: [char; 5] = ['|', '｜', '\n', '；', ';'];
/// Between keywords as well; in a question these belong to the sentence.
const KEYWORD_SIGNS: [char; 3] = [',', '，', '、'];
/// Written in place of a last day by those who mean that there is none.
const WITHOUT_END: [&str; 7] = ["长期", "长期有效", "永久", "永久有效", "无", "-", "—"];

/// A row as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub number: usize,
    pub cells: Vec<String>,
}

/// How a kind of table writes what is no text, and how wide its rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Every row has as many cells as the header.
    Csv,
    /// Rows end with their last filled cell; a date may be a number of days.
    Sheet { is_1904: bool },
}

/// What a table was taken for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Table,
    NoHeader,
    Empty,
}

/// A column that is imported.
struct Column {
    field: &'static str,
    name: String,
}

struct Header {
    columns: Vec<Option<Column>>,
    is_import_form: bool,
}

/// The row of a table on its way to an entry.
struct Row<'a> {
    cells: HashMap<&'static str, &'a str>,
    form: Form,
}

pub(super) fn read_csv(text: &str, rows: &mut Rows<'_>) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let lines = reader.records().map(|record| match record {
        Err(error) => {
            let line = error.position().map_or(0, |position| position.line() as usize);
            Err((line, Finding::error("csv_malformed", "", format!("这一行读不出来：{error}"))))
        }
        Ok(record) => Ok(Line {
            number: record.position().map_or(0, |position| position.line() as usize),
            cells: record.iter().map(str::to_owned).collect(),
        }),
    });
    if read(lines, Form::Csv, rows) != Seen::Table {
        rows.finding(1, no_header());
    }
}

/// No table without a header.
pub(super) fn no_header() -> Finding {
    let message =
        "没有找到表头：要有一行写着列名，至少有“标准问”（或“标题”“问题”）和“答案”（或“内容”“答复”），请补上";
    Finding::error("column_missing", "", message)
}

/// Reads a table; findings say what is wrong with its rows.
pub(super) fn read(
    lines: impl Iterator<Item = Result<Line, (usize, Finding)>>,
    form: Form,
    rows: &mut Rows<'_>,
) -> Seen {
    let mut filled = lines.filter(|line| !line.as_ref().is_ok_and(is_empty));
    let mut above: Vec<Line> = Vec::new();
    let mut next = None;
    while let Some(line) = filled.next() {
        match line {
            Err((number, finding)) => rows.finding(number, finding),
            Ok(line) if is_header(&line) => {
                // A header of two rows: the lower one names the columns.
                above = vec![line];
                match filled.next() {
                    Some(Ok(lower)) if is_header(&lower) => above = vec![lower],
                    lower => next = lower,
                }
                break;
            }
            Ok(line) => above.push(line),
        }
        if above.len() >= HEADER_WITHIN_ROWS {
            return Seen::NoHeader;
        }
    }
    let header = match above.pop() {
        None => return Seen::Empty,
        Some(line) if !is_header(&line) => return Seen::NoHeader,
        Some(line) => line,
    };
    let Some(header) = header_of(&header, rows) else { return Seen::Table };
    let first = rows.reading.entries.len();
    let mut without_id = false;
    let mut count = 0;
    for line in next.into_iter().chain(filled) {
        count += 1;
        if count > MAX_TABLE_ROWS {
            let message = format!("表格超过 {MAX_TABLE_ROWS} 行，后面的没有导入，请分成几个文件");
            rows.finding(0, Finding::error("table_too_long", "", message));
            break;
        }
        match line {
            Err((number, finding)) => rows.finding(number, finding),
            Ok(line) => without_id |= take(&line, &header, form, rows),
        }
    }
    if without_id && rows.reading.entries.len() > first {
        let message = "没有写编号的行按标题和区域编了号：改答案不改标题，编号不变；改了标题就算新的一条";
        rows.finding(0, Finding::warning("id_derived", "id", message));
    }
    if header.is_import_form && count > MAX_FORM_ROWS {
        let message = format!("这种导入表一个文件最多 {MAX_FORM_ROWS} 行，这里有 {count} 行；都已读入");
        rows.finding(0, Finding::warning("form_too_long", "", message));
    }
    Seen::Table
}

fn is_empty(line: &Line) -> bool {
    line.cells.iter().all(|cell| cell.trim().is_empty())
}

/// Whether a row names a title column and one more.
fn is_header(line: &Line) -> bool {
    let mut fields: Vec<&str> = line.cells.iter().filter_map(|cell| columns::field_of(cell)).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.len() > 1 && fields.contains(&"title")
}

/// The columns of a header; `None` where two stand for the same field.
fn header_of(line: &Line, rows: &mut Rows<'_>) -> Option<Header> {
    let mut columns: Vec<Option<Column>> = Vec::new();
    let mut is_import_form = false;
    for name in &line.cells {
        is_import_form |= columns::plain(name) == MATERIAL;
        let field = columns::field_of(name);
        let earlier = columns.iter().flatten().find(|column| Some(column.field) == field);
        if let Some(earlier) = earlier {
            let message = format!("列“{name}”与列“{}”是同一项，请只留一列", earlier.name);
            rows.finding(line.number, Finding::error("column_duplicate", name, message));
            return None;
        }
        if field.is_none() && !name.trim().is_empty() {
            let message = format!("不认得的列“{}”，没有导入这一列", name.trim());
            rows.finding(line.number, Finding::warning("column_unknown", name.trim(), message));
        }
        columns.push(field.map(|field| Column { field, name: name.trim().to_owned() }));
    }
    Some(Header { columns, is_import_form })
}

/// Makes an entry of a row and keeps it; returns whether its id was made here.
fn take(line: &Line, header: &Header, form: Form, rows: &mut Rows<'_>) -> bool {
    if form == Form::Csv && line.cells.len() != header.columns.len() {
        let message =
            format!("有 {} 格，表头有 {} 列，请检查逗号和引号", line.cells.len(), header.columns.len());
        rows.finding(line.number, Finding::error("csv_width", "", message));
        return false;
    }
    let named = header.columns.iter().zip(&line.cells);
    let cells: HashMap<&'static str, &str> =
        named.filter_map(|(column, cell)| Some((column.as_ref()?.field, cell.trim()))).collect();
    let row = Row { cells, form };
    let told = |finding: Finding| name_column(finding, header);
    match row.entry(rows) {
        Err(finding) => rows.finding(line.number, told(finding)),
        Ok(mut entry) => {
            let without_id = entry.id.is_empty();
            if without_id {
                entry.id = derived_id(&entry);
            }
            rows.push_told(line.number, entry, told);
            return without_id;
        }
    }
    false
}

/// A finding that also says the name the table itself has for the column.
fn name_column(mut finding: Finding, header: &Header) -> Finding {
    let column = header.columns.iter().flatten().find(|column| column.field == finding.field);
    if let Some(column) = column {
        finding.message = format!("“{}”列：{}", column.name, finding.message);
    }
    finding
}

impl Row<'_> {
    fn cell(&self, field: &str) -> Option<&str> {
        self.cells.get(field).copied().filter(|cell| !cell.is_empty())
    }

    fn text(&self, field: &str) -> String {
        self.cell(field).unwrap_or_default().to_owned()
    }

    fn list(&self, field: &str) -> Vec<String> {
        let between =
            |sign: char| LIST_SIGNS.contains(&sign) || (field == "keywords" && KEYWORD_SIGNS.contains(&sign));
        let parts = self.cell(field).unwrap_or_default().split(between).map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn date(&self, field: &str) -> Result<Option<jiff::civil::Date>, Finding> {
        let Some(cell) = self.cell(field) else { return Ok(None) };
        if field == "expires_on" && WITHOUT_END.contains(&cell) {
            return Ok(None);
        }
        if let Form::Sheet { is_1904 } = self.form
            && let Some(day) = sheet::day_of_serial(cell, is_1904)
        {
            return Ok(Some(day));
        }
        read_date(cell, field).map(Some)
    }

    fn entry(&self, rows: &Rows<'_>) -> Result<Entry, Finding> {
        let failed = self.cells.iter().find(|(_, cell)| FORMULA_ERRORS.contains(cell));
        if let Some((field, cell)) = failed {
            let message = format!("公式没有算出结果（{cell}），请改成文字后再导入");
            return Err(Finding::error("formula_failed", field, message));
        }
        let kind = match self.cell("kind") {
            None => Kind::Faq,
            Some(name) => columns::kind_of(name).ok_or_else(|| {
                let message = format!(
                    "类型“{name}”不认得，请写 policy（法律法规、政策）、guide（办事指南）或 faq（问答）"
                );
                Finding::error("kind_unknown", "kind", message)
            })?,
        };
        let mut entry = Entry::new(self.text("id"), kind, self.text("title"));
        entry.similar_questions = self.list("similar_questions");
        entry.negative_questions = self.list("negative_questions");
        entry.keywords = self.list("keywords");
        entry.body = self.text("body");
        entry.script = self.cell("script").map(str::to_owned);
        entry.internal_note = self.cell("internal_note").map(str::to_owned);
        entry.category = self.cell("category").or(rows.category).unwrap_or_default().replace('／', "/");
        entry.department = self.text("department");
        entry.effective_from = self.date("effective_from")?;
        entry.expires_on = self.date("expires_on")?;
        entry.next_review_on = self.date("next_review_on")?;
        entry.region = match self.cell("region") {
            None => rows.region,
            Some(code) => Region::parse(code).ok_or_else(|| {
                let message = format!("区域“{code}”要写成六位代码，例如 210100");
                Finding::error("region_malformed", "region", message)
            })?,
        };
        entry.source = self.sources()?;
        Ok(entry)
    }

    /// The source columns are lists of the same length: the second article goes
    /// with the second title.
    fn sources(&self) -> Result<Vec<Source>, Finding> {
        let fields = [
            "source.title",
            "source.article",
            "source.number",
            "source.issuer",
            "source.date",
            "source.link",
        ];
        let columns = fields.map(|field| -> Vec<&str> {
            let cell = self.cell(field);
            cell.map_or_else(Vec::new, |cell| cell.split(['|', '｜', '\n']).map(str::trim).collect())
        });
        let count = columns.iter().map(Vec::len).max().unwrap_or(0);
        (0..count)
            .map(|at| {
                let value =
                    |column: usize| columns[column].get(at).copied().filter(|value| !value.is_empty());
                let date = |text| {
                    let one = Row { cells: HashMap::from([("source.date", text)]), form: self.form };
                    one.date("source.date")
                };
                Ok(Source {
                    title: value(0).map(str::to_owned),
                    article: value(1).map(str::to_owned),
                    number: value(2).map(str::to_owned),
                    issuer: value(3).map(str::to_owned),
                    date: value(4).map(date).transpose()?.flatten(),
                    link: value(5).map(str::to_owned),
                })
            })
            .collect()
    }
}
