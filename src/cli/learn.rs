//! `jida learn`: labelled questions → weights of the ranker, cross-validated,
//! shown before and after, kept only where better.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::eval::{HitRates, read_labelled};
use super::store::Store;
use super::{CliError, Folders};
use crate::index::{Filter, Place, RANKING, Snapshot, ValidityFilter, day_number};
use crate::learning::{Case, Certain, Kept, TermCounts, fit, fit_confidence};
use crate::ranking::{ClassWeights, Confidence, Ranking, Row, Telling};
use crate::search::{Question, confidence_inputs, gather};
use crate::text;

/// Gain of the mean MRR@10 from which learned weights are installed.
const LEAST_GAIN: f64 = 0.002;
/// Parts of the cross-validation.
const FOLDS: usize = 5;

#[derive(Args)]
pub(super) struct Learn {
    /// 每行一个 JSON 对象，含 question 和 relevant；文件名后可加 #字段 换一个字段作问题
    #[arg(required = true, value_name = "文件")]
    files: Vec<PathBuf>,
    /// 每行一个不该答复的问题，“# ”开头的行不算；用来学把握
    #[arg(long, value_name = "文件")]
    unanswerable: Option<PathBuf>,
    /// 学到的权重写到这个文件；不给时，交叉验证更好才装进知识库文件夹
    #[arg(long, value_name = "文件")]
    write: Option<PathBuf>,
    #[command(flatten)]
    folders: Folders,
}

/// A labelled question on its way to a case.
struct Asked {
    set: usize,
    fold: usize,
    question: Question,
    /// Texts of the right entries: entries of one text are one answer.
    right_texts: HashSet<u64>,
    kept: Kept,
    weight: f32,
}

/// A question's case with what its figures are counted from.
struct Example {
    case: Case,
    /// Candidates with the same text are one result.
    texts: Vec<u64>,
    terms: usize,
}

impl Learn {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let snapshot = store.current()?.snapshot()?;
        let asked = self.asked(&snapshot)?;
        let refused = self.refused(&snapshot)?;
        let mut before: Vec<HitRates> = self.files.iter().map(|_| HitRates::default()).collect();
        let mut after = before.clone();
        let mut certain = Vec::new();
        for fold in 0..FOLDS {
            let mut counts = TermCounts::default();
            asked.iter().filter(|one| one.fold != fold).for_each(|one| counts.add(&one.kept, 1.0));
            let weights = fit_on(&snapshot, &asked, &mut counts, |one| one.fold != fold)?;
            let telling = counts.telling(None);
            for (at, one) in refused.iter().enumerate() {
                if at % FOLDS == fold {
                    certain.extend(example(&snapshot, one, &telling)?.first_hit(&weights));
                }
            }
            for one in asked.iter().filter(|one| one.fold == fold) {
                let current = snapshot.ranking();
                let example_now = example(&snapshot, one, &current.telling)?;
                before[one.set].add(example_now.first_right(&current.weights));
                let example = example(&snapshot, one, &telling)?;
                after[one.set].add(example.first_right(&weights));
                certain.extend(example.first_hit(&weights));
            }
        }
        for (set, file) in self.files.iter().enumerate() {
            println!("{}", file.display());
            println!("  现在      {}", before[set]);
            println!("  交叉验证  {}", after[set]);
        }
        let confidence = fit_confidence(&certain);
        print_reliability(&certain, &confidence);
        let mean = |figures: &[HitRates]| {
            figures.iter().map(HitRates::mrr10).sum::<f64>() / figures.len().max(1) as f64
        };
        let gain = mean(&after) - mean(&before);
        let installed = self.folders.corpus.join(RANKING);
        let target = match &self.write {
            Some(path) => Some(path),
            None if gain > LEAST_GAIN => Some(&installed),
            None => None,
        };
        if target.is_none() {
            println!("平均 MRR@10 变化 {gain:+.3}，没有更好，不安装");
        }
        if let Some(path) = target {
            let mut counts = TermCounts::default();
            asked.iter().for_each(|one| counts.add(&one.kept, 1.0));
            let weights = fit_on(&snapshot, &asked, &mut counts, |_| true)?;
            let names: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
            let telling = counts.telling(None);
            let file = Ranking { weights, telling, confidence }.to_file(&names.join(" "));
            let text = serde_json::to_string_pretty(&file).map_err(std::io::Error::other)?;
            std::fs::write(path, text + "\n")?;
            println!("平均 MRR@10 变化 {gain:+.3}，已写入 {}；运行 jida reindex 后生效", path.display());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn asked(&self, snapshot: &Snapshot) -> Result<Vec<Asked>, CliError> {
        let mut asked = Vec::new();
        for (set, file) in self.files.iter().enumerate() {
            let name = file.to_string_lossy();
            let (path, field) = name.rsplit_once('#').unwrap_or((&name, "question"));
            let questions = read_labelled(&PathBuf::from(path), field)?;
            let weight = 1.0 / questions.len().max(1) as f32;
            for (at, labelled) in questions.into_iter().enumerate() {
                let question = Question::understand(snapshot.cutter(), &labelled.question);
                let mut right = Vec::new();
                for id in &labelled.relevant {
                    right.extend(snapshot.place_of(id)?);
                }
                let right_texts = right.iter().map(|&place| snapshot.facts(place).text_hash).collect();
                let kept = kept(snapshot, &question, &right)?;
                asked.push(Asked { set, fold: at % FOLDS, question, right_texts, kept, weight });
            }
        }
        Ok(asked)
    }

    /// Questions no entry answers.
    fn refused(&self, snapshot: &Snapshot) -> Result<Vec<Asked>, CliError> {
        let Some(path) = &self.unanswerable else { return Ok(Vec::new()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| CliError::File { path: path.clone(), reason: error.to_string() })?;
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("# "));
        let refused = lines.map(|line| Asked {
            set: 0,
            fold: 0,
            question: Question::understand(snapshot.cutter(), line),
            right_texts: HashSet::new(),
            kept: Kept::new(),
            weight: 1.0,
        });
        Ok(refused.collect())
    }
}

/// Fits weights to the chosen questions, each seen with what the *others* say
/// about its terms, as an unknown question will be.
fn fit_on(
    snapshot: &Snapshot,
    asked: &[Asked],
    counts: &mut TermCounts,
    chosen: impl Fn(&Asked) -> bool,
) -> Result<ClassWeights, CliError> {
    let mut cases = Vec::new();
    for one in asked.iter().filter(|one| chosen(one)) {
        counts.add(&one.kept, -1.0);
        let telling = counts.telling(Some(&one.kept));
        counts.add(&one.kept, 1.0);
        cases.push(example(snapshot, one, &telling)?.case);
    }
    Ok(fit(cases.iter()))
}

/// The question's terms, each with the share of right entries that hold it.
fn kept(snapshot: &Snapshot, question: &Question, right: &[Place]) -> Result<Kept, CliError> {
    let mut texts = Vec::new();
    for &place in right {
        let entry = snapshot.shown(place)?.entry;
        let parts = [&entry.title, &entry.body].into_iter().chain(&entry.similar_questions);
        texts.push(text::normalise(&parts.cloned().collect::<Vec<_>>().join("\n")));
    }
    let mut terms: Vec<&String> =
        question.terms.words.iter().chain(question.terms.grams.iter().map(|gram| &gram.1)).collect();
    terms.sort_unstable();
    terms.dedup();
    if texts.is_empty() {
        return Ok(Kept::new());
    }
    let share = |term: &String| {
        let holding = texts.iter().filter(|text| text.contains(term.as_str())).count();
        holding as f32 / texts.len() as f32
    };
    Ok(terms.into_iter().map(|term| (term.clone(), share(term))).collect())
}

fn example(snapshot: &Snapshot, asked: &Asked, telling: &Telling) -> Result<Example, CliError> {
    let filter = Filter {
        as_of: day_number(jiff::Zoned::now().date()),
        validity: ValidityFilter::Current,
        region: None,
        kind: None,
    };
    let gathered = gather(snapshot, &asked.question, &filter, telling, &[])?;
    let texts: Vec<u64> = gathered.candidates.iter().map(|candidate| candidate.facts.text_hash).collect();
    let right = texts.iter().map(|text| asked.right_texts.contains(text)).collect();
    Ok(Example {
        case: Case { rows: gathered.rows, right, weight: asked.weight },
        texts,
        terms: gathered.terms,
    })
}

impl Example {
    /// Candidates best first, each text once.
    fn ranked(&self, weights: &ClassWeights) -> Vec<(usize, f32)> {
        let mut ranked: Vec<(usize, f32)> =
            self.case.rows.iter().map(|row| weights.score(row)).enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut seen = HashSet::new();
        ranked.retain(|&(at, _)| seen.insert(self.texts[at]));
        ranked
    }

