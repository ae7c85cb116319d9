//! `jida restore`: a backup into a corpus folder, all of it or nothing. The
//! index is not touched: it is built again from the restored library.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use crate::library::{self, Existing};

#[derive(Args)]
pub(super) struct Restore {
    /// 备份文件
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 换掉已有的知识库；原来的移到一旁，不删除
    #[arg(long)]
    replace: bool,
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

impl Restore {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let existing = if self.replace { Existing::Replace } else { Existing::Refuse };
        let restored = library::restore(&self.file, &self.corpus, existing)?;
        let head = restored.head;
        println!(
            "已恢复到 {}：{} 做的备份，到第 {} 号变更",
            self.corpus.display(),
            head.created_at,
            head.last_change
        );
        if let Some(aside) = restored.aside {
            println!("原来的知识库在 {}，确认不要了再删", aside.display());
        }
        println!("密钥也回到备份时的样子：之后停用过的，请用 jida key list 核对后再停用");
        Ok(ExitCode::SUCCESS)
    }
}
