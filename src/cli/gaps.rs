//! `jida gaps`: gathers what the journal says was not answered and prints the
//! work list.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::gaps_labelled;
use super::store::Store;
use super::{CliError, Folders};
use crate::embedding::expect_dimension;
use crate::gathering::{DEFAULT_DAYS, Means, gather};
use crate::journal::{Journal, Unhelped};
use crate::library::{Gap, GapFilter, GapOrder, GapStatus};
use crate::meaning::{Endpoint, Settings};

/// Wordings of a gap that are printed beside the first.
const MOST_WORDINGS: usize = 4;

#[derive(Args)]
pub(super) struct Gaps {
    /// 看最近几天的日志
    #[arg(long, default_value_t = DEFAULT_DAYS, value_parser = clap::value_parser!(u32).range(1..=366), value_name = "天数")]
    days: u32,
    /// 列出前几个
    #[arg(long, default_value_t = 20, value_name = "个数")]
    top: usize,
    /// 按新旧排，不按大小排
    #[arg(long)]
    newest: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    /// 不看日志：量一量归并得准不准。每行一个 JSON 对象，同一行各字段的问法、relevant 相同的各行是一个意思
    #[arg(long, num_args = 1.., value_name = "文件")]
    labelled: Vec<PathBuf>,
    #[command(flatten)]
    folders: Folders,
}

impl Gaps {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let endpoint = Settings::read(&store.corpus)?.map(Endpoint::new);
        if let Some(endpoint) = &endpoint {
            expect_dimension(&store.library, endpoint)?;
        }
        if !self.labelled.is_empty() {
            gaps_labelled::run(&mut store, endpoint.as_ref(), &self.labelled, self.json)?;
            return Ok(ExitCode::SUCCESS);
        }
        let generation = store.current()?;
        let means = Means {
            words: generation.words(),
            endpoint: endpoint.as_ref(),
            batch: endpoint.as_ref().map_or(1, Endpoint::batch),
            go_on: &|| true,
        };
        let journal = Journal::new(&store.corpus, false);
        let began = std::time::Instant::now();
        let gathered = gather(&mut store.library, &journal, &means, self.days, jiff::Zoned::now())?;
        let seconds = began.elapsed().as_secs_f64();
        let order = if self.newest { GapOrder::Newest } else { GapOrder::Size };
        let filter = GapFilter {
            status: Some(GapStatus::Open),
            department: None,
            order,
            after: None,
            limit: self.top,
        };
        let gaps = store.library.gaps(&filter)?;
        let effect = store.library.effect_of_closing()?;
        if self.json {
            println!(
                "{}",
                json!({ "gathered": gathered, "seconds": seconds, "gaps": gaps, "effect": effect })
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{} 到 {}：{} 通电话问了知识库，{} 通没答上（{} 种问法），其中 {} 通归到缺口；新缺口 {} 个，重新打开 {} 个，合并 {} 个（{seconds:.1} 秒）",
            gathered.from,
            gathered.to,
            gathered.calls,
            gathered.lost,
            gathered.questions,
            gathered.on_gaps,
            gathered.new,
            gathered.returned,
            gathered.merged
        );
        for (place, gap) in (1..).zip(&gaps) {
            print_gap(place, gap);
        }
        if effect.gaps > 0 {
            let weekly = |calls: Option<f64>| calls.map_or("—".to_owned(), |calls| format!("{calls:.1}"));
            let rate =
                |rate: Option<f64>| rate.map_or("—".to_owned(), |rate| format!("{:.1} %", rate * 100.0));
            let (before, since) = (effect.effect.before, effect.effect.since);
            println!(
                "关闭的缺口 {} 个：每周 {} 通，当场答复 {}；关闭以前每周 {} 通，当场答复 {}",
                effect.gaps,
                weekly(since.calls_per_week),
                rate(since.rate),
                weekly(before.calls_per_week),
                rate(before.rate)
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_gap(place: usize, gap: &Gap) {
    let first = gap.questions.first().map_or("", |question| question.text.as_str());
    println!("{place}. {first}");
    let reasons = Unhelped::ALL.into_iter().filter_map(|why| {
        let calls = gap.reasons.get(why.as_str()).copied().filter(|calls| *calls > 0)?;
        Some(format!("{} {calls}", said(why)))
    });
    let share = gap.department_share.map_or(String::new(), |share| format!("（{:.0} %）", share * 100.0));
    let department = match gap.department.as_str() {
        "" => "还没定部门".to_owned(),
        department => format!("{department}{share}"),
    };
    println!(
        "   每周 {:.1} 通，共 {} 通：{}；{department}{}",
        gap.calls_per_week,
        gap.calls,
        reasons.collect::<Vec<_>>().join("、"),
        gap.region.map_or(String::new(), |region| format!("；区域 {region}"))
    );
    let others: Vec<&str> =
        gap.questions.iter().skip(1).take(MOST_WORDINGS).map(|question| question.text.as_str()).collect();
    if !others.is_empty() {
        println!("   也这样问：{}", others.join("｜"));
    }
    println!("   {}", gap.id);
}

/// A reason as people say it.
fn said(why: Unhelped) -> &'static str {
    match why {
        Unhelped::Reported => "话务员登记",
        Unhelped::Dispatched => "转派",
        Unhelped::NoResult => "没查到",
        Unhelped::Refused => "机器人没答",
        Unhelped::NotOpened => "没点开",
    }
}
