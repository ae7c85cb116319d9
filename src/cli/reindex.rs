//! `jida reindex`: takes in the files that changed under the corpus folder,
//! builds a new generation beside the old one, replays the golden questions on
//! both, and swaps it in unless too much would be lost.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use super::store::{Store, bar, print_findings, report};
use super::{CliError, Folders};
use crate::reindexing::{Ended, Gate, Outcome, Progress, Reindex as Reindexing, Stage};
use crate::replay::Limits;

#[derive(Args)]
pub(super) struct Reindex {
    /// 另外要重放的带标注问题：每行一个 JSON 对象，含 question 和 relevant
    #[arg(long, num_args = 1.., value_name = "文件")]
    golden: Vec<PathBuf>,
    /// 最多允许多大比例的问题掉出前三，超过就不换上
    #[arg(long, default_value_t = Limits::default().max_loss, value_parser = share, value_name = "比例")]
    max_loss: f64,
    /// 不重放，建好就换上
    #[arg(long, conflicts_with_all = ["golden", "overrule"])]
    no_replay: bool,
    /// 重放不通过也换上，写明理由
    #[arg(long, value_parser = reason, value_name = "理由")]
    overrule: Option<String>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("比例“{text}”不是 0 到 1 之间的数，例如 0.01"))
}

/// A reason that says something.
pub(super) fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("理由是空的，请写明为什么".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

impl Reindex {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        let began = Instant::now();
        let shown = Shown::default();
        let limits = Limits { max_loss: self.max_loss };
        let reindexing = Reindexing {
            indexer: &store.indexer,
            corpus: &store.corpus,
            golden: &self.golden,
            gate: match (self.no_replay, &self.overrule) {
                (true, _) => Gate::Open,
                (false, Some(reason)) => Gate::Overruled(limits, reason.clone()),
                (false, None) => Gate::Replay(limits),
            },
            actor: "jida reindex",
            today: jiff::Zoned::now().date(),
            stop: &AtomicBool::new(false),
            tell: &|progress| shown.show(progress),
        };
        let outcome = reindexing.run(&mut store.library);
        shown.clear();
        let outcome = outcome?;
        let refused = report(&outcome.loaded);
        print_findings(&outcome.findings);
        if self.json {
            println!(
                "{}",
                json!({
                    "generation": outcome.generation,
                    "entries": outcome.entries,
                    "ended": outcome.ended,
                    "report": outcome.report,
                })
            );
        } else {
            print(&outcome, began);
        }
        let is_in_use = outcome.ended != Ended::Waiting;
        Ok(if refused || !is_in_use { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn print(outcome: &Outcome, began: Instant) {
    if let Some(report) = &outcome.report {
        print!("{report}");
    }
    let seconds = began.elapsed().as_secs_f64();
    let Outcome { generation, entries, .. } = outcome;
    match outcome.ended {
        Ended::Waiting => {
            let why = outcome.report.as_ref().map(|report| report.reasons.join("；")).unwrap_or_default();
            println!(
                "{generation} 建好，没有换上：{why}\n请看上面的变化；确要换上：jida generations activate {generation} --reason 理由"
            );
        }
        Ended::Overruled => {
            println!("重放没有通过，按给出的理由换上了 {generation}（{entries} 条，{seconds:.1} 秒）")
        }
        Ended::Passed => println!("重放通过，已换上 {generation}（{entries} 条，{seconds:.1} 秒）"),
        Ended::Unjudged => println!("已换上 {generation}（{entries} 条，{seconds:.1} 秒）"),
    }
}

/// The progress bar of the stage under way.
#[derive(Default)]
struct Shown(Mutex<Option<(Stage, ProgressBar)>>);

impl Shown {
    fn show(&self, progress: Progress) {
        let unit = match progress.stage {
            Stage::Building => "条",
            Stage::Replaying => "问",
            Stage::Loading | Stage::Swapping => return,
        };
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match shown.as_ref() {
            Some((stage, bar)) if *stage == progress.stage => bar.set_position(progress.done),
            _ => {
                shown.iter().for_each(|(_, bar)| bar.finish_and_clear());
                *shown = Some((progress.stage, bar(progress.total, unit)));
            }
        }
    }

    fn clear(&self) {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        shown.iter().for_each(|(_, bar)| bar.finish_and_clear());
    }
}