    /// Place of the first right candidate.
    fn first_right(&self, weights: &ClassWeights) -> Option<usize> {
        self.ranked(weights).iter().position(|&(at, _)| self.case.right[at])
    }

    /// The first hit with what its certainty is told from.
    fn first_hit(&self, weights: &ClassWeights) -> Option<Certain> {
        let (order, scores): (Vec<usize>, Vec<f32>) = self.ranked(weights).into_iter().unzip();
        let rows: Vec<&Row> = order.iter().map(|&at| &self.case.rows[at]).collect();
        let right = self.case.right[*order.first()?];
        Some(Certain { inputs: confidence_inputs(&rows, &scores, 0, self.terms), right })
    }
}

/// How often hits of a certainty are right, and what a threshold answers.
fn print_reliability(certain: &[Certain], confidence: &Confidence) {
    let told: Vec<(f32, bool)> = certain.iter().map(|one| (confidence.of(&one.inputs), one.right)).collect();
    println!("把握 → 首条正确的比例（交叉验证）");
    let mut error = 0.0;
    for tenth in 0..10 {
        let is_here = |sure: f32| ((sure * 10.0) as usize).min(9) == tenth;
        let here: Vec<_> = told.iter().filter(|(sure, _)| is_here(*sure)).collect();
        let right = here.iter().filter(|(_, right)| *right).count() as f32 / here.len().max(1) as f32;
        let sure = here.iter().map(|(sure, _)| sure).sum::<f32>() / here.len().max(1) as f32;
        error += (right - sure).abs() * here.len() as f32 / told.len().max(1) as f32;
        println!("  {sure:.2} → {right:.2}（{} 问）", here.len());
    }
    println!("  期望校准误差 {error:.3}");
    for threshold in [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8] {
        let answered: Vec<_> = told.iter().filter(|(sure, _)| *sure >= threshold).collect();
        let right = answered.iter().filter(|(_, right)| *right).count();
        println!(
            "  从 {threshold:.2} 起答复：答 {:.3}，其中正确 {:.3}",
            answered.len() as f32 / told.len().max(1) as f32,
            right as f32 / answered.len().max(1) as f32
        );
    }
}
