//! `jida eval`: labelled questions → hit rates and in-process latency; several
//! files give a table.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::store::Store;
use super::{CliError, Folders, region_of};
use crate::embedding::oracle;
use crate::entry::Region;
use crate::index::{IndexError, Snapshot};
use crate::meaning::Asker;
use crate::search::{AnswerStatus, Hit, Request, answer, search};

#[derive(Args)]
pub(super) struct Eval {
    /// 每行一个 JSON 对象，含 question 和 relevant；文件名后可加 #字段 换一个字段作问题；给几个文件就出一张表
    #[arg(required = true, value_name = "文件")]
    files: Vec<PathBuf>,
    /// 来电人所在区域（六位代码）；出表时不限区域和限这个区域各一行
    #[arg(long, value_parser = region_of, value_name = "代码")]
    region: Option<Region>,
    /// 只用前 N 个问题
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// 用哪个字段作问题
    #[arg(long, default_value = "question", value_name = "字段")]
    field: String,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

/// A question with the ids that answer it.
pub(super) struct Labelled {
    pub question: String,
    pub relevant: HashSet<String>,
}

/// hit@1, hit@3, hit@10 and MRR@10 as they add up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HitRates {
    n: usize,
    hits: [usize; 3],
    reciprocal: f64,
}

impl HitRates {
    /// Adds a question by the place of its first right result, from 0.
    pub fn add(&mut self, first_right: Option<usize>) {
        self.n += 1;
        if let Some(first) = first_right.filter(|&first| first < 10) {
            for (hit, within) in self.hits.iter_mut().zip([1, 3, 10]) {
                *hit += usize::from(first < within);
            }
            self.reciprocal += 1.0 / (first + 1) as f64;
        }
    }

    /// Shares of questions with a right one among the first 1, 3 and 10.
    fn shares(&self) -> [f64; 3] {
        self.hits.map(|count| count as f64 / self.n.max(1) as f64)
    }

    /// Questions.
    pub fn count(&self) -> usize {
        self.n
    }

    /// hit@1 / hit@3 / hit@10, as a table shows them.
    pub fn in_brief(&self) -> String {
        let [hit1, hit3, hit10] = self.shares();
        format!("{hit1:.3} / {hit3:.3} / {hit10:.3}")
    }

    /// hit@3.
    pub fn share_of_three(&self) -> f64 {
        self.shares()[1]
    }

    /// Mean of 1 / place of the first right one, of ten.
    pub fn mrr10(&self) -> f64 {
        self.reciprocal / self.n.max(1) as f64
    }
}

impl std::fmt::Display for HitRates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [hit1, hit3, hit10] = self.shares();
        write!(
            f,
            "{} 问：hit@1 {hit1:.3}  hit@3 {hit3:.3}  hit@10 {hit10:.3}  MRR@10 {:.3}",
            self.n,
            self.mrr10()
        )
    }
}

#[derive(Serialize)]
struct Figures {
    n: usize,
    hit1: f64,
    hit3: f64,
    hit10: f64,
    mrr10: f64,
    recall100: f64,
    mean_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// One line of the table.
#[derive(Serialize)]
struct TableRow {
    set: String,
    /// The caller's region; none: not told.
    region: Option<String>,
    n: usize,
    hit1: f64,
    hit3: f64,
    hit10: f64,
    mrr10: f64,
    /// Share of the questions that `/v1/answer` answers, and of these the share
    /// whose answer is right.
    answered: f64,
    answered_right: f64,
}

/// What is measured: a state of the index, and who tells questions' directions.
#[derive(Clone, Copy)]
struct State<'s> {
    snapshot: &'s Snapshot,
    asker: Option<&'s Asker>,
}

