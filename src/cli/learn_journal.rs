//! `jida learn --journal`: what agents chose becomes question memory, and with
//! enough of it the weights are learned from it.

use std::collections::BTreeMap;
use std::path::Path;

use super::CliError;
use super::eval::Labelled;
use super::learn::FOLDS;
use super::learn_lessons::LabelledFile;
use super::store::Store;
use crate::adopting::{ENOUGH_QUESTIONS, How, Learned, LeftOut, Report, Verdict, Weighed, learn, weigh};
use crate::index::{Generation, RANKINGS_FROM_JOURNAL, Snapshot};
use crate::library::Adoption;

/// Name of the journal among the files that are learned from.
const NAME: &str = "日志";

/// Learns the memory.
pub(super) fn learn_from_journal(
    store: &mut Store,
    generation: &Generation,
    how: &How<'_>,
) -> Result<Learned, CliError> {
    let snapshot = store.remembered(generation)?.snapshot_of(generation)?;
    let corpus = store.corpus.clone();
    let learned = learn(&mut store.library, (&corpus, &snapshot), how)?;
    print_report(how.days, &learned.report);
    if !how.dry_run && learned.report.verdict == Verdict::Learned {
        println!("已记住，马上生效（jida memory 可查看、删去；删去的不会再学）");
    }
    Ok(learned)
}

/// Learns the weights from what was believed, where that is enough.
pub(super) fn weigh_from_journal(
    (corpus, snapshot): (&Path, &Snapshot),
    learned: &Learned,
    how: &How<'_>,
) -> Result<(), CliError> {
    let Some(weighed) = weigh((corpus, snapshot), learned, how)? else {
        println!("可信的问题不到 {ENOUGH_QUESTIONS} 个，还不够学权重，权重不变");
        return Ok(());
    };
    let Weighed { questions, before, after, rankings, .. } = weighed;
    println!(
        "从 {questions} 个问题学权重，没学过的问题 MRR@10 {before:.3} → {after:.3}（交叉验证，记住其余各折）"
    );
    match rankings {
        None => println!("没有更好，权重不变"),
        Some(_) if how.dry_run => println!("更好，可以换（只看不换）"),
        Some(_) => {
            let path = corpus.join(RANKINGS_FROM_JOURNAL);
            println!("已写入 {}；运行 jida reindex 后生效，删去此文件再 reindex 就收回", path.display());
        }
    }
    Ok(())
}

/// Believed answers as a file of labelled questions.
pub(super) fn labelled(adoptions: &[Adoption]) -> LabelledFile {
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
