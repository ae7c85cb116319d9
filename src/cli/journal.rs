//! `jida journal`: the journal for other programs.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::CliError;
use super::stats::day_of;
use crate::fault::Said;
use crate::journal::{ExportFormat, Exported, Journal};

#[derive(Args)]
pub(super) struct JournalCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 把日志导出成表格（CSV 或 Parquet）；文字是遮去个人信息以后的
    Export(Export),
}

#[derive(Args)]
struct Export {
    /// 导出成的文件：.csv 或 .parquet
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 导出什么：calls（每通电话一行）、searches（每次查询一行）、words（每个操作一行）
    #[arg(long, default_value = "calls", value_parser = table_of, value_name = "内容")]
    table: Exported,
    /// 从哪一天起（含）
    #[arg(long, value_parser = day_of, value_name = "日期")]
    from: Option<Date>,
    /// 到哪一天为止（含）
    #[arg(long, value_parser = day_of, value_name = "日期")]
    to: Option<Date>,
    /// 文件已经有了就盖掉
    #[arg(long)]
    overwrite: bool,
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

fn table_of(text: &str) -> Result<Exported, String> {
    Exported::parse(text).ok_or_else(|| format!("“{text}”只能是 calls、searches 或 words"))
}

impl JournalCommand {
    pub fn run(self) -> Result<ExitCode, CliError> {
        match self.action {
            Action::Export(export) => export.run(),
        }
    }
}

impl Export {
    fn run(self) -> Result<ExitCode, CliError> {
        let failed = |path: &Path, reason: String| CliError::File { path: path.to_owned(), reason };
        let ending = self.file.extension().map(|ending| ending.to_string_lossy().into_owned());
        let format = ending.as_deref().and_then(ExportFormat::parse);
        let format =
            format.ok_or_else(|| failed(&self.file, "文件名要以 .csv 或 .parquet 结尾".to_owned()))?;
        let opened = match self.overwrite {
            true => File::create(&self.file),
            false => File::create_new(&self.file),
        };
        let written = opened.map_err(|error| failed(&self.file, Said(&error).to_string()))?;
        let days = (self.from.unwrap_or(Date::ZERO), self.to.unwrap_or(Date::MAX));
        let mut out = BufWriter::new(written);
        let journal = Journal::new(&self.corpus, false);
        let rows = journal.export(self.table, format, days, &mut out);
        let rows = rows.map_err(|error| failed(&self.file, error.to_string()))?;
        out.flush().map_err(|error| failed(&self.file, Said(&error).to_string()))?;
        println!("已导出 {rows} 行到 {}", self.file.display());
        Ok(ExitCode::SUCCESS)
    }
}
