//! Reading files into entries: a reader per format, and writing them back
//! (`write`). Pure but for listing files: bytes in, good entries and findings out.

mod encoding;
mod front_matter;
mod jsonl;
mod law;
mod manifest;
mod portal;
mod table;
pub mod write;

pub use jsonl::entry_of_object;
pub use manifest::Manifest;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::entry::{self, Entry, Finding};

/// What can stop reading as a whole.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    #[error("{path} 读不了：{source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("清单 {path} 不正确：{reason}")]
    Manifest { path: PathBuf, reason: String },
}

/// One file to read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    pub path: PathBuf,
    /// Path below the imported folder with `/`; the bare name of a file given itself.
    pub relative: String,
    pub bytes: u64,
}

/// What a file holds: good entries, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Reading {
    pub entries: Vec<Entry>,
    /// The line each entry begins on.
    pub lines: Vec<usize>,
    pub findings: Vec<Finding>,
}

/// Name of the file that says what holds for a folder.
const MANIFEST_FILE: &str = "manifest.toml";

/// Files below a path in sorted order; a file gives itself. Hidden files,
/// manifests, readmes and files of other formats in a folder are passed over.
pub fn files(path: &Path) -> Result<Vec<SourceFile>, CorpusError> {
    let failed = |error: walkdir::Error| {
        let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("文件夹里有循环链接"));
        CorpusError::Read { path: path.to_owned(), source }
    };
    let mut found = Vec::new();
    let walk = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
    let is_hidden =
        |item: &walkdir::DirEntry| item.depth() > 0 && item.file_name().to_string_lossy().starts_with('.');
    for item in walk.filter_entry(|item| !is_hidden(item)) {
        let item = item.map_err(failed)?;
        if !item.file_type().is_file() || (item.depth() > 0 && !is_read(item.path())) {
            continue;
        }
        let below = item.path().strip_prefix(path).unwrap_or(item.path());
        let relative = if item.depth() == 0 {
            item.file_name().to_string_lossy().into_owned()
        } else {
            below.to_string_lossy().replace('\\', "/")
        };
        let bytes = item.metadata().map_err(failed)?.len();
        found.push(SourceFile { path: item.path().to_owned(), relative, bytes });
    }
    Ok(found)
}

fn is_read(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with("README") && matches!(extension(&name).as_str(), "md" | "csv" | "jsonl")
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
}

/// Reads one file by its extension.
pub fn read(file: &SourceFile, bytes: &[u8], manifest: &Manifest) -> Reading {
    let Some(text) = encoding::decode(bytes) else {
        let message = "编码不是 UTF-8 也不是 GB18030，请另存为 UTF-8";
        let finding = Finding::error("encoding_unknown", "", message).at(&file.path.to_string_lossy(), 0);
        return Reading { findings: vec![finding], ..Reading::default() };
    };
    let mut rows = Rows::new(file, manifest);
    match extension(&file.relative).as_str() {
        "md" if text.trim_start().starts_with("---") => front_matter::read(&text, &mut rows),
        "md" => law::read(&text, &mut rows),
        "csv" => table::read(&text, &mut rows),
        "jsonl" => jsonl::read(&text, &mut rows),
        other => {
            let message = format!("不认得的格式“{other}”，可导入 .md、.csv、.jsonl");
            rows.finding(0, Finding::error("format_unknown", "", message));
        }
    }
    rows.reading
}

/// Collects the rows of one file: every entry is checked before it is kept.
struct Rows<'a> {
    relative: &'a str,
    file: String,
    region: entry::Region,
    category: Option<&'a str>,
    first_line: HashMap<String, usize>,
    reading: Reading,
}

impl<'a> Rows<'a> {
    fn new(file: &'a SourceFile, manifest: &'a Manifest) -> Rows<'a> {
        Rows {
            relative: &file.relative,
            file: file.path.to_string_lossy().into_owned(),
            region: manifest.region_of(&file.relative).unwrap_or(entry::Region::NATIONAL),
            category: manifest.category_of(&file.relative),
            first_line: HashMap::new(),
            reading: Reading::default(),
        }
    }

    fn finding(&mut self, line: usize, finding: Finding) {
        self.reading.findings.push(finding.at(&self.file, line));
    }

    /// Keeps an entry unless a rule or an earlier row forbids it.
    fn push(&mut self, line: usize, entry: Entry) {
        let findings = entry::check(&entry);
        let refused = findings.iter().any(Finding::is_error);
        findings.into_iter().for_each(|finding| self.finding(line, finding));
        if refused {
            return;
        }
        match self.first_line.get(&entry.id) {
            Some(first) => {
                let message = format!("编号“{}”与第 {first} 行相同，请改成唯一的编号", entry.id);
                self.finding(line, Finding::error("id_duplicate", "id", message));
            }
            None => {
                self.first_line.insert(entry.id.clone(), line);
                self.reading.lines.push(line);
                self.reading.entries.push(entry);
            }
        }
    }
}

/// Reads a date as people write it: 2021-01-01, 2021/1/1, 2021年1月1日, 20210101.
fn parse_date(text: &str) -> Option<Date> {
    let text = text.trim();
    // Anything but a date's own signs means that the cell says more than a day.
    let is_sign = |sign: char| sign.is_ascii_digit() || sign.is_whitespace() || "-/.年月日".contains(sign);
    if !text.chars().all(is_sign) {
        return None;
    }
    let numbers: Vec<&str> =
        text.split(|character: char| !character.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match numbers.as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [whole] if whole.len() == 8 => (&whole[..4], &whole[4..6], &whole[6..]),
        _ => return None,
    };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn read_date(text: &str, field: &str) -> Result<Date, Finding> {
    parse_date(text).ok_or_else(|| {
        let message = format!("日期“{text}”读不出来，请写成 2021-01-01");
        Finding::error("date_malformed", field, message)
    })
}

#[cfg(test)]
mod tests;
