//! Excel workbooks (`.xlsx`, `.xls`): every visible sheet with a header is a
//! table. Cells are streamed, never laid out as a whole, so that a single cell
//! in the last corner of a sheet costs nothing.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, DataRef, DataType, Dimensions, Reader, SheetType, SheetVisible, Xls, Xlsx, XlsxError};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::table::{self, Form, Line, Seen};
use super::{MAX_TABLE_ROWS, Rows, Within, container};
use crate::entry::Finding;

/// Columns read of a row; tables of entries have some twenty.
const MAX_COLUMNS: u32 = 256;
/// Merged regions looked at in a sheet.
const MAX_MERGED: usize = 100_000;
/// Longest text of a merged cell that is repeated in the rows below it: a
/// category, not an answer.
const LONGEST_REPEATED_BYTES: usize = 600;
/// Serial numbers of days that can be meant as dates: 1954-10-03 to 2119-01-08.
const SERIAL_DAYS: std::ops::RangeInclusive<i64> = 20_000..=80_000;

/// A sheet's filled cells, by row and column from 0.
type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

struct Sheet {
    name: String,
    cells: Cells,
    merged: Vec<Dimensions>,
    is_1904: bool,
}

pub(super) fn read_xlsx(bytes: &[u8], rows: &mut Rows<'_>) {
    if let Err(finding) = container::check(bytes) {
        return rows.finding(0, finding);
    }
    let mut book: Xlsx<_> = match Xlsx::new(Cursor::new(bytes)) {
        Ok(book) => book,
        Err(XlsxError::Password) => return rows.finding(0, container::encrypted("Excel")),
        Err(error) => return rows.finding(0, damaged(&error)),
    };
    let is_1904 = book.has_1904_epoch();
    let mut sheets = Vec::new();
    for name in visible(book.sheets_metadata(), rows) {
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        match streamed(&mut book, &name) {
            Ok(cells) => sheets.push(Sheet { name, cells, merged, is_1904 }),
            Err(error) => rows.finding(0, damaged(&error)),
        }
    }
    read_sheets(sheets, rows);
}

pub(super) fn read_xls(bytes: &[u8], rows: &mut Rows<'_>) {
    let mut book: Xls<_> = match Xls::new(Cursor::new(bytes)) {
        Ok(book) => book,
        Err(calamine::XlsError::Password) => return rows.finding(0, container::encrypted("Excel")),
        Err(error) => return rows.finding(0, damaged(&error)),
    };
    let is_1904 = book.has_1904_epoch();
    let mut sheets = Vec::new();
    for name in visible(book.sheets_metadata(), rows) {
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        match book.worksheet_range(&name) {
            Ok(range) => {
                let (top, left) = range.start().unwrap_or_default();
                let mut cells = Cells::new();
                for (row, column, value) in range.used_cells() {
                    keep(&mut cells, (top + row as u32, left + column as u32), text_of(value));
                }
                sheets.push(Sheet { name, cells, merged, is_1904 });
            }
            Err(error) => rows.finding(0, damaged(&error)),
        }
    }
    read_sheets(sheets, rows);
}

fn damaged(error: &dyn std::fmt::Display) -> Finding {
    let message = format!("Excel 文件读不出来，可能已损坏；请用 Excel 打开后另存为 .xlsx（{error}）");
    Finding::error("workbook_malformed", "", message)
}

/// Names of the sheets that are shown; the hidden ones are said.
fn visible(sheets: &[calamine::Sheet], rows: &mut Rows<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        if sheet.visible == SheetVisible::Visible {
            names.push(sheet.name.clone());
        } else {
            let message = format!("工作表“{}”是隐藏的，没有导入；要导入请先取消隐藏", sheet.name);
            rows.finding(0, Finding::warning("sheet_hidden", "", message));
        }
    }
    names
}

