//! The journal as a table other programs read: CSV, or Parquet. Rows leave as
//! they are read, so a journal of any size needs little memory. Texts are as
//! they were written: masked.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use rusqlite::types::ValueRef;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::{Journal, JournalError};

/// Rows of a group in a Parquet file; all of a group is in memory at once.
const GROUP_ROWS: usize = 20_000;
/// Tells Excel that a file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("写不下：{0}")]
    Csv(#[from] csv::Error),
    #[error("写不下：{0}")]
    Write(#[from] std::io::Error),
    #[error("写不下：{0}")]
    Parquet(#[from] ParquetError),
}

impl From<rusqlite::Error> for ExportError {
    fn from(error: rusqlite::Error) -> ExportError {
        ExportError::Journal(error.into())
    }
}

/// Which rows leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// A row a call: where from, what came of it, what figures are made of.
    Calls,
    /// A row a question and what it showed.
    Searches,
    /// A row a word: opened, copied, answered …
    Words,
}

impl Exported {
    /// The name in requests and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Exported::Calls => "calls",
            Exported::Searches => "searches",
            Exported::Words => "words",
        }
    }

    /// Reads `calls`, `searches` or `words`.
    pub fn parse(text: &str) -> Option<Exported> {
        [Exported::Calls, Exported::Searches, Exported::Words].into_iter().find(|one| one.as_str() == text)
    }

    /// Its columns by name, and what they hold.
    fn columns(self) -> &'static [(&'static str, Holds)] {
        match self {
            Exported::Calls => &CALL_COLUMNS,
            Exported::Searches => &SEARCH_COLUMNS,
            Exported::Words => &WORD_COLUMNS,
        }
    }

    fn sql(self) -> String {
        let names: Vec<&str> = self.columns().iter().map(|(name, _)| *name).collect();
        let (table, order) = match self {
            Exported::Calls => ("call", "number"),
            Exported::Searches => ("search", "at"),
            Exported::Words => ("told", "number"),
        };
        format!("SELECT {} FROM {table} WHERE at >= ?1 AND at < ?2 ORDER BY {order}", names.join(", "))
    }
}

/// The file's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Parquet,
}

impl ExportFormat {
    /// Reads `csv` or `parquet`.
    pub fn parse(text: &str) -> Option<ExportFormat> {
        match text {
            "csv" => Some(ExportFormat::Csv),
            "parquet" => Some(ExportFormat::Parquet),
            _ => None,
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Whole,
    Real,
    /// Milliseconds since 1970.
    Moment,
    /// A UUID.
    Mark,
}

const CALL_COLUMNS: [(&str, Holds); 22] = [
    ("id", Holds::Text),
    ("at", Holds::Moment),
    ("day", Holds::Text),
    ("hour", Holds::Whole),
    ("line", Holds::Text),
    ("region", Holds::Text),
    ("topic", Holds::Text),
    ("department", Holds::Text),
    ("seat", Holds::Text),
    ("outcome", Holds::Text),
    ("satisfaction", Holds::Whole),
    ("searches", Holds::Whole),
    ("empty", Holds::Whole),
    ("asked", Holds::Whole),
    ("refused", Holds::Whole),
    ("opened", Holds::Whole),
    ("copied", Holds::Whole),
    ("waited", Holds::Whole),
    ("first", Holds::Whole),
    ("third", Holds::Whole),
    ("tenth", Holds::Whole),
    ("lower", Holds::Whole),
];

const SEARCH_COLUMNS: [(&str, Holds); 14] = [
    ("id", Holds::Mark),
    ("at", Holds::Moment),
    ("question", Holds::Text),
    ("region", Holds::Text),
    ("collection", Holds::Text),
    ("line", Holds::Text),
    ("seat", Holds::Text),
    ("call", Holds::Text),
    ("shown", Holds::Text),
    ("confidence", Holds::Real),
    ("answered", Holds::Whole),
    ("topic", Holds::Text),
    ("department", Holds::Text),
    ("position", Holds::Whole),
];

const WORD_COLUMNS: [(&str, Holds); 9] = [
    ("at", Holds::Moment),
    ("call", Holds::Text),
    ("search_id", Holds::Mark),
    ("outcome", Holds::Text),
    ("entry_id", Holds::Text),
    ("department", Holds::Text),
    ("seat", Holds::Text),
    ("note", Holds::Text),
    ("satisfaction", Holds::Whole),
];

impl Journal {
    /// Writes the rows of some days, both included; returns how many.
    pub fn export(
        &self,
        what: Exported,
        format: ExportFormat,
        (from, to): (Date, Date),
        out: impl Write + Send,
    ) -> Result<u64, ExportError> {
        let mut sheet: Box<dyn Sheet + '_> = match format {
            ExportFormat::Csv => Box::new(Lines::begin(out, what.columns())?),
            ExportFormat::Parquet => Box::new(Groups::begin(out, what.columns())?),
        };
        let mut rows = 0;
        if let Some(connection) = self.reading()? {
            let mut query = connection.prepare(&what.sql())?;
            let mut found = query.query(params![midnight(from), to.tomorrow().map_or(i64::MAX, midnight)])?;
            while let Some(row) = found.next()? {
                sheet.add(row)?;
                rows += 1;
            }
        }
        sheet.end()?;
        Ok(rows)
    }
}

/// The beginning of a day where the server stands, in milliseconds.
fn midnight(day: Date) -> i64 {
    let begin = day.to_zoned(TimeZone::system());
    begin.map_or(i64::MIN, |begin| begin.timestamp().as_millisecond())
}

/// A table that is being written.
trait Sheet {
    fn add(&mut self, row: &Row<'_>) -> Result<(), ExportError>;
    fn end(self: Box<Self>) -> Result<(), ExportError>;
}

struct Lines<W: Write> {
    csv: csv::Writer<W>,
    columns: &'static [(&'static str, Holds)],
}

