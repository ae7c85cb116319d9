//! `jida export`: entries into files that `jida import` reads again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{CliError, store::print_findings};
use crate::corpus::write::Format;
use crate::entry::{Kind, Status};
use crate::exporting::{self, Selection};
use crate::library::{Existing, Library};

/// Findings that are printed one by one; more are only counted.
const MOST_PRINTED: usize = 20;

#[derive(Args)]
pub(super) struct Export {
    /// 导出成的文件（.jsonl、.csv）或文件夹（每个条目一个 .md）
    #[arg(value_name = "文件或文件夹")]
    to: PathBuf,
    /// 格式：jsonl（全部内容）、csv（问答）、md（指南、政策、问答）；不写时看文件名
    #[arg(long, value_parser = format_of, value_name = "格式")]
    format: Option<Format>,
    /// 只要这些种类：policy、guide、faq（可写多次）
    #[arg(long, value_parser = kind_of, value_name = "种类")]
    kind: Vec<Kind>,
    /// 只要这些状态：draft、review、published、retired（可写多次）；不写时 jsonl 全要，csv、md 只要 published
    #[arg(long, value_parser = status_of, value_name = "状态")]
    status: Vec<Status>,
    /// 文件已经有了就盖掉
    #[arg(long)]
    overwrite: bool,
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

fn format_of(text: &str) -> Result<Format, String> {
    Format::parse(text).ok_or_else(|| format!("格式“{text}”只能是 jsonl、csv 或 md"))
}

fn kind_of(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| format!("种类“{text}”只能是 policy、guide 或 faq"))
}

fn status_of(text: &str) -> Result<Status, String> {
    let known = Status::ALL.into_iter().find(|status| status.as_str() == text);
    known.ok_or_else(|| format!("状态“{text}”只能是 draft、review、published 或 retired"))
}

/// A name without an ending is a folder.
fn format_by_name(path: &Path) -> Result<Format, CliError> {
    let Some(ending) = path.extension() else { return Ok(Format::Markdown) };
    let known = Format::parse(&ending.to_string_lossy());
    known.ok_or_else(|| CliError::File {
        path: path.to_owned(),
        reason: "看不出格式，请加 --format jsonl、csv 或 md".to_owned(),
    })
}

impl Export {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let format = self.format.map_or_else(|| format_by_name(&self.to), Ok)?;
        let kinds = if self.kind.is_empty() { format.kinds().to_vec() } else { self.kind };
        let statuses = match (self.status.is_empty(), format.says_status()) {
            (false, _) => self.status,
            (true, true) => Status::ALL.to_vec(),
            (true, false) => vec![Status::Published],
        };
        let selection = Selection { kinds, statuses };
        let existing = if self.overwrite { Existing::Replace } else { Existing::Refuse };
        let library = Library::open_existing(&self.corpus)?;
        let exported = exporting::export(&library, &self.to, format, &selection, existing)?;
        let missing = exported.findings.len();
        print_findings(&exported.findings[..missing.min(MOST_PRINTED)]);
        if missing > MOST_PRINTED {
            eprintln!("另有 {} 条也写不下", missing - MOST_PRINTED);
        }
        println!("已导出 {} 条到 {}", exported.written, self.to.display());
        if exported.others > 0 {
            println!("另有 {} 条不在所选的种类和状态里；jsonl 能放下全部", exported.others);
        }
        let pending = library.pending()?;
        if pending > 0 {
            println!("有 {pending} 条的修改还没发布，导出的是已发布的内容；jida backup 两样都留");
        }
        Ok(if missing > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