impl Eval {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let snapshot = store.snapshot()?;
        let remembered = snapshot.memory().len();
        if remembered > 0 {
            eprintln!("注意：记住了 {remembered} 个已答问题；这批问题若在其中，量出的会偏高");
        }
        let asker = store.asker()?;
        let state = State { snapshot: &snapshot, asker: asker.as_ref() };
        match self.files.as_slice() {
            [file] => self.measure_one(state, file)?,
            _ => self.measure_all(state)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn questions(&self, file: &Path) -> Result<Vec<Labelled>, CliError> {
        let name = file.to_string_lossy();
        let (path, field) = name.rsplit_once('#').unwrap_or((&name, &self.field));
        let mut questions = read_labelled(Path::new(path), field)?;
        questions.truncate(self.limit.unwrap_or(usize::MAX));
        Ok(questions)
    }

    fn measure_one(&self, state: State<'_>, file: &Path) -> Result<(), CliError> {
        let figures = measure(state, &self.questions(file)?, self.region)?;
        if self.json {
            println!("{}", serde_json::json!(figures));
        } else {
            println!(
                "{} 个问题：hit@1 {:.3}  hit@3 {:.3}  hit@10 {:.3}  MRR@10 {:.3}  recall@100 {:.3}\n用时：平均 {:.2} ms，p50 {:.2} ms，p99 {:.2} ms",
                figures.n,
                figures.hit1,
                figures.hit3,
                figures.hit10,
                figures.mrr10,
                figures.recall100,
                figures.mean_ms,
                figures.p50_ms,
                figures.p99_ms
            );
        }
        Ok(())
    }

    fn measure_all(&self, state: State<'_>) -> Result<(), CliError> {
        let mut rows = Vec::new();
        for file in &self.files {
            let questions = self.questions(file)?;
            let regions = [None].into_iter().chain(self.region.map(Some));
            for region in regions {
                let set = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                rows.push(table_row(state, set, &questions, region)?);
            }
        }
        if self.json {
            println!("{}", serde_json::json!(rows));
            return Ok(());
        }
        println!("| set | region | n | hit@1 | hit@3 | hit@10 | MRR@10 | answered | of these right |");
        println!("|---|---|---|---|---|---|---|---|---|");
        for row in &rows {
            println!(
                "| {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
                row.set,
                row.region.as_deref().unwrap_or("–"),
                row.n,
                row.hit1,
                row.hit3,
                row.hit10,
                row.mrr10,
                row.answered,
                row.answered_right
            );
        }
        Ok(())
    }
}

/// Whether a hit, or one with the same text, is a right one.
fn is_right(hit: &Hit, labelled: &Labelled) -> bool {
    std::iter::once(&hit.shown.entry.id).chain(&hit.same_text).any(|id| labelled.relevant.contains(id))
}

fn table_row(
    state: State<'_>,
    set: String,
    questions: &[Labelled],
    region: Option<Region>,
) -> Result<TableRow, CliError> {
    let today = jiff::Zoned::now().date();
    let ask = |labelled: &Labelled| {
        let oracle = oracle(state.asker, state.snapshot);
        let request = Request { region, oracle: Some(&oracle), ..Request::new(&labelled.question, today) };
        let answer = answer(state.snapshot, &request)?;
        let first_right = answer.results.hits.iter().position(|hit| is_right(hit, labelled));
        Ok((first_right, answer.status == AnswerStatus::Answered))
    };
    let asked: Vec<(Option<usize>, bool)> =
        questions.par_iter().map(ask).collect::<Result<_, IndexError>>()?;
    let mut rates = HitRates::default();
    asked.iter().for_each(|(first_right, _)| rates.add(*first_right));
    let answered: Vec<_> = asked.iter().filter(|(_, is_answered)| *is_answered).collect();
    let right = answered.iter().filter(|(first_right, _)| *first_right == Some(0)).count();
    let [hit1, hit3, hit10] = rates.shares();
    Ok(TableRow {
        set,
        region: region.map(|region| region.to_string()),
        n: questions.len(),
        hit1,
        hit3,
        hit10,
        mrr10: rates.mrr10(),
        answered: answered.len() as f64 / questions.len().max(1) as f64,
        answered_right: right as f64 / answered.len().max(1) as f64,
    })
}

/// Reads labelled questions; every malformed line is named.
pub(super) fn read_labelled(path: &Path, field: &str) -> Result<Vec<Labelled>, CliError> {
    let file_error = |reason: String| CliError::File { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| file_error(error.to_string()))?;
    let mut questions = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(line)
            .map_err(|error| file_error(format!("第 {} 行不是 JSON：{error}", at + 1)))?;
        let question = row[field].as_str();
        let relevant = row["relevant"].as_array();
        let (Some(question), Some(relevant)) = (question, relevant) else {
            return Err(file_error(format!("第 {} 行缺少 {field} 或 relevant", at + 1)));
        };
        let relevant = relevant.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        questions.push(Labelled { question: question.to_owned(), relevant });
    }
    Ok(questions)
}

fn measure(state: State<'_>, questions: &[Labelled], region: Option<Region>) -> Result<Figures, CliError> {
    let today = jiff::Zoned::now().date();
    let mut times_ms = Vec::with_capacity(questions.len());
    let mut rates = HitRates::default();
    let mut recall = 0.0;
    for labelled in questions {
        let oracle = oracle(state.asker, state.snapshot);
        let request = Request { region, oracle: Some(&oracle), ..Request::new(&labelled.question, today) };
        let began = Instant::now();
        search(state.snapshot, &request)?;
        times_ms.push(began.elapsed().as_secs_f64() * 1000.0);
        // A hundred for recall, outside the time: an agent's page has ten.
        let results = search(state.snapshot, &Request { limit: 100, ..request })?;
        rates.add(results.hits.iter().position(|hit| is_right(hit, labelled)));
        let found: HashSet<&String> = results
            .hits
            .iter()
            .flat_map(|hit| std::iter::once(&hit.shown.entry.id).chain(&hit.same_text))
            .filter(|id| labelled.relevant.contains(*id))
            .collect();
        recall += found.len() as f64 / labelled.relevant.len().max(1) as f64;
    }
    let n = questions.len().max(1) as f64;
    let [hit1, hit3, hit10] = rates.shares();
    times_ms.sort_by(f64::total_cmp);
    let percentile =
        |share: f64| times_ms.get((times_ms.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    Ok(Figures {
        n: questions.len(),
        hit1,
        hit3,
        hit10,
        mrr10: rates.mrr10(),
        recall100: recall / n,
        mean_ms: times_ms.iter().sum::<f64>() / n,
        p50_ms: percentile(0.5),
        p99_ms: percentile(0.99),
    })
}
