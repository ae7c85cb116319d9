//! `jida learn --journal`: what agents chose becomes question memory, and with
//! enough of it lessons for the ranker.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::CliError;
use super::eval::Labelled;
use super::learn::{FOLDS, LabelledFile};
use super::store::Store;
use crate::adopting::{Adopters, Judged, LeftOut, Pass, Report, Verdict, believed};
use crate::index::Generation;
use crate::journal::{Journal, JournalError};
use crate::library::{Adoption, AdoptionFilter};
use crate::reindexing::add_written;
use crate::replay::{GoldenSet, MOST_QUESTIONS};

/// Name of the journal among the files that are learned from.
const NAME: &str = "日志";
/// Believed questions from which on the ranker's weights are learned from the
/// journal alone.
const ENOUGH_LESSONS: usize = 1_000;

/// How the journal is read.
pub(super) struct FromJournal {
    pub days: u32,
    pub adopters: Adopters,
    pub dry_run: bool,
}

impl FromJournal {
    /// Learns the memory, and returns the believed answers as labelled questions
    /// where there are enough of them for the ranker.
    pub fn run(&self, store: &mut Store, generation: &Generation) -> Result<Option<LabelledFile>, CliError> {
        let since = Timestamp::now() - SignedDuration::from_hours(24 * i64::from(self.days));
        let chosen = Journal::new(&store.corpus, false).chosen(since)?;
        let forgotten = store.library.forgotten()?;
        let believed = believed(generation.words(), &chosen, self.adopters, &forgotten);
        let lessons = labelled(&believed.adoptions);
        let known = store.library.adoptions(&AdoptionFilter::default())?;
        let mut golden = GoldenSet::default();
        golden.add_similar(&store.library)?;
        add_written(&mut golden, &store.corpus, &[])?;
        let golden = golden.sample(MOST_QUESTIONS);
        let snapshot = store.remembered(generation)?.snapshot_of(generation)?;
        let today = jiff::Zoned::now().date();
        let pass = Pass { snapshot: &snapshot, known: &known, golden: &golden, today };
        let Judged { adoptions, report } = pass.judge(believed)?;
        print_report(self.days, &report);
        if !self.dry_run && report.verdict == Verdict::Learned {
            store.library.adopt(&adoptions)?;
            println!("已记住，马上生效（jida memory 可查看、删去；删去的不会再学）");
        }
        Ok((lessons.1.len() >= ENOUGH_LESSONS).then_some(lessons))
    }
}

/// Believed answers as a file of labelled questions.
fn labelled(adoptions: &[Adoption]) -> LabelledFile {
    let mut entries: BTreeMap<&str, Labelled> = BTreeMap::new();
    for adoption in adoptions {
        let labelled = entries.entry(&adoption.question).or_insert_with(|| Labelled {
            question: adoption.question.clone(),
            relevant: Default::default(),
        });
        labelled.relevant.insert(adoption.entry_id.clone());
    }
    // Far from the numbers of files' lines, which begin at the folds.
    let first = u32::MAX / 2 / FOLDS * FOLDS;
    (NAME.to_owned(), (first..).zip(entries.into_values()).collect())
}

fn print_report(days: u32, report: &Report) {
    let LeftOut { implausible, alone, outvoted, forgotten } = report.left_out;
    println!("最近 {days} 天话务员采用的答案：可信 {} 个，其中新的 {} 个", report.believed, report.new);
    println!(
        "  不采信：只有一人采用 {alone}，多数人采用了别的 {outvoted}，一天内采用得太多 {implausible}，已被删去 {forgotten}"
    );
    if report.held_back > 0 {
        println!(
            "  没记住的 {} 问：MRR@10 {:.3}，记住其余各折 {:.3}",
            report.held_back, report.mrr_before, report.mrr_after
        );
    }
    if report.golden > 0 {
        println!("  重放考题 {} 个；会使考题变差而剔除的答案 {} 个", report.golden, report.hurtful);
    }
    let verdict = match report.verdict {
        Verdict::Learned => "可以记住",
        Verdict::NothingNew => "没有新的",
        Verdict::NotBetter => "没有更好，不记",
        Verdict::HurtsGolden => "有考题会变差，不记",
    };
    println!("  结论：{verdict}");
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> CliError {
        CliError::Figures(error.into())
    }
}
