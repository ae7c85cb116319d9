//! `jida learn`: labelled questions → weights of the ranker, cross-validated,
//! shown before and after, kept only where better.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::eval::{Labelled, read_labelled};
use super::store::Store;
use super::{CliError, Folders};
use crate::index::{Filter, Snapshot, ValidityFilter, day_number};
use crate::learning::{Case, fit};
use crate::search::{Question, Ranking, gather};

/// Parts of the cross-validation.
const FOLDS: usize = 5;

#[derive(Args)]
pub(super) struct Learn {
    /// 每行一个 JSON 对象，含 question 和 relevant；文件名后可加 #字段 换一个字段作问题
    #[arg(required = true, value_name = "文件")]
    files: Vec<PathBuf>,
    /// 学到的权重写到这个文件
    #[arg(long, value_name = "文件")]
    write: Option<PathBuf>,
    #[command(flatten)]
    folders: Folders,
}

/// A question's case with what its figures are counted from.
struct Example {
    set: usize,
    fold: usize,
    case: Case,
    /// Candidates with the same text are one result.
    texts: Vec<u64>,
}

impl Learn {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let snapshot = store.current()?.snapshot()?;
        let mut examples = Vec::new();
        for (set, file) in self.files.iter().enumerate() {
            let name = file.to_string_lossy();
            let (path, field) = name.rsplit_once('#').unwrap_or((&name, "question"));
            let questions = read_labelled(&PathBuf::from(path), field)?;
            let weight = 1.0 / questions.len().max(1) as f32;
            for (at, labelled) in questions.iter().enumerate() {
                examples.push(example(&snapshot, labelled, set, at % FOLDS, weight)?);
            }
        }
        let fitted: Vec<Ranking> = (0..FOLDS)
            .map(|fold| fit(examples.iter().filter(|one| one.fold != fold).map(|one| &one.case)))
            .collect();
        for (set, file) in self.files.iter().enumerate() {
            let of_set = || examples.iter().filter(|example| example.set == set);
            let before = figures(of_set(), |_| Ranking::shipped());
            let after = figures(of_set(), |example| &fitted[example.fold]);
            println!("{}", file.display());
            println!("  现在      {before}");
            println!("  交叉验证  {after}");
        }
        if let Some(path) = &self.write {
            let all = fit(examples.iter().map(|example| &example.case));
            let names: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
            let file = all.to_file(&names.join(" "));
            let text = serde_json::to_string_pretty(&file).map_err(std::io::Error::other)?;
            std::fs::write(path, text + "\n")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn example(
    snapshot: &Snapshot,
    labelled: &Labelled,
    set: usize,
    fold: usize,
    weight: f32,
) -> Result<Example, CliError> {
    let filter = Filter {
        as_of: day_number(jiff::Zoned::now().date()),
        validity: ValidityFilter::Current,
        region: None,
        kind: None,
    };
    let question = Question::understand(snapshot.cutter(), &labelled.question);
    let gathered = gather(snapshot, &question, &filter)?;
    // Entries of one text are one answer: with one right, all are.
    let mut texts = Vec::new();
    let mut right_texts: HashSet<u64> = HashSet::new();
    for candidate in &gathered.candidates {
        texts.push(candidate.facts.text_hash);
        if labelled.relevant.contains(&snapshot.id(candidate.place)?) {
            right_texts.insert(candidate.facts.text_hash);
        }
    }
    let right = texts.iter().map(|text| right_texts.contains(text)).collect();
    let case = Case { rows: gathered.rows, right, weight };
    Ok(Example { set, fold, case, texts })
}

/// hit@1, hit@3, hit@10, MRR@10 of examples, each ranked by its ranking.
fn figures<'a, 'r>(
    examples: impl Iterator<Item = &'a Example>,
    ranking: impl Fn(&Example) -> &'r Ranking,
) -> String {
    let (mut n, mut hits, mut reciprocal) = (0_usize, [0_usize; 3], 0.0);
    for example in examples {
        n += 1;
        let ranking = ranking(example);
        let scores: Vec<f32> = example.case.rows.iter().map(|row| ranking.score(row)).collect();
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let mut seen = HashSet::new();
        order.retain(|&at| seen.insert(example.texts[at]));
        if let Some(first) = order.iter().take(10).position(|&at| example.case.right[at]) {
            for (hit, within) in hits.iter_mut().zip([1, 3, 10]) {
                *hit += usize::from(first < within);
            }
            reciprocal += 1.0 / (first + 1) as f64;
        }
    }
    let share = |count: usize| count as f64 / n.max(1) as f64;
    format!(
        "{n} 问：hit@1 {:.3}  hit@3 {:.3}  hit@10 {:.3}  MRR@10 {:.3}",
        share(hits[0]),
        share(hits[1]),
        share(hits[2]),
        reciprocal / n.max(1) as f64
    )
}
