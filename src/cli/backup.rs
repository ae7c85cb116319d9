//! `jida backup`: library and editors' files into one file, while others work.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use crate::library::{self, Existing};

#[derive(Args)]
pub(super) struct Backup {
    /// 备份文件，例如 jida-2026-11-25.tar.zst
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 文件已经有了就盖掉
    #[arg(long)]
    overwrite: bool,
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

impl Backup {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let existing = if self.overwrite { Existing::Replace } else { Existing::Refuse };
        let made = library::back_up(&self.corpus, &self.file, existing)?;
        println!(
            "已备份到 {}：到第 {} 号变更，另有文件 {} 个，共 {:.1} MB",
            self.file.display(),
            made.head.last_change,
            made.files,
            made.bytes as f64 / 1e6
        );
        Ok(ExitCode::SUCCESS)
    }
}
