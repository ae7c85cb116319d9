//! `jida search`: one question on the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::store::Store;
use super::{CliError, Folders, key_in, region_of};
use crate::asking::{Ask, ask};
use crate::embedding::oracle;
use crate::entry::{Entry, Region};
use crate::search::{Contribution, Hit, Request, Validity, explain, search};
use crate::server::hit_view;

const NOTHING_FOUND: &str = "没有找到。换个说法再试，或登记为知识缺口。";

#[derive(Args)]
pub(super) struct Search {
    /// 问题
    #[arg(value_name = "问题")]
    question: String,
    /// 来电人所在区域（六位代码）
    #[arg(long, value_parser = region_of, value_name = "代码")]
    region: Option<Region>,
    /// 显示几条
    #[arg(long, default_value_t = 3, value_name = "条数")]
    limit: usize,
    /// 说明每条为什么排在这里
    #[arg(long)]
    explain: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    /// 问另一台机器上的服务，不用这里的知识库，例如 http://kb.example:8890
    #[arg(long, value_name = "地址")]
    server: Option<String>,
    /// 放着密钥的文件，和 --server 一起用
    #[arg(long, requires = "server", value_name = "文件")]
    key_file: Option<PathBuf>,
    #[command(flatten)]
    folders: Folders,
}

impl Search {
    pub fn run(self) -> Result<ExitCode, CliError> {
        if let Some(server) = &self.server {
            return self.ask(server);
        }
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let snapshot = store.snapshot()?;
        let today = jiff::Zoned::now().date();
        let asker = store.asker()?;
        let oracle = oracle(asker.as_ref(), &snapshot);
        let request = Request {
            region: self.region,
            limit: self.limit,
            oracle: Some(&oracle),
            ..Request::new(&self.question, today)
        };
        let results = search(&snapshot, &request)?;
        if self.json {
            let view_of = |hit| match self.explain {
                true => hit_view(hit).explained(explain(&snapshot, hit)),
                false => hit_view(hit),
            };
            let hits: Vec<_> = results.hits.iter().map(view_of).collect();
            println!("{}", serde_json::json!({ "total": results.total, "hits": hits }));
        } else if results.hits.is_empty() {
            println!("{NOTHING_FOUND}");
        } else {
            for (at, hit) in results.hits.iter().enumerate() {
                print_hit(at + 1, hit);
                if self.explain {
                    print_explanation(hit, &explain(&snapshot, hit));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Search {
    fn ask(&self, server: &str) -> Result<ExitCode, CliError> {
        let key = self.key_file.as_deref().map(key_in).transpose()?;
        let asked =
            Ask { question: &self.question, region: self.region, limit: self.limit, explains: self.explain };
        let told = ask(server, key.as_deref(), &asked)?;
        let hits = told["hits"].as_array().map_or(&[][..], Vec::as_slice);
        if self.json {
            println!("{}", serde_json::json!({ "total": told["total"], "hits": hits }));
        } else if hits.is_empty() {
            println!("{NOTHING_FOUND}");
        } else {
            hits.iter().enumerate().for_each(|(at, hit)| print_told(at + 1, hit));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A hit as a server tells it.
fn print_told(number: usize, hit: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let said = hit["script"].as_str().map_or_else(|| text(&hit["snippet"]), str::to_owned);
    println!("{number}. {}  [{}]", text(&hit["title"]), text(&hit["id"]));
    println!("   {}", said.replace('\n', " "));
    println!("   {} · {}", text(&hit["region"]["name"]), text(&hit["department"]));
}

fn print_hit(number: usize, hit: &Hit) {
    let entry = &hit.shown.entry;
    println!("{number}. {}  [{}]", entry.title, entry.id);
    println!("   {}", entry.script.as_deref().unwrap_or(&hit.snippet.text).replace('\n', " "));
    let validity = match &hit.validity {
        Validity::Current { until: None } => "现行".to_owned(),
        Validity::Current { until: Some(day) } => format!("现行，{day} 失效"),
        Validity::Upcoming { from } => {
            format!("尚未施行{}", from.map_or(String::new(), |day| format!("（{day} 起）")))
        }
        Validity::Expired { .. } => "已失效".to_owned(),
        Validity::Superseded { by } => {
            format!("已被新文件取代{}", by.as_ref().map_or(String::new(), |by| format!("：{by}")))
        }
    };
    println!("   {} · {validity} · {}", entry.region.name().unwrap_or("未知区域"), sources(entry));
}

fn print_explanation(hit: &Hit, parts: &[Contribution]) {
    println!("   把握 {:.0} %，得分 {:.2}，其中：", hit.confidence * 100.0, hit.score);
    for part in parts.iter().take(8) {
        println!("     {:+.2}  {}（{:.2}）", part.contribution, part.label, part.value);
    }
}

/// 《甲法》第一条、第三条；《乙条例》第二条
fn sources(entry: &Entry) -> String {
    let mut by_title: Vec<(&str, Vec<&str>)> = Vec::new();
    for source in &entry.source {
        let Some(title) = source.title.as_deref() else { continue };
        let article = source.article.as_deref();
        match by_title.iter_mut().find(|(known, _)| *known == title) {
            Some((_, articles)) => articles.extend(article),
            None => by_title.push((title, article.into_iter().collect())),
        }
    }
    let named = by_title.iter().map(|(title, articles)| format!("《{title}》{}", articles.join("、")));
    named.collect::<Vec<_>>().join("；")
}
