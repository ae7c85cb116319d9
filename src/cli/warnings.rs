//! `jida warnings`: what flared up and what needs attention.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use crate::figures::FiguresError;
use crate::journal::{Journal, WarningState};
use crate::library::Library;
use crate::watching::{Listener, Telling};

/// Most warnings that are listed.
const MOST: usize = 200;

#[derive(Args)]
pub(super) struct Warnings {
    /// 已知悉的和已过去的也列出
    #[arg(long)]
    all: bool,
    /// 输出 JSON，与 /v1/warnings 相同
    #[arg(long)]
    json: bool,
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

impl Warnings {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let library = Library::open_existing(&self.corpus)?;
        let journal = Journal::new(&self.corpus, false);
        let state = (!self.all).then_some(WarningState::Open);
        let warned = journal.warnings(state, None, MOST).map_err(FiguresError::from)?;
        let listener = Listener { reads_questions: true, may_read: &|_| true };
        let told = warned.iter().map(|warned| Telling::of(warned, &library, &listener));
        let told: Vec<Telling> = told.collect::<Result<_, _>>()?;
        if self.json {
            println!("{}", serde_json::json!({ "warnings": told }));
            return Ok(ExitCode::SUCCESS);
        }
        if told.is_empty() {
            println!("没有{}预警", if self.all { "" } else { "未处理的" });
        }
        told.iter().for_each(print);
        Ok(ExitCode::SUCCESS)
    }
}

fn print(told: &Telling) {
    let state = match told.state {
        WarningState::Open => "未处理",
        WarningState::Acknowledged => "已知悉",
        WarningState::Over => "已过去",
    };
    println!("{} [{state}] {}（{}）", told.id, told.title, told.raised_at);
    for question in told.questions.iter().flatten() {
        println!("    {question}");
    }
}
