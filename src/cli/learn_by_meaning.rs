//! `jida learn --by-meaning`: the weights for questions that are asked by their
//! meaning as well. Each part of the cross-validation learns both rankers, and
//! the table shows what asking costs and brings from each certainty of the words.

use std::path::Path;

use super::CliError;
use super::eval::HitRates;
use super::learn::{FOLDS, Learn, drop_what_it_replaces, installable, print_reliability};
use super::learn_lessons::LabelledFile;
use super::store::{Store, bar};
use crate::embedding;
use crate::index::{RANKING_BY_MEANING, Snapshot};
use crate::learning::{Asks, Certain, Lesson, Lessons, Unseen, check_both, fit_confidence, learn};
use crate::meaning::{Endpoint, Role, Settings};
use crate::memory::QuestionMemory;
use crate::ranking::{Confidence, Ranking, Rankings};
use crate::search::is_in_doubt;

/// Certainties of the words from which they are believed, that the table shows.
const SURE: [f32; 9] = [0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01];

/// An unseen question.
struct Asked {
    /// None: nothing answers it.
    set: Option<usize>,
    remembering: bool,
    unseen: Unseen,
}

impl Learn {
    pub(super) fn run_by_meaning(&self, store: &mut Store, snapshot: &Snapshot) -> Result<(), CliError> {
        let corpus = store.corpus.clone();
        let beside = self.beside_snapshots()?;
        let (files, mut libraries, mut refused) = self.libraries(snapshot, None, &beside)?;
        let endpoint =
            Endpoint::new(Settings::read(&corpus)?.ok_or(CliError::NoEndpoint { corpus: corpus.clone() })?);
        if libraries.iter().any(|lessons| lessons.snapshot.vector_set() != Some(endpoint.set_name())) {
            return Err(CliError::NoVectors { set: endpoint.set_name().to_owned() });
        }
        for lessons in libraries.iter_mut().chain(&mut refused) {
            direct(store, &endpoint, lessons)?;
        }
        let mut asked = Vec::new();
        for fold in 0..FOLDS {
            let learned = |lesson: &Lesson| lesson.origin % FOLDS != fold;
            let meant = |lesson: &Lesson| learned(lesson) && lesson.has_direction();
            let rankings = Rankings {
                by_words: learn(&libraries, Asks::ByWords, learned)?,
                by_meaning: learn(&libraries, Asks::ByMeaning, meant)?,
            };
            let tested = |lesson: &Lesson| lesson.origin % FOLDS == fold;
            for (lessons, refused) in libraries.iter().zip(&refused) {
                let memory = lessons.memory(learned);
                for (memory, remembering) in [(&QuestionMemory::default(), false), (&memory, true)] {
                    for (lessons, is_labelled) in [(lessons, true), (refused, false)] {
                        let unseen = check_both(lessons, &rankings, memory, tested)?;
                        let sets =
                            lessons.all.iter().filter(|lesson| tested(lesson)).map(|lesson| lesson.set);
                        asked.extend(sets.zip(unseen).map(|(set, unseen)| {
                            let set = is_labelled.then_some(set);
                            Asked { set, remembering, unseen }
                        }));
                    }
                }
            }
            eprintln!("第 {} 折（共 {FOLDS} 折）量完", fold + 1);
        }
        let by_words = fit_confidence(&certain(&asked, |unseen| unseen.by_words.first));
        print_table(&files, &asked, &by_words);
        // Of what is asked by meaning, which is what the words leave in doubt.
        let doubted = |unseen: &Unseen| {
            let meaning = unseen.by_meaning.as_ref().filter(|_| is_in_doubt(unseen.sure(&by_words)))?;
            meaning.first
        };
        let doubted = certain(&asked, doubted);
        let confidence = fit_confidence(&doubted);
        print_reliability(&doubted, &confidence);
        if self.dry_run {
            return Ok(());
        }
        let ranking = learn(&libraries, Asks::ByMeaning, Lesson::has_direction)?;
        if self.write.is_none() {
            drop_what_it_replaces(&corpus)?;
        }
        let path = self.write.clone().unwrap_or_else(|| corpus.join(RANKING_BY_MEANING));
        install(&path, &files, &Ranking { confidence, ..ranking })
    }
}

/// Asks the endpoint where the questions point; what the library has is not
/// asked again.
fn direct(store: &mut Store, endpoint: &Endpoint, lessons: &mut Lessons<'_>) -> Result<(), CliError> {
    let questions = lessons.to_direct();
    let texts: Vec<&str> = questions.iter().map(String::as_str).collect();
    let bar = bar(texts.len() as u64, "问");
    let vectors = embedding::vectors(&mut store.library, endpoint, Role::Question, &texts, |progress| {
        bar.set_position(progress.done as u64);
    })?;
    bar.finish_and_clear();
    lessons.direct(vectors);
    Ok(())
}

fn certain(asked: &[Asked], of: impl Fn(&Unseen) -> Option<Certain>) -> Vec<Certain> {
    asked.iter().filter_map(|asked| of(&asked.unseen)).collect()
}

/// What both together find, by the certainty of the words below which a
/// question is asked by meaning.
fn print_table(files: &[LabelledFile], asked: &[Asked], by_words: &Confidence) {
    for remembering in [false, true] {
        println!("{}", if remembering { "记住其余各折" } else { "什么都不记" });
        for (set, (name, _)) in files.iter().enumerate() {
            println!("  {name}");
            for sure in SURE {
                let (mut rates, mut by_meaning, mut all) = (HitRates::default(), 0_u32, 0_u32);
                let own =
                    asked.iter().filter(|asked| asked.set == Some(set) && asked.remembering == remembering);
                for Asked { unseen, .. } in own {
                    all += 1;
                    let is_doubted = |words| words < sure;
                    by_meaning += u32::from(unseen.by_meaning.is_some() && is_doubted(unseen.sure(by_words)));
                    rates.add(unseen.shown(by_words, is_doubted).first_right);
                }
                println!(
                    "    把握 {sure:.2} 以下按意思问（{:.2}）：{rates}",
                    f64::from(by_meaning) / f64::from(all.max(1))
                );
            }
        }
    }
}

fn install(path: &Path, files: &[LabelledFile], ranking: &Ranking) -> Result<(), CliError> {
    std::fs::write(path, installable(files, ranking)?)?;
    println!("已写入 {}；运行 jida reindex 后生效", path.display());
    Ok(())
}
