//! `jida learn`: labelled questions → the ranker and the question memory,
//! cross-validated, shown before and after, kept only where better.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use clap::Args;

use super::eval::{HitRates, Labelled};
use super::learn_journal::{labelled, learn_from_journal, weigh_from_journal};
use super::learn_lessons::LabelledFile;
use super::store::Store;
use super::{CliError, Folders};
use crate::adopting::{self, Adopters, ENOUGH_QUESTIONS, How};
use crate::index::{RANKING, drop_from_journal};
use crate::learning::{Asks, Certain, Checked, check, fit_confidence, learn};
use crate::library::{Adoption, Standing};
use crate::memory::QuestionMemory;
use crate::ranking::{Confidence, Ranking};

/// Gain of the mean MRR@10 from which what was learned is installed.
const LEAST_GAIN: f64 = 0.002;
/// Parts of the cross-validation.
pub(super) const FOLDS: u32 = 5;

#[derive(Args)]
pub(super) struct Learn {
    /// 每行一个 JSON 对象，含 question 和 relevant；文件名后可加 #字段 换一个字段作问题
    #[arg(required_unless_present = "journal", value_name = "文件")]
    pub(super) files: Vec<PathBuf>,
    /// 从日志学：话务员复制、据以答复的条目记为已答问题，够多时也学权重；至少两人采用、考题不变差才记
    #[arg(long, conflicts_with_all = ["by_meaning", "write", "places"])]
    journal: bool,
    /// 与 --journal 同用：看最近几天的日志
    #[arg(long, default_value_t = adopting::DAYS, requires = "journal", value_parser = clap::value_parser!(u32).range(1..=3650), value_name = "天数")]
    days: u32,
    /// 与 --journal 同用：几个坐席共用一个密钥时，每个坐席算一人（坐席号由话务台填写，即答无法核实）
    #[arg(long, requires = "journal")]
    by_seats: bool,
    /// 每行一个不该答复的问题，“# ”开头的行不算；用来学把握
    #[arg(long, value_name = "文件")]
    pub(super) unanswerable: Option<PathBuf>,
    /// 再从另一个知识库的问题学：它的文件夹、索引、问题文件，可写几次；小库与大库一起学，权重在两边都合适
    #[arg(long, num_args = 3, action = clap::ArgAction::Append, value_names = ["知识库", "索引", "文件"], conflicts_with = "journal")]
    pub(super) beside: Vec<PathBuf>,
    /// 学到的权重写到这个文件，不装进知识库，也不记住问题
    #[arg(long, value_name = "文件")]
    pub(super) write: Option<PathBuf>,
    /// 每个问题首条正确结果的名次（从 0 起，不在前十为 null）写到这个文件
    #[arg(long, value_name = "文件")]
    places: Option<PathBuf>,
    /// 只量现在的权重，不学新的
    #[arg(long)]
    pub(super) dry_run: bool,
    /// 逐个留出来源：每个文件的问题用没学过它的权重来问，旁边是不调的 BM25
    #[arg(long, conflicts_with_all = ["journal", "by_meaning", "places"])]
    leave_out: bool,
    /// 学按意思问时的权重（要有向量服务，知识库算过向量）
    #[arg(long)]
    by_meaning: bool,
    #[command(flatten)]
    folders: Folders,
}

/// Hit rates of one file's questions, by ranker and by what was remembered.
#[derive(Default, Clone)]
struct Compared {
    now: HitRates,
    now_remembering: HitRates,
    learned: HitRates,
    learned_remembering: HitRates,
}

/// Origins of one file's questions with the place of the first right result.
#[derive(Default, Clone)]
struct Places {
    learned: Vec<(u32, Option<usize>)>,
    learned_remembering: Vec<(u32, Option<usize>)>,
}

/// Writes, by file, the places in the order of its questions.
fn write_places(path: &std::path::Path, files: &[LabelledFile], places: Vec<Places>) -> Result<(), CliError> {
    let in_order = |mut places: Vec<(u32, Option<usize>)>| -> Vec<Option<usize>> {
        places.sort_by_key(|&(origin, _)| origin);
        places.into_iter().map(|(_, place)| place).collect()
    };
    let of_file = |((name, _), places): (&LabelledFile, Places)| {
        let learned = in_order(places.learned);
        let remembering = in_order(places.learned_remembering);
        (name.clone(), serde_json::json!({ "learned": learned, "learned_remembering": remembering }))
    };
    let all: serde_json::Map<String, serde_json::Value> = files.iter().zip(places).map(of_file).collect();
    Ok(std::fs::write(path, serde_json::to_string(&all).map_err(std::io::Error::other)?)?)
}

