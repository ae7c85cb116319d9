//! `jida check`: reads files as an import would and loads nothing.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::store::print_findings;
use crate::loading;
use crate::reindexing;
use crate::replay::GoldenSet;

#[derive(Args)]
pub(super) struct Check {
    /// 要检查的文件或文件夹
    #[arg(required = true, value_name = "路径")]
    paths: Vec<PathBuf>,
}

impl Check {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let (entries, mut findings) = loading::check(&self.paths)?;
        for folder in self.paths.iter().filter(|path| path.is_dir()) {
            findings.extend(reindexing::add_written(&mut GoldenSet::default(), folder, &[])?);
        }
        let refused = print_findings(&findings);
        println!("可导入 {entries} 条，错误 {refused} 处，提醒 {} 处", findings.len() - refused);
        Ok(if refused > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
