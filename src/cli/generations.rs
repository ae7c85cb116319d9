//! `jida generations`: the generations of the index that are there, and which
//! one is in use; `activate` goes back to an earlier one, or lets in one that
//! the gate held back.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::reindex::reason;
use super::store::Store;
use super::{CliError, Folders};
use crate::index::{Listed, Standing};
use crate::indexing::Decision;

#[derive(Args)]
pub(super) struct Generations {
    #[command(subcommand)]
    action: Option<Action>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

#[derive(Subcommand)]
enum Action {
    /// 换用这一代（回到以前的，或放行待放行的）；运行中的服务一秒内跟上
    Activate(Activate),
}

#[derive(Args)]
struct Activate {
    /// 索引代的名字，如 generation-000003
    #[arg(value_name = "索引代")]
    name: String,
    /// 为什么换；放行重放没有通过的一代时必须写明
    #[arg(long, value_parser = reason, value_name = "理由")]
    reason: Option<String>,
    #[command(flatten)]
    folders: Folders,
}

impl Generations {
    pub fn run(self) -> Result<ExitCode, CliError> {
        match self.action {
            Some(Action::Activate(activate)) => activate.run(),
            None => {
                let listed = Store::open(&self.folders)?.indexer.list()?;
                if self.json {
                    println!("{}", serde_json::json!(listed));
                } else {
                    listed.iter().for_each(|listed| println!("{}", line_of(listed)));
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Activate {
    fn run(self) -> Result<ExitCode, CliError> {
        let store = Store::open(&self.folders)?;
        let by = Decision { actor: "jida generations", reason: self.reason.as_deref() };
        let before = store.indexer.activate(&store.library, &store.indexer.lock()?, &self.name, by)?;
        match before {
            Some(before) if before == self.name => println!("{} 已在用", self.name),
            Some(before) => println!("已换用 {}；以前用的 {before} 还在，可再换回", self.name),
            None => println!("已换用 {}", self.name),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `generation-000004  在用    161403 条  到第 161403 号变更  2026-11-25T01:02:03Z`
fn line_of(listed: &Listed) -> String {
    let standing = match listed.standing {
        Standing::InUse => "在用",
        Standing::Waiting => "待放行",
        Standing::Earlier => "保留",
    };
    let number = |count: Option<u64>| count.map_or("？".to_owned(), |count| count.to_string());
    let built = match &listed.info {
        Some(info) => format!("{} 建，格式 {}", info.built_at, info.format),
        None => "读不出来".to_owned(),
    };
    let why = listed.waits_for.as_deref().filter(|why| !why.is_empty());
    format!(
        "{}  {standing}  {} 条  到第 {} 号变更  {built}{}",
        listed.name,
        number(listed.entries),
        number(listed.last_change),
        why.map(|why| format!("\n    {why}")).unwrap_or_default()
    )
}
