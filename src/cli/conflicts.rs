//! `jida conflicts`: entries that their file (or a followed platform) and
//! somebody here both changed; a person says which of the two stays.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{CliError, Folders, WRONG_ARGUMENTS};
use crate::library::{Conflict, Keep, Library};

/// How this command signs in the audit log.
const SIGNATURE: &str = "命令行 jida conflicts";

#[derive(Args)]
pub(super) struct Conflicts {
    /// 要处理的条目编号（不给就列出所有冲突）
    #[arg(value_name = "编号", requires = "keep")]
    id: Option<String>,
    /// 留哪一边：library 知识库里的，origin 文件或上级平台的
    #[arg(long, value_enum, requires = "id", hide_possible_values = true, value_name = "哪一边")]
    keep: Option<Side>,
    /// 为什么
    #[arg(long, default_value = "核对后处理", value_name = "原因")]
    reason: String,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Library,
    Origin,
}

impl Conflicts {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut library = Library::open(&self.folders.corpus)?;
        let (Some(id), Some(side)) = (&self.id, self.keep) else { return list(&library, self.json) };
        let keep = match side {
            Side::Library => Keep::Library,
            Side::Origin => Keep::Origin,
        };
        match library.settle(id, keep, SIGNATURE, &self.reason)? {
            Some(stored) => {
                println!("已处理：[{id}] 现在是第 {} 版", stored.version);
                Ok(ExitCode::SUCCESS)
            }
            None => {
                eprintln!("错误：条目“{id}”没有要处理的冲突，用 jida conflicts 查看");
                Ok(ExitCode::from(WRONG_ARGUMENTS))
            }
        }
    }
}

fn list(library: &Library, json: bool) -> Result<ExitCode, CliError> {
    let conflicts = library.conflicts()?;
    if json {
        println!("{}", serde_json::json!({ "conflicts": conflicts }));
        return Ok(ExitCode::SUCCESS);
    }
    conflicts.iter().for_each(print_conflict);
    println!("共 {} 条", conflicts.len());
    Ok(ExitCode::SUCCESS)
}

fn print_conflict(conflict: &Conflict) {
    let Conflict { entry_id, origin, wanted, base_version, found_at } = conflict;
    let day = found_at.get(..10).unwrap_or(found_at);
    println!("[{entry_id}] {}：{origin} 与第 {base_version} 版不同（{day} 发现）", wanted.title);
}