impl<W: Write> Lines<W> {
    fn begin(mut out: W, columns: &'static [(&'static str, Holds)]) -> Result<Lines<W>, ExportError> {
        out.write_all(BYTE_ORDER_MARK)?;
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        csv.write_record(columns.iter().map(|(name, _)| name))?;
        Ok(Lines { csv, columns })
    }
}

impl<W: Write> Sheet for Lines<W> {
    fn add(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        for (at, (_, holds)) in self.columns.iter().enumerate() {
            self.csv.write_field(cell(row.get_ref(at)?, *holds))?;
        }
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.csv.flush()?)
    }
}

/// A cell of a CSV file. One that a table program would calculate stays a text.
fn cell(value: ValueRef<'_>, holds: Holds) -> String {
    match (value, holds) {
        (ValueRef::Integer(at), Holds::Moment) => {
            let at = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(TimeZone::system());
            at.strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        (ValueRef::Integer(number), _) => number.to_string(),
        (ValueRef::Real(number), _) => number.to_string(),
        (ValueRef::Blob(bytes), _) => Uuid::from_slice(bytes).unwrap_or_default().to_string(),
        (ValueRef::Text(text), _) => {
            let text = String::from_utf8_lossy(text);
            match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                true => format!("'{text}"),
                false => text.into_owned(),
            }
        }
        (ValueRef::Null, _) => String::new(),
    }
}

/// A column of a row group: its values, and which rows have one.
enum Column {
    Text(Vec<ByteArray>),
    Whole(Vec<i64>),
    Real(Vec<f64>),
}

struct Groups<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<(Holds, Column, Vec<i16>)>,
    rows: usize,
}

impl<W: Write + Send> Groups<W> {
    fn begin(out: W, columns: &'static [(&'static str, Holds)]) -> Result<Groups<W>, ExportError> {
        let fields: Result<Vec<_>, ParquetError> = columns
            .iter()
            .map(|(name, holds)| {
                let (physical, logical) = match holds {
                    Holds::Text | Holds::Mark => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                    Holds::Whole => (Physical::INT64, None),
                    Holds::Real => (Physical::DOUBLE, None),
                    Holds::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
                };
                let field = Type::primitive_type_builder(name, physical)
                    .with_repetition(Repetition::OPTIONAL)
                    .with_logical_type(logical);
                Ok(Arc::new(field.build()?))
            })
            .collect();
        let schema = Type::group_type_builder("journal").with_fields(fields?).build()?;
        let created_by = format!("jida {}", env!("CARGO_PKG_VERSION"));
        let properties = WriterProperties::builder().set_created_by(created_by).build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        let empty = |holds: &Holds| match holds {
            Holds::Text | Holds::Mark => Column::Text(Vec::new()),
            Holds::Whole | Holds::Moment => Column::Whole(Vec::new()),
            Holds::Real => Column::Real(Vec::new()),
        };
        let columns = columns.iter().map(|(_, holds)| (*holds, empty(holds), Vec::new())).collect();
        Ok(Groups { file, columns, rows: 0 })
    }

    fn write(&mut self) -> Result<(), ExportError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (_, values, is_there) in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            match (column.untyped(), &mut *values) {
                (ColumnWriter::ByteArrayColumnWriter(writer), Column::Text(values)) => {
                    writer.write_batch(values, Some(is_there), None)?;
                    values.clear();
                }
                (ColumnWriter::Int64ColumnWriter(writer), Column::Whole(values)) => {
                    writer.write_batch(values, Some(is_there), None)?;
                    values.clear();
                }
                (ColumnWriter::DoubleColumnWriter(writer), Column::Real(values)) => {
                    writer.write_batch(values, Some(is_there), None)?;
                    values.clear();
                }
                _ => return Err(ParquetError::General("a column of another type".to_owned()).into()),
            }
            is_there.clear();
            column.close()?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> Sheet for Groups<W> {
    fn add(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        for (at, (_, values, is_there)) in self.columns.iter_mut().enumerate() {
            let known = match (row.get_ref(at)?, values) {
                (ValueRef::Text(text), Column::Text(values)) => {
                    values.push(ByteArray::from(text));
                    true
                }
                (ValueRef::Blob(bytes), Column::Text(values)) => {
                    values.push(ByteArray::from(
                        Uuid::from_slice(bytes).unwrap_or_default().to_string().as_str(),
                    ));
                    true
                }
                (ValueRef::Integer(number), Column::Whole(values)) => {
                    values.push(number);
                    true
                }
                (ValueRef::Real(number), Column::Real(values)) => {
                    values.push(number);
                    true
                }
                _ => false,
            };
            is_there.push(i16::from(known));
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS { self.write() } else { Ok(()) }
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        self.write()?;
        self.file.close()?;
        Ok(())
    }
}
