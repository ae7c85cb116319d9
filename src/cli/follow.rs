//! `jida follow`: keeps this library up to another platform's, its own entries
//! and own edits left alone. A server on the same library shows what comes in.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::store::print_findings;
use super::{CliError, Folders, key_in};
use crate::following::{FollowError, From, Round, Upstream};
use crate::library::Library;

/// Conflicts that are named; more are only counted.
const MOST_NAMED: usize = 20;

#[derive(Args)]
pub(super) struct Follow {
    /// 上级平台的地址，例如 https://kb.example.com
    #[arg(value_parser = address_of, value_name = "地址")]
    url: String,
    /// 上级平台给的密钥所在的文件
    #[arg(long, value_name = "文件")]
    key_file: Option<PathBuf>,
    /// 收完现有的变更就结束
    #[arg(long)]
    once: bool,
    /// 每隔几秒问一次
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400), value_name = "秒")]
    every: u64,
    /// 从头核对一遍（上级平台从备份恢复过时用）
    #[arg(long)]
    from_start: bool,
    #[command(flatten)]
    folders: Folders,
}

fn address_of(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', '@', ' '])) {
        true => Ok(text.to_owned()),
        false => Err(format!("地址“{text}”要写成 https://主机名 或 http://主机名:端口")),
    }
}

impl Follow {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let key = self.key_file.as_deref().map(key_in).transpose()?;
        let is_here =
            ["http://127.", "http://localhost", "http://[::1]"].iter().any(|own| self.url.starts_with(own));
        if key.is_some() && self.url.starts_with("http://") && !is_here {
            eprintln!("提醒：http:// 上密钥不加密，请改用 https://");
        }
        let upstream = Upstream::new(&self.url, key);
        let mut library = Library::open(&self.folders.corpus)?;
        let mut from = if self.from_start { From::Start } else { From::LastChange };
        loop {
            match upstream.follow(&mut library, from, |received| eprintln!("收到 {received} 条变更")) {
                Ok(round) => {
                    from = From::LastChange;
                    let is_clean = self.report(&round);
                    if self.once {
                        return Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE });
                    }
                }
                Err(error @ (FollowError::Cut { .. } | FollowError::Library(_))) if !self.once => {
                    eprintln!("{error}");
                }
                Err(error) => return Err(error.into()),
            }
            std::thread::sleep(Duration::from_secs(self.every));
        }
    }

    /// Says what came in; whether nothing was refused.
    fn report(&self, round: &Round) -> bool {
        if round.received == 0 && round.report == Default::default() && !self.once {
            return true;
        }
        let refused = print_findings(&round.findings);
        for id in round.conflicts.iter().take(MOST_NAMED) {
            eprintln!("冲突 {id}：上级平台和本地都改了，本地的留着；用 jida conflicts 查看和处理");
        }
        let sums = &round.report;
        println!(
            "收到 {} 条变更：新增 {}，修改 {}，未变 {}，停用 {}，冲突 {}，拒收 {refused}",
            round.received, sums.added, sums.changed, sums.unchanged, sums.retired, sums.conflicts
        );
        refused == 0
    }
}
