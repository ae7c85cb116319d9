//! `jida learn --journal`: what agents chose becomes question memory, and with
//! enough of it lessons for the ranker.

use std::collections::BTreeMap;

use super::CliError;
use super::eval::Labelled;
use super::learn::{FOLDS, LabelledFile};
use super::store::Store;
use crate::adopting::{How, Learned, LeftOut, Report, Verdict, learn};
use crate::index::Generation;
use crate::library::Adoption;

/// Name of the journal among the files that are learned from.
const NAME: &str = "日志";
/// Believed questions from which on the ranker's weights are learned from the
/// journal alone.
const ENOUGH_LESSONS: usize = 1_000;

/// Learns the memory, and returns the believed answers as labelled questions
/// where there are enough of them for the ranker.
pub(super) fn learn_from_journal(
    store: &mut Store,
    generation: &Generation,
    how: &How<'_>,
) -> Result<Option<LabelledFile>, CliError> {
    let snapshot = store.remembered(generation)?.snapshot_of(generation)?;
    let corpus = store.corpus.clone();
    let Learned { report, believed } = learn(&mut store.library, (&corpus, &snapshot), how)?;
    print_report(how.days, &report);
    if !how.dry_run && report.verdict == Verdict::Learned {
        println!("已记住，马上生效（jida memory 可查看、删去；删去的不会再学）");
    }
    let lessons = labelled(&believed);
    Ok((lessons.1.len() >= ENOUGH_LESSONS).then_some(lessons))
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
            "  没记住的 {} 问：采用的条目在前三的 {:.3}，记住其余各折 {:.3}",
            report.held_back, report.hit3_before, report.hit3_after
        );
    }
    if report.golden > 0 {
        println!("  重放考题 {} 个；会使考题变差而剔除的答案 {} 个", report.golden, report.hurtful);
    }
    let verdict = match report.verdict {
        Verdict::Learned => "可以记住",
        Verdict::NothingNew => "没有新的",
        Verdict::Misses => "找得到的问题少了，不记",
        Verdict::HurtsGolden => "有考题会变差，不记",
    };
    println!("  结论：{verdict}");
}
