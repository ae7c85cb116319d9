//! `jida gaps --labelled`: how well questions are put together, against
//! questions of which is known what they mean, beside two plain ways: the same
//! text, and the same first hit.

use std::collections::HashSet;
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
use crate::meaning::{Endpoint, Role, Vector};
use crate::search::{self, Request};

/// Fields of a line that hold a wording.
const WORDINGS: [&str; 4] = ["question", "keywords", "letter", "title"];

/// Hits that are looked through for the first that is no answer.
const LOOKED_THROUGH: usize = 20;

/// One way to put questions together.
#[derive(Serialize)]
struct Way {
    /// Whether the entries that answer them are in the library: for gaps they are not.
    answers: &'static str,
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
    let (mut labelled, mut answers) = (Vec::new(), HashSet::new());
    for path in files {
        read(path, &mut labelled, &mut answers)?;
    }
    let directions = directions(store, endpoint, &labelled)?;
    let snapshot = store.snapshot()?;
    let found = found(&snapshot, &labelled)?;
    let mut ways = Vec::new();
    for (name, gone) in [("条目在库里", &HashSet::new()), ("条目不在库里", &answers)] {
        for ((number, one), found) in labelled.iter_mut().enumerate().zip(&found) {
            one.direction = None;
            let first = found.iter().find(|id| !gone.contains(*id));
            // Without a hit it stands alone.
            one.first_hit = first.cloned().unwrap_or_else(|| format!("none {number}"));
        }
        ways.extend(ways_of(&snapshot, name, &mut labelled, directions.as_deref()));
    }
    if as_json {
        println!("{}", json!({ "ways": ways }));
        return Ok(());
    }
    for Way { answers, way, scores } in &ways {
        println!(
            "{answers}，{way}：{} 问 {} 个意思，归成 {} 组；B-cubed 准确 {:.3}，完整 {:.3}，F1 {:.3}",
            scores.questions, scores.meanings, scores.groups, scores.precision, scores.recall, scores.f1
        );
    }
    Ok(())
}

/// The plain ways, ours by words, and where directions are known by meaning.
fn ways_of(
    snapshot: &Snapshot,
    answers: &'static str,
    labelled: &mut [Labelled],
    directions: Option<&[Vector]>,
) -> Vec<Way> {
    let words = (snapshot.cutter(), snapshot.synonyms());
    let way = |way, groups: Vec<String>, labelled: &[Labelled]| {
        let pairs: Vec<(String, &str)> =
            groups.into_iter().zip(labelled.iter().map(|one| one.meaning.as_str())).collect();
        Way { answers, way, scores: BCubed::of(&pairs) }
    };
    let put_together = |labelled: &[Labelled]| -> Vec<String> {
        measure_groups(words, labelled).into_iter().map(|group| group.to_string()).collect()
    };
    let mut ways = vec![
        way("字面相同", labelled.iter().map(|one| bare(&one.question)).collect(), labelled),
        way("首条相同", labelled.iter().map(|one| one.first_hit.clone()).collect(), labelled),
        way("按词", put_together(labelled), labelled),
    ];
    if let Some(directions) = directions {
        for (one, direction) in labelled.iter_mut().zip(directions) {
            one.direction = Some(Arc::new(direction.clone()));
        }
        ways.push(way("按词和意思", put_together(labelled), labelled));
    }
    ways
}

/// The questions' directions; none without an endpoint.
fn directions(
    store: &mut Store,
    endpoint: Option<&Endpoint>,
    labelled: &[Labelled],
) -> Result<Option<Vec<Vector>>, CliError> {
    let Some(endpoint) = endpoint else { return Ok(None) };
    let texts: Vec<&str> = labelled.iter().map(|one| one.question.as_str()).collect();
    let progress = bar(texts.len() as u64, "问");
    let vectors = embedding::vectors(&mut store.library, endpoint, Role::Question, &texts, |done| {
        progress.set_position(done.done as u64);
    });
    progress.finish_and_clear();
    Ok(Some(vectors?))
}

/// The wordings of a file's lines; what names the same entries means the same.
fn read(path: &PathBuf, labelled: &mut Vec<Labelled>, answers: &mut HashSet<String>) -> Result<(), CliError> {
    let failed = |reason: String| CliError::File { path: path.clone(), reason };
    let text =
        std::fs::read_to_string(path).map_err(|error| failed(crate::fault::Said(&error).to_string()))?;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let row: Value =
            serde_json::from_str(line).map_err(|error| failed(format!("第 {number} 行：{error}")))?;
        let mut named: Vec<&str> =
            row["relevant"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // An entry's own line is a wording of what it answers.
        named.extend(row["id"].as_str().filter(|_| row["relevant"].is_null()));
        named.sort_unstable();
        answers.extend(named.iter().map(|id| (*id).to_owned()));
        let meaning = match named.is_empty() {
            true => format!("{} {number}", path.display()),
            false => named.join(" "),
        };
        let mut seen = HashSet::new();
        for wording in WORDINGS.iter().filter_map(|field| row[*field].as_str()) {
            let text: String = wording.trim().chars().take(search::MAX_QUESTION_CHARS).collect();
            if !text.is_empty() && seen.insert(bare(&text)) {
                labelled.push(Labelled {
                    question: text,
                    meaning: meaning.clone(),
                    first_hit: String::new(),
                    direction: None,
                });
            }
        }
    }
    Ok(())
}

/// Ids of what is found for each question, the first first.
fn found(snapshot: &Snapshot, labelled: &[Labelled]) -> Result<Vec<Vec<String>>, CliError> {
    let today = jiff::Zoned::now().date();
    let found = labelled.iter().map(|one| {
        let request = Request { limit: LOOKED_THROUGH, ..Request::new(&one.question, today) };
        let results = search::search(snapshot, &request)?;
        Ok(results.hits.into_iter().map(|hit| hit.shown.entry.id).collect())
    });
    found.collect()
}
