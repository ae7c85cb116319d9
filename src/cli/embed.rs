//! `jida embed`: gives every text of the library its vector, from the endpoint
//! that is configured. Stopped anywhere, it goes on from there the next time.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::store::{Store, bar};
use super::{CliError, Folders};
use crate::embedding::{self, Refusal, Seen};
use crate::library::Library;
use crate::meaning::{Endpoint, Settings};

/// Refused texts that are printed.
const SHOWN_REFUSALS: usize = 5;

#[derive(Args)]
pub(super) struct Embed {
    /// 换一个模型：它的向量另成一套，算完之前原来的照用
    #[arg(long, value_name = "模型")]
    model: Option<String>,
    /// 只看有几套向量、各有多少、还缺多少
    #[arg(long)]
    status: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

impl Embed {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let settings = Settings::read(&self.folders.corpus)?;
        let settings = match &self.model {
            Some(model) => settings.map(|settings| settings.with_model(model)),
            None => settings,
        };
        let endpoint = settings.map(Endpoint::new);
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        if self.status {
            self.print_status(&store.library, endpoint.as_ref())?;
            return Ok(ExitCode::SUCCESS);
        }
        let Some(endpoint) = endpoint else {
            return Err(CliError::NoEndpoint { corpus: self.folders.corpus.clone() });
        };
        self.embed(&mut store.library, &endpoint)
    }

    fn embed(&self, library: &mut Library, endpoint: &Endpoint) -> Result<ExitCode, CliError> {
        let survey = embedding::survey(library, endpoint, Seen::default())?;
        let began = Instant::now();
        let bar = bar(survey.missing.len() as u64, "段");
        let embedded = embedding::embed(library, endpoint, &survey.missing, endpoint.batch(), |progress| {
            bar.set_position(progress.done as u64);
            true
        });
        bar.finish_and_clear();
        let refusals = embedded.inspect_err(|_| {
            eprintln!("已经算好的都留着，再运行 jida embed 会从断处接着算");
        })?;
        embedding::complete(library, endpoint)?;
        print_refusals(&refusals);
        let embedded = survey.missing.len() - refusals.len();
        let seconds = began.elapsed().as_secs_f64();
        if self.json {
            let told = json!({
                "set": endpoint.set_name(),
                "embedded": embedded,
                "known": survey.known,
                "refused": refusals.len(),
                "seconds": seconds,
            });
            println!("{told}");
        } else {
            self.print_done(endpoint, embedded, survey.known, seconds);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn print_done(&self, endpoint: &Endpoint, embedded: usize, known: usize, seconds: f64) {
        let set = endpoint.set_name();
        match (embedded, known) {
            (0, 0) => {
                println!("没有要算的文字");
                return;
            }
            (0, _) => println!("没有新的文字要算：{known} 段都已有向量（{set}）"),
            _ => {
                let rate = embedded as f64 / seconds.max(0.001);
                println!(
                    "算好 {embedded} 段文字的向量（{set}），用时 {seconds:.1} 秒，每秒 {rate:.0} 段；原来已有 {known} 段"
                );
            }
        }
        match &self.model {
            Some(model) => println!(
                "下一步：把 {} 里 [embeddings] 的 model 改成 {model:?}，运行 jida reindex，再重启服务",
                self.folders.corpus.join(crate::settings::SETTINGS_FILE).display()
            ),
            None if embedded > 0 => println!("下一步：运行 jida reindex，让索引用上"),
            None => {}
        }
    }

    fn print_status(&self, library: &Library, endpoint: Option<&Endpoint>) -> Result<(), CliError> {
        let sets = library.vector_sets()?;
        let in_use = library.vector_set()?.map(|set| set.name);
        let counts: BTreeMap<&str, u64> = sets
            .iter()
            .map(|set| Ok((set.name.as_str(), library.count_vectors(&set.name)?)))
            .collect::<Result<_, CliError>>()?;
        let count = |name: &str| counts.get(name).copied().unwrap_or_default();
        let survey =
            endpoint.map(|endpoint| embedding::survey(library, endpoint, Seen::default())).transpose()?;
        let missing = survey.as_ref().map(|survey| survey.missing.len());
        if self.json {
            let sets: Vec<_> = sets
                .iter()
                .map(|set| {
                    json!({ "name": set.name, "dimension": set.dimension, "texts": set.texts,
                    "completed_at": set.completed_at, "vectors": count(&set.name) })
                })
                .collect();
            let configured =
                endpoint.map(|endpoint| json!({ "set": endpoint.set_name(), "missing": missing }));
            println!("{}", json!({ "sets": sets, "in_use": in_use, "configured": configured }));
            return Ok(());
        }
        if sets.is_empty() {
            println!("还没有向量");
        }
        for set in &sets {
            let state = match &set.completed_at {
                _ if in_use.as_ref() == Some(&set.name) => "在用",
                Some(_) => "完整，没有在用",
                None => "还没算完",
            };
            println!("{}：{} 维，{} 个向量，{state}", set.name, set.dimension, count(&set.name));
        }
        match (endpoint, missing) {
            (Some(endpoint), Some(0)) => println!("配置的 {} 不缺", endpoint.set_name()),
            (Some(endpoint), Some(missing)) => {
                println!("配置的 {} 还缺 {missing} 段文字，运行 jida embed 补上", endpoint.set_name());
            }
            _ => println!("没有配置向量服务"),
        }
        Ok(())
    }
}

fn print_refusals(refusals: &[Refusal]) {
    for Refusal { text, reason } in refusals.iter().take(SHOWN_REFUSALS) {
        let begin: String = text.chars().take(30).collect();
        eprintln!("没有算成“{begin}”：{reason}");
    }
    if refusals.len() > SHOWN_REFUSALS {
        eprintln!("……共 {} 段没有算成", refusals.len());
    }
}
