//! `jida gaps --labelled`: how well questions are put together, against
//! questions of which is known what they mean, beside two plain ways: the same
//! text, and the same first hit.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::CliError;
use super::store::{Store, bar};
use crate::embedding;
use crate::gathering::{BCubed, Labelled, measure_groups};
use crate::index::Snapshot;
use crate::library::bare;
use crate::meaning::{Endpoint, Role};
use crate::search::{self, Request};

/// Fields of a line that hold a wording.
const WORDINGS: [&str; 4] = ["question", "keywords", "letter", "title"];

/// One way to put questions together.
#[derive(Serialize)]
struct Way {
    way: &'static str,
    #[serde(flatten)]
    scores: BCubed,
}

/// Reads the files, puts their questions together each way, prints how well.
pub(super) fn run(
    store: &mut Store,
    endpoint: Option<&Endpoint>,
    files: &[PathBuf],
    as_json: bool,
) -> Result<(), CliError> {
    let mut labelled = Vec::new();
    for path in files {
        read(path, &mut labelled)?;
    }
    let snapshot = store.snapshot()?;
    let scored = |groups: Vec<String>, labelled: &[Labelled]| {
        let pairs: Vec<(String, &str)> =
            groups.into_iter().zip(labelled.iter().map(|one| one.meaning.as_str())).collect();
        BCubed::of(&pairs)
    };
    let words = (snapshot.cutter(), snapshot.synonyms());
    let named = |groups: Vec<usize>| groups.into_iter().map(|group| group.to_string()).collect();
    let mut ways = vec![
        Way { way: "字面相同", scores: scored(labelled.iter().map(|one| bare(&one.question)).collect(), &labelled) },
        Way { way: "首条相同", scores: scored(first_hits(&snapshot, &labelled)?, &labelled) },
        Way { way: "按词", scores: scored(named(measure_groups(words, &labelled)), &labelled) },
    ];
    if let Some(endpoint) = endpoint {
        let texts: Vec<&str> = labelled.iter().map(|one| one.question.as_str()).collect();
        let progress = bar(texts.len() as u64, "问");
        let vectors = embedding::vectors(&mut store.library, endpoint, Role::Question, &texts, |done| {
            progress.set_position(done.done as u64);
        });
        progress.finish_and_clear();
        for (one, vector) in labelled.iter_mut().zip(vectors?) {
            one.direction = Some(Arc::new(vector));
        }
        let scores = scored(named(measure_groups(words, &labelled)), &labelled);
        ways.push(Way { way: "按词和意思", scores });
    }
    if as_json {
        println!("{}", json!({ "ways": ways }));
        return Ok(());
    }
    for Way { way, scores } in &ways {
        println!(
            "{way}：{} 问 {} 个意思，归成 {} 组；B-cubed 准确 {:.3}，完整 {:.3}，F1 {:.3}",
            scores.questions, scores.meanings, scores.groups, scores.precision, scores.recall, scores.f1
        );
    }
    Ok(())
}

/// The wordings of a file's lines; what names the same entries means the same.
fn read(path: &PathBuf, labelled: &mut Vec<Labelled>) -> Result<(), CliError> {
    let failed = |reason: String| CliError::File { path: path.clone(), reason };
    let text =
        std::fs::read_to_string(path).map_err(|error| failed(crate::fault::Said(&error).to_string()))?;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(line).map_err(|error| failed(format!("第 {number} 行：{error}")))?;
        let mut named: Vec<&str> = row["relevant"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        named.sort_unstable();
        let meaning = match named.is_empty() {
            true => format!("{} {number}", path.display()),
            false => named.join(" "),
        };
        let mut seen: HashMap<String, ()> = HashMap::new();
        for wording in WORDINGS.iter().filter_map(|field| row[*field].as_str()) {
            let text: String = wording.trim().chars().take(search::MAX_QUESTION_CHARS).collect();
            if !text.is_empty() && seen.insert(bare(&text), ()).is_none() {
                labelled.push(Labelled { question: text, meaning: meaning.clone(), direction: None });
            }
        }
    }
    Ok(())
}

/// The id of each question's first hit; a question without one stands alone.
fn first_hits(snapshot: &Snapshot, labelled: &[Labelled]) -> Result<Vec<String>, CliError> {
    let today = jiff::Zoned::now().date();
    let found = labelled.iter().enumerate().map(|(number, one)| {
        let request = Request { limit: 1, ..Request::new(&one.question, today) };
        let results = search::search(snapshot, &request)?;
        let first = results.hits.first().map(|hit| hit.shown.entry.id.clone());
        Ok(first.unwrap_or_else(|| format!("none {number}")))
    });
    found.collect()
}