fn streamed(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Cells, XlsxError> {
    let mut cells = Cells::new();
    let mut reader = book.worksheet_cells_reader(name)?;
    while let Some(cell) = reader.next_cell()? {
        let text = match cell.get_value() {
            DataRef::SharedString(text) => (*text).to_owned(),
            other => text_of(&Data::from(other.clone())),
        };
        keep(&mut cells, cell.get_position(), text);
        if cells.len() > MAX_TABLE_ROWS + 1 {
            break;
        }
    }
    Ok(cells)
}

fn keep(cells: &mut Cells, (row, column): (u32, u32), text: String) {
    if column < MAX_COLUMNS && !text.trim().is_empty() {
        cells.entry(row).or_default().insert(column, text);
    }
}

/// A cell as people see it: a date as a date, a whole number without `.0`.
fn text_of(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) => text.replace("\r\n", "\n").replace("_x000D_", ""),
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => text.split('T').next().unwrap_or(text).to_owned(),
        Data::Error(error) => error.to_string(),
        other => other.as_string().unwrap_or_default(),
    }
}

/// The day of a serial number, where a text is one that can be meant as a date.
pub(super) fn day_of_serial(text: &str, is_1904: bool) -> Option<Date> {
    let whole = text.split_once('.').map_or(text, |(days, _)| days);
    let days: i64 = whole.parse().ok().filter(|days| SERIAL_DAYS.contains(days))?;
    let epoch = if is_1904 { date(1904, 1, 1) } else { date(1899, 12, 30) };
    epoch.checked_add(days.days()).ok()
}

fn read_sheets(sheets: Vec<Sheet>, rows: &mut Rows<'_>) {
    let mut without_header = Vec::new();
    let mut tables = 0;
    for sheet in sheets {
        let name = sheet.name.clone();
        let form = Form::Sheet { is_1904: sheet.is_1904 };
        rows.within = Within::Sheet(name.clone());
        match table::read(lines_of(sheet).map(Ok), form, rows) {
            Seen::Table => tables += 1,
            Seen::NoHeader => without_header.push(name),
            Seen::Empty => {}
        }
    }
    for name in &without_header {
        rows.within = Within::Sheet(name.clone());
        let finding = if tables > 0 {
            Finding::warning("sheet_skipped", "", "这张工作表没有表头，没有导入")
        } else {
            table::no_header()
        };
        rows.finding(0, finding);
    }
    rows.within = Within::Whole;
    if tables == 0 && without_header.is_empty() {
        rows.finding(0, Finding::error("workbook_empty", "", "Excel 文件里没有内容，请检查是不是拿错了文件"));
    }
}

/// The rows of a sheet. A cell merged downwards stands in each of its rows; one
/// merged sideways only in its first column.
fn lines_of(mut sheet: Sheet) -> impl Iterator<Item = Line> {
    let last_row = sheet.cells.keys().next_back().copied().unwrap_or(0);
    for region in sheet.merged.iter().filter(|region| region.end.0 > region.start.0).take(MAX_MERGED) {
        let (top, left) = region.start;
        let Some(text) = sheet.cells.get(&top).and_then(|row| row.get(&left)).cloned() else { continue };
        if text.len() > LONGEST_REPEATED_BYTES {
            continue;
        }
        for row in top + 1..=region.end.0.min(last_row) {
            // A row that has nothing else of its own stays empty.
            if let Some(row) = sheet.cells.get_mut(&row) {
                row.entry(left).or_insert_with(|| text.clone());
            }
        }
    }
    let width =
        sheet.cells.values().filter_map(|row| row.keys().next_back()).max().map_or(0, |last| last + 1);
    sheet.cells.into_iter().map(move |(row, mut cells)| Line {
        number: row as usize + 1,
        cells: (0..width).map(|column| cells.remove(&column).unwrap_or_default()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_days_is_a_date_and_a_year_is_none() {
        assert_eq!(day_of_serial("44562", false), Some(date(2022, 1, 1)));
        assert_eq!(day_of_serial("44562.5", false), Some(date(2022, 1, 1)));
        assert_eq!(day_of_serial("43100", true), Some(date(2022, 1, 1)));
        assert_eq!(day_of_serial("2022", false), None);
        assert_eq!(day_of_serial("2022-01-01", false), None);
    }

    #[test]
    fn a_whole_number_has_no_decimals() {
        assert_eq!(text_of(&Data::Float(210_100.0)), "210100");
        assert_eq!(text_of(&Data::Float(13_800_000_000.0)), "13800000000");
        assert_eq!(text_of(&Data::Float(0.5)), "0.5");
    }
}
