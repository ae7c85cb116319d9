//! `jida suggest`: what is being typed on the command line.

use std::process::ExitCode;

use clap::Args;

use super::store::Store;
use super::{CliError, Folders, region_of};
use crate::entry::Region;
use crate::search::{DEFAULT_SUGGESTIONS, SuggestRequest, TypedAs, suggest};
use crate::server::suggestion_view;

#[derive(Args)]
pub(super) struct Suggest {
    /// 正在输入的字：汉字、拼音或首字母
    #[arg(value_name = "文字")]
    typed: String,
    /// 来电人所在区域（六位代码）
    #[arg(long, value_parser = region_of, value_name = "代码")]
    region: Option<Region>,
    /// 显示几条
    #[arg(long, default_value_t = DEFAULT_SUGGESTIONS, value_name = "条数")]
    limit: usize,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

impl Suggest {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let snapshot = store.current()?.snapshot()?;
        let as_of = jiff::Zoned::now().date();
        let request = SuggestRequest {
            typed: &self.typed,
            region: self.region,
            kind: None,
            as_of,
            within: None,
            limit: self.limit,
        };
        let suggestions = suggest(&snapshot, &request)?;
        if self.json {
            let views: Vec<_> = suggestions.into_iter().map(suggestion_view).collect();
            println!("{}", serde_json::json!({ "suggestions": views }));
            return Ok(ExitCode::SUCCESS);
        }
        if suggestions.is_empty() {
            println!("没有可以联想的问题。");
        }
        for suggestion in suggestions {
            let by = match suggestion.matched_by {
                TypedAs::Characters => "",
                TypedAs::Pinyin => "  拼音",
                TypedAs::Initials => "  首字母",
            };
            println!("{}  [{}]{by}", suggestion.text, suggestion.entry_id);
        }
        Ok(ExitCode::SUCCESS)
    }
}