impl Learn {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        store.fill_if_empty()?;
        let generation = store.current()?;
        let snapshot = generation.snapshot()?;
        let mut from_journal = None;
        if self.journal {
            let adopters = if self.by_seats { Adopters::Seats } else { Adopters::Keys };
            let today = jiff::Zoned::now().date();
            let (stop, endpoint) = (AtomicBool::new(false), store.endpoint()?);
            let (days, dry_run, endpoint) = (self.days, self.dry_run, endpoint.as_ref());
            let how = How { days, adopters, today, dry_run, endpoint, stop: &stop };
            let learned = learn_from_journal(&mut store, &generation, &how)?;
            if self.files.is_empty() {
                weigh_from_journal((&store.corpus, &snapshot), &learned, &how)?;
                return Ok(ExitCode::SUCCESS);
            }
            from_journal = Some(labelled(&learned.believed)).filter(|(_, all)| all.len() >= ENOUGH_QUESTIONS);
        }
        if self.by_meaning {
            self.run_by_meaning(&mut store, &snapshot)?;
            return Ok(ExitCode::SUCCESS);
        }
        let beside = self.beside_snapshots()?;
        let (files, lessons, refused) = self.libraries(&snapshot, from_journal, &beside)?;
        if self.leave_out {
            return self.run_leaving_out(&files, &lessons, &refused);
        }
        let mut compared = vec![Compared::default(); files.len()];
        let mut certain: Vec<Vec<Certain>> = vec![Vec::new(); lessons.len()];
        let mut places = vec![Places::default(); files.len()];
        let nothing = QuestionMemory::default();
        for fold in 0..FOLDS {
            let is_tested = |origin: u32| origin % FOLDS == fold;
            let ranking = match self.dry_run {
                true => None,
                false => Some(learn(&lessons, Asks::ByWords, |lesson| !is_tested(lesson.origin))?),
            };
            for (library, (lessons, refused)) in lessons.iter().zip(&refused).enumerate() {
                let memory = lessons.memory(|lesson| !is_tested(lesson.origin));
                let asked = lessons.all.iter().filter(|lesson| is_tested(lesson.origin));
                let sets: Vec<usize> = asked.clone().map(|lesson| lesson.set).collect();
                let origins: Vec<u32> = asked.map(|lesson| lesson.origin).collect();
                let tested = |ranking: &Ranking, memory: &QuestionMemory| {
                    check(lessons, ranking, memory, Asks::ByWords, |lesson| is_tested(lesson.origin))
                };
                let current = lessons.snapshot.ranking(false);
                add(&mut compared, &sets, &tested(current, &nothing)?, |set| &mut set.now);
                add(&mut compared, &sets, &tested(current, &memory)?, |set| &mut set.now_remembering);
                let Some(ranking) = &ranking else { continue };
                let unseen = tested(ranking, &nothing)?;
                let remembering = tested(ranking, &memory)?;
                for (at, (&set, &origin)) in sets.iter().zip(&origins).enumerate() {
                    let place = |checked: &Checked| checked.first_right.filter(|&place| place < 10);
                    places[set].learned.push((origin, place(&unseen[at])));
                    places[set].learned_remembering.push((origin, place(&remembering[at])));
                }
                add(&mut compared, &sets, &unseen, |set| &mut set.learned);
                add(&mut compared, &sets, &remembering, |set| &mut set.learned_remembering);
                for memory in [&nothing, &memory] {
                    let refused =
                        check(refused, ranking, memory, Asks::ByWords, |lesson| is_tested(lesson.origin))?;
                    certain[library].extend(refused.into_iter().filter_map(|checked| checked.first));
                }
                certain[library]
                    .extend(unseen.into_iter().chain(remembering).filter_map(|checked| checked.first));
            }
            eprintln!("第 {} 折（共 {FOLDS} 折）量完", fold + 1);
        }
        print_compared(&files, &compared, self.dry_run);
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(path) = &self.places {
            write_places(path, &files, places)?;
        }
        let confidence = fit_confidence(&certain.concat());
        for certain in &certain {
            print_reliability(certain, &confidence);
        }
        let mean = |of: fn(&Compared) -> &HitRates| {
            compared.iter().map(|set| of(set).mrr10()).sum::<f64>() / compared.len().max(1) as f64
        };
        let gain = mean(|set| &set.learned_remembering) - mean(|set| &set.now_remembering);
        let is_better = gain > LEAST_GAIN;
        let installed = self.folders.corpus.join(RANKING);
        if let Some(path) = self.write.as_ref().or(is_better.then_some(&installed)) {
            let ranking = Ranking { confidence, ..learn(&lessons, Asks::ByWords, |_| true)? };
            std::fs::write(path, installable(&files, &ranking)?)?;
            if *path == installed {
                drop_what_it_replaces(&self.folders.corpus)?;
            }
            println!("平均 MRR@10 变化 {gain:+.3}，已写入 {}；运行 jida reindex 后生效", path.display());
        } else {
            println!("平均 MRR@10 变化 {gain:+.3}，没有更好，权重不换");
        }
        if self.write.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
        // The journal's own are remembered by then, each by whoever chose it.
        let files: Vec<LabelledFile> = files.into_iter().take(self.files.len()).collect();
        if files.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        let gain = if is_better {
            mean(|set| &set.learned_remembering) - mean(|set| &set.learned)
        } else {
            mean(|set| &set.now_remembering) - mean(|set| &set.now)
        };
        if gain > LEAST_GAIN {
            let kept = store.library.adopt(&adoptions(&files, jiff::Zoned::now().date()))?;
            println!(
                "记住已答问题，平均 MRR@10 变化 {gain:+.3}：已记住 {kept} 条，马上生效（jida memory 可查看、删去）"
            );
        } else {
            println!("记住已答问题，平均 MRR@10 变化 {gain:+.3}，没有更好，不记");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn add(
    compared: &mut [Compared],
    sets: &[usize],
    checked: &[Checked],
    of: impl Fn(&mut Compared) -> &mut HitRates,
) {
    for (&set, checked) in sets.iter().zip(checked) {
        of(&mut compared[set]).add(checked.first_right);
    }
}

/// A ranker as it stands in a file, fit on these.
pub(super) fn installable(files: &[LabelledFile], ranking: &Ranking) -> Result<String, CliError> {
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let text = serde_json::to_string(&ranking.to_file(&names.join(" "))).map_err(std::io::Error::other)?;
    Ok(text + "\n")
}

/// What the journal taught was a change of the weights before.
pub(super) fn drop_what_it_replaces(corpus: &std::path::Path) -> Result<(), CliError> {
    if drop_from_journal(corpus)? {
        println!("原来从日志学的权重已撤下；用得够久后 jida learn --journal 会再学");
    }
    Ok(())
}

/// The labelled questions as adoptions by their files.
fn adoptions(files: &[LabelledFile], today: jiff::civil::Date) -> Vec<Adoption> {
    let of_file = |(name, questions): &LabelledFile| {
        let adoption = |question: &str, entry_id: &String| Adoption {
            question: question.to_owned(),
            entry_id: entry_id.clone(),
            adopted_by: name.clone(),
            adopted_on: today,
            standing: Standing::Curated,
        };
        let of_question = |(_, labelled): &(u32, Labelled)| -> Vec<Adoption> {
            labelled.relevant.iter().map(|id| adoption(&labelled.question, id)).collect()
        };
        questions.iter().flat_map(of_question).collect::<Vec<_>>()
    };
    files.iter().flat_map(of_file).collect()
}

fn print_compared(files: &[LabelledFile], compared: &[Compared], is_dry: bool) {
    for ((name, _), set) in files.iter().zip(compared) {
        println!("{name}");
        println!("  现在                  {}", set.now);
        println!("  现在，记住其余各折    {}", set.now_remembering);
        if !is_dry {
            println!("  学后                  {}", set.learned);
            println!("  学后，记住其余各折    {}", set.learned_remembering);
        }
    }
}

/// How often hits of a certainty are right, and what a threshold answers.
pub(super) fn print_reliability(certain: &[Certain], confidence: &Confidence) {
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
