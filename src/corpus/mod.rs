//! Reading files into entries: a reader per format, and writing them back
//! (`write`). Pure but for listing files: bytes in, good entries and findings out.

mod columns;
mod container;
mod document;
mod docx;
mod docx_style;
mod encoding;
mod front_matter;
mod html;
mod html_text;
mod jsonl;
mod law;
mod manifest;
mod markdown;
mod official;
mod pdf;
mod pdf_text;
mod portal;
mod rows;
mod sheet;
mod table;
pub mod write;

pub use jsonl::entry_of_object;
pub use manifest::Manifest;
pub use official::{Repealed, repealed};
pub use rows::{Place, Reading, derived_id, duplicate};

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::entry::Finding;
use container::Content;
use rows::{Rows, Within};

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

/// Largest Office, web or PDF file that is read. Tables of entries and official
/// documents stay far below; what is larger is pictures.
pub const MAX_DOCUMENT_BYTES: u64 = 50 * 1024 * 1024;
/// Most rows of one table.
pub const MAX_TABLE_ROWS: usize = 200_000;
/// Most pages of one PDF.
pub const MAX_PDF_PAGES: usize = 3_000;

/// Name of the file that says what holds for a folder.
const MANIFEST_FILE: &str = "manifest.toml";

/// Name of the folder in a corpus whose files are labelled questions and no
/// entries.
pub const GOLDEN_FOLDER: &str = "golden";

