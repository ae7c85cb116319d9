//! Proves, where the real data is, that the answers are as good as
//! `docs/quality.md` says: everything loaded together, every set, with and
//! without the caller's region.

use std::path::PathBuf;

use serde_json::Value;

use crate::world::World;

/// How far a figure may fall below the written one.
const MOST_LOST: f64 = 0.01;
/// What is loaded, and what is asked (`../shared/data/README.md`).
const LOADED: [&str; 7] = [
    "laws",
    "policies.jsonl",
    "guides.jsonl",
    "service_names.jsonl",
    "faq.jsonl",
    "letters.jsonl",
    "faq_items.jsonl",
];
const ASKED: [&str; 7] = [
    "questions.jsonl",
    "questions.jsonl#keywords",
    "policy_questions.jsonl",
    "letter_questions.jsonl",
    "letter_questions.jsonl#letter",
    "faq_similar.jsonl",
    "faq_traditional_questions.jsonl",
];

/// A line of the table in `docs/quality.md`, as `jida eval` prints it.
struct Written {
    set: String,
    region: String,
    figures: Vec<f64>,
}

fn written() -> Vec<Written> {
    let text = include_str!("../../docs/quality.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let is_ours = cells.len() == 9 && ASKED.contains(&cells[0]);
        let figures = cells.get(3..7)?.iter().map(|cell| cell.parse().ok()).collect::<Option<Vec<f64>>>()?;
        is_ours.then(|| Written { set: cells[0].to_owned(), region: cells[1].to_owned(), figures })
    });
    rows.collect()
}

#[test]
fn no_figure_falls_below_what_is_written() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.join("laws").exists() {
        println!("skipped: {} is missing", data.display());
        return;
    }
    let written = written();
    assert_eq!(written.len(), 2 * ASKED.len(), "docs/quality.md has a line for each set and region");
    let paths = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| data.join(name).to_string_lossy().into_owned()).collect()
    };
    let world = World::new();
    let loaded = paths(&LOADED);
    world.jida_ok(&[&["import"], &loaded.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
    let asked = paths(&ASKED);
    let files: Vec<&str> = asked.iter().map(String::as_str).collect();
    let said = world.jida_ok(&[&["eval", "--json", "--region", "210000"], &files[..]].concat());
    let measured: Value = serde_json::from_str(&said.out).expect("JSON");
    let mut fallen = Vec::new();
    for row in &written {
        let is_same = |measured: &&Value| {
            measured["set"] == row.set.as_str() && measured["region"].as_str().unwrap_or("–") == row.region
        };
        let found = measured.as_array().expect("rows").iter().find(is_same).expect("a row of every set");
        for (name, written) in ["hit1", "hit3", "hit10", "mrr10"].iter().zip(&row.figures) {
            let now = found[name].as_f64().expect("a figure");
            if now < written - MOST_LOST {
                fallen.push(format!("{} {} {name}: {now:.3}, written {written:.3}", row.set, row.region));
            }
        }
    }
    assert!(fallen.is_empty(), "{fallen:#?}");
}
