//! `jida learn --leave-out`: how the ranking does in a library it has never seen.
//! Each file is a source: its questions are asked of a ranker that has learned from
//! all other sources, beside plain BM25. How certain hits are is fit on the same
//! answers, so it too is told of sources not learned from.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use super::CliError;
use super::eval::HitRates;
use super::learn::{Learn, installable, print_reliability};
use super::learn_lessons::LabelledFile;
use crate::index::IndexError;
use crate::learning::{Asks, Certain, Checked, Examples, Lessons, check_plain, fit_confidence, learn_from};
use crate::ranking::{Confidence, Ranking};
use crate::search::ANSWER_CONFIDENCE;

/// What came of one file's questions in one library.
struct LeftOut<'f> {
    file: &'f str,
    plain: HitRates,
    left_out: HitRates,
    /// By the ranker that has learned from all sources, this one among them.
    taught: HitRates,
    certain: Vec<Certain>,
}

/// The file a source is told by: one that is asked in two fields is one source.
fn source_of(file: &str) -> &str {
    let path = file.rsplit_once('#').map_or(file, |(path, _)| path);
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

/// Hit rates from the places of the first right results.
fn rates(places: impl Iterator<Item = Option<usize>>) -> HitRates {
    let mut rates = HitRates::default();
    places.for_each(|place| rates.add(place));
    rates
}

fn rates_of(checked: &[Checked]) -> HitRates {
    rates(checked.iter().map(|checked| checked.first_right))
}

impl Learn {
    pub(super) fn run_leaving_out(
        &self,
        files: &[LabelledFile],
        libraries: &[Lessons<'_>],
        refused: &[Lessons<'_>],
    ) -> Result<ExitCode, CliError> {
        let gathered = |lessons: &Lessons<'_>| Examples::of(lessons, Asks::ByWords, |_| true);
        let examples: Vec<Examples> = libraries.iter().map(gathered).collect::<Result<_, IndexError>>()?;
        let refused: Vec<Examples> = refused.iter().map(gathered).collect::<Result<_, IndexError>>()?;
        eprintln!("候选已备好");
        let taught = learn_from(&examples, Asks::ByWords, |_| true);
        let mut table: Vec<(usize, LeftOut<'_>)> = Vec::new();
        let mut certain_refused: Vec<Certain> = Vec::new();
        let source_of_set: Vec<&str> = files.iter().map(|(name, _)| source_of(name)).collect();
        let sources: BTreeSet<&str> = source_of_set.iter().copied().collect();
        for source in sources {
            let ranking = learn_from(&examples, Asks::ByWords, |set| source_of_set[set] != source);
            for (set, (file, _)) in files.iter().enumerate().filter(|(set, _)| source_of_set[*set] == source)
            {
                for (library, lessons) in libraries.iter().enumerate() {
                    let checked = examples[library].check(&ranking, set);
                    if checked.is_empty() {
                        continue;
                    }
                    let plain = rates(check_plain(lessons, |lesson| lesson.set == set)?.into_iter());
                    let taught = rates_of(&examples[library].check(&taught, set));
                    let left_out = rates_of(&checked);
                    let certain = checked.into_iter().filter_map(|checked| checked.first).collect();
                    table.push((library, LeftOut { file, plain, left_out, taught, certain }));
                }
            }
            for refused in &refused {
                certain_refused
                    .extend(refused.check(&ranking, 0).into_iter().filter_map(|checked| checked.first));
            }
            eprintln!("留出 {source}：量完");
        }
        let certain: Vec<Certain> =
            table.iter().flat_map(|(_, row)| &row.certain).chain(&certain_refused).copied().collect();
        let confidence = fit_confidence(&certain);
        print_table(&table, &confidence);
        print_reliability(&certain, &confidence);
        if let Some(path) = &self.write {
            std::fs::write(path, installable(files, &Ranking { confidence, ..taught })?)?;
            println!("从全部来源学到的权重已写入 {}", path.display());
        }
        let fallen: Vec<&str> = table
            .iter()
            .filter(|(_, row)| row.left_out.share_of_three() < row.plain.share_of_three())
            .map(|(_, row)| row.file)
            .collect();
        if fallen.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        println!("不如不调的 BM25：{}", fallen.join("、"));
        Ok(ExitCode::FAILURE)
    }
}

fn print_table(table: &[(usize, LeftOut<'_>)], confidence: &Confidence) {
    println!(
        "| questions | library | n | plain BM25 | left out | learned from all | answered | of these right |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (library, row) in table {
        let told: Vec<(f32, bool)> =
            row.certain.iter().map(|one| (confidence.of(&one.inputs), one.right)).collect();
        let answered = told.iter().filter(|(sure, _)| *sure >= ANSWER_CONFIDENCE).count();
        let right = told.iter().filter(|(sure, right)| *sure >= ANSWER_CONFIDENCE && *right).count();
        let file = Path::new(row.file).file_name().and_then(|name| name.to_str()).unwrap_or(row.file);
        println!(
            "| {file} | {} | {} | {} | {} | {} | {:.3} | {:.3} |",
            if *library == 0 { "all".to_owned() } else { format!("beside {library}") },
            row.plain.count(),
            row.plain.in_brief(),
            row.left_out.in_brief(),
            row.taught.in_brief(),
            answered as f32 / told.len().max(1) as f32,
            right as f32 / answered.max(1) as f32,
        );
    }
}