/// Files below a path in sorted order; a file gives itself. Hidden files,
/// labelled questions, manifests, readmes and files of other formats in a folder are passed over.
pub fn files(path: &Path) -> Result<Vec<SourceFile>, CorpusError> {
    let failed = |error: walkdir::Error| {
        let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("文件夹里有循环链接"));
        CorpusError::Read { path: path.to_owned(), source }
    };
    let mut found = Vec::new();
    let walk = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
    let is_hidden = |item: &walkdir::DirEntry| {
        let name = item.file_name().to_string_lossy();
        item.depth() > 0 && (name.starts_with('.') || (item.file_type().is_dir() && is_page_folder(&name)))
    };
    let is_golden = |item: &walkdir::DirEntry| {
        item.depth() == 1 && item.file_type().is_dir() && item.file_name() == GOLDEN_FOLDER
    };
    for item in walk.filter_entry(|item| !is_hidden(item) && !is_golden(item)) {
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

/// Extensions that are read, and those that are refused with what to do: better
/// said than passed over in silence.
const READ: [&str; 10] = ["md", "csv", "jsonl", "xlsx", "xlsm", "xls", "docx", "html", "htm", "pdf"];
const REFUSED: [&str; 6] = ["doc", "wps", "et", "ofd", "rtf", "mht"];

fn is_read(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = extension(&name);
    let is_known = READ.contains(&extension.as_str()) || REFUSED.contains(&extension.as_str());
    // Office keeps `~$名称.docx` beside a document that is open.
    is_known && !name.starts_with("README") && !name.starts_with("~$")
}

/// The folder in which a browser keeps the pictures of a saved page.
fn is_page_folder(name: &str) -> bool {
    name.ends_with("_files") || name.ends_with(".files")
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
}

/// Whether a file is too large to be read, said so that it can be mended.
pub fn too_large(file: &SourceFile) -> Option<Finding> {
    let extension = extension(&file.relative);
    let is_text = matches!(extension.as_str(), "md" | "csv" | "jsonl");
    (!is_text && file.bytes > MAX_DOCUMENT_BYTES).then(|| {
        let (megabytes, most) = (file.bytes / 1024 / 1024, MAX_DOCUMENT_BYTES / 1024 / 1024);
        let message = format!("文件有 {megabytes} MB，最多 {most} MB；请去掉图片或分成几个文件");
        Finding::error("file_too_large", "", message).at(&file.path.to_string_lossy(), 0)
    })
}

/// Reads one file by its extension. A reader that panics on a damaged file is a
/// finding like any other.
pub fn read(file: &SourceFile, bytes: &[u8], manifest: &Manifest) -> Reading {
    if let Some(finding) = too_large(file) {
        return Reading { findings: vec![finding], ..Reading::default() };
    }
    let reading = std::panic::catch_unwind(|| {
        let mut rows = Rows::new(file, manifest);
        read_rows(&extension(&file.relative), bytes, &mut rows);
        rows.into_reading()
    });
    reading.unwrap_or_else(|_| {
        let message = "文件的内容把读取程序弄乱了，没有导入；请用原来的软件打开后另存一份再试";
        let finding = Finding::error("reader_failed", "", message).at(&file.path.to_string_lossy(), 0);
        Reading { findings: vec![finding], ..Reading::default() }
    })
}

fn read_rows(extension: &str, bytes: &[u8], rows: &mut Rows<'_>) {
    let content = container::content_of(bytes);
    if matches!(extension, "xlsx" | "xlsm" | "xls" | "docx" | "html" | "htm" | "pdf") {
        rows.within = Within::Whole;
    }
    match (extension, content) {
        ("md" | "csv" | "jsonl", Content::Other | Content::Html) => read_text(extension, bytes, rows),
        ("xlsx" | "xlsm" | "xls", Content::Zip) => sheet::read_xlsx(bytes, rows),
        ("xlsx" | "xlsm" | "xls", Content::OldWorkbook) => sheet::read_xls(bytes, rows),
        ("xlsx" | "xlsm" | "xls", Content::Encrypted) => rows.finding(0, container::encrypted("Excel")),
        ("docx", Content::Zip) => docx::read(bytes, rows),
        ("docx", Content::Encrypted) => rows.finding(0, container::encrypted("Word")),
        ("html" | "htm", Content::Html | Content::Other) => html::read(bytes, rows),
        ("pdf", Content::Pdf) => pdf::read(bytes, rows),
        ("md" | "csv" | "jsonl" | "xlsx" | "xlsm" | "xls" | "docx" | "html" | "htm" | "pdf", content) => {
            rows.finding(0, mismatch(extension, content));
        }
        _ => rows.finding(0, unknown_format(extension)),
    }
}

fn read_text(extension: &str, bytes: &[u8], rows: &mut Rows<'_>) {
    let Some(text) = encoding::decode(bytes) else {
        let message = "编码不是 UTF-8 也不是 GB18030，请另存为 UTF-8";
        return rows.finding(0, Finding::error("encoding_unknown", "", message));
    };
    match extension {
        "md" if text.trim_start().starts_with("---") => front_matter::read(&text, rows),
        "md" => law::read(&text, rows),
        "csv" => table::read_csv(&text, rows),
        _ => jsonl::read(&text, rows),
    }
}

/// A file that is not what its name says.
fn mismatch(extension: &str, content: Content) -> Finding {
    let is = match content {
        Content::Zip => "Office 文件或压缩包",
        Content::OldWorkbook => "旧版 Office 文件",
        Content::OldWord => "旧版 Word 文件（.doc）",
        Content::Encrypted => "有密码的 Office 文件",
        Content::Pdf => "PDF",
        Content::Html => "网页",
        Content::Other => "别的格式",
    };
    let save_as = match extension {
        "xls" | "xlsx" | "xlsm" => "请用 Excel 或 WPS 打开后另存为 .xlsx",
        "docx" => "请用 Word 或 WPS 打开后另存为 .docx",
        _ => "请改成正确的扩展名，或用原来的软件另存",
    };
    let message = format!("扩展名是 .{extension}，内容却是{is}；{save_as}");
    Finding::error("content_mismatch", "", message)
}

fn unknown_format(extension: &str) -> Finding {
    let message = match extension {
        "doc" | "wps" | "rtf" => "旧的文字格式读不了；请用 Word 或 WPS 打开后另存为 .docx".to_owned(),
        "et" => "WPS 表格格式读不了；请用 WPS 打开后另存为 .xlsx".to_owned(),
        "ofd" => "OFD 版式文件读不了；请改用 Word 版或文字版 PDF".to_owned(),
        "mht" => "这种网页存档读不了；请用浏览器打开后另存为“网页，仅 HTML”".to_owned(),
        other => format!("不认得的格式“{other}”，可导入 .xlsx、.xls、.docx、.html、.pdf、.md、.csv、.jsonl"),
    };
    Finding::error("format_unknown", "", message)
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
