//! `jida memory`: which entries were adopted for which questions; what should
//! not have been is forgotten. A running server follows at once.

use std::process::ExitCode;

use clap::Args;

use super::{CliError, Folders, WRONG_ARGUMENTS};
use crate::library::{Adoption, AdoptionFilter, Library, Standing};

#[derive(Args)]
pub(super) struct Memory {
    /// 只看问题里有这段文字的
    #[arg(long, value_parser = some_text, value_name = "文字")]
    question: Option<String>,
    /// 只看采用了这个条目的
    #[arg(long, value_parser = some_text, value_name = "编号")]
    entry: Option<String>,
    /// 只看这个人、坐席或文件采用的
    #[arg(long, value_parser = some_text, value_name = "名字")]
    by: Option<String>,
    /// 不再记住这些（条目本身不变）
    #[arg(long)]
    forget: bool,
    /// 与 --forget 同用：全部不再记住
    #[arg(long, requires = "forget", conflicts_with_all = ["question", "entry", "by"])]
    all: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

/// An empty text would fit everything.
fn some_text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("筛选的文字是空的".to_owned())
    } else {
        Ok(text.trim().to_owned())
    }
}

impl Memory {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let filter = AdoptionFilter { question: self.question, entry_id: self.entry, adopted_by: self.by };
        let is_filtered =
            filter.question.is_some() || filter.entry_id.is_some() || filter.adopted_by.is_some();
        if self.forget && !is_filtered && !self.all {
            eprintln!("错误：没有说要忘记哪些；请加 --question、--entry 或 --by，全部忘记加 --all");
            return Ok(ExitCode::from(WRONG_ARGUMENTS));
        }
        let mut library = Library::open(&self.folders.corpus)?;
        if self.forget {
            let gone = library.forget(&filter, ("命令行", ""))?;
            match self.json {
                true => println!("{}", serde_json::json!({ "forgotten": gone })),
                false => println!("已忘记 {gone} 条"),
            }
            return Ok(ExitCode::SUCCESS);
        }
        let adoptions = library.adoptions(&filter)?;
        if self.json {
            println!("{}", serde_json::json!({ "adoptions": adoptions }));
        } else {
            adoptions.iter().for_each(print_adoption);
            println!("共 {} 条", adoptions.len());
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_adoption(adoption: &Adoption) {
    let standing = match adoption.standing {
        Standing::Curated => "知识库确认",
        Standing::Seat => "坐席采用",
    };
    let Adoption { question, entry_id, adopted_by, adopted_on, .. } = adoption;
    println!("{question}  →  [{entry_id}]  {standing}：{adopted_by}，{adopted_on}");
}
