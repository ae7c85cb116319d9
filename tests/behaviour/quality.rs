//! Proves, where the real data is, that the answers are as good as
//! `docs/quality.md` says: everything loaded together, every set, with and
//! without the caller's region.

use std::path::PathBuf;
use std::process::Command;

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

fn written(sets: &[&str]) -> Vec<Written> {
    let text = include_str!("../../docs/quality.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let is_ours = cells.len() == 9 && sets.contains(&cells[0]);
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
    let written = written(&ASKED);
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
    assert_not_fallen(&written, &measured);
}

/// What `jida eval` measured of several sets is no worse than what is written.
fn assert_not_fallen(written: &[Written], measured: &Value) {
    let mut fallen = Vec::new();
    for row in written {
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

/// Half of the similar questions of our own entries, which a small library is asked
/// without having them.
const HELD_BACK: &str = "held_back.jsonl";

#[test]
fn our_own_entries_are_found_by_wordings_they_do_not_have() {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let own = |name: &str| home.join("corpus").join(name).to_string_lossy().into_owned();
    let whole = World::new();
    whole.jida_ok(&["import", &own("faq"), &own("guide"), &own("policy")]);
    whole.jida_ok(&["export", "all.jsonl"]);
    let less = World::new();
    for list in ["dictionary.txt", "synonyms.txt"] {
        std::fs::create_dir_all(less.corpus()).expect("a folder");
        std::fs::copy(own(list), less.corpus().join(list)).expect("a copy");
    }
    let script = home.join("tests/relevance/hold_back.py");
    let paths = [whole.path("all.jsonl"), less.path("less.jsonl"), less.path(HELD_BACK)];
    let held_back = Command::new("python3").arg(script).args(paths).status().expect("python3");
    assert!(held_back.success());
    less.jida_ok(&["import", "less.jsonl"]);
    let said = less.jida_ok(&["eval", "--json", HELD_BACK, HELD_BACK]);
    let measured: Value = serde_json::from_str(&said.out).expect("JSON");
    let written = written(&[HELD_BACK]);
    assert_eq!(written.len(), 1, "docs/quality.md has a line for it");
    assert_not_fallen(&written, &measured);
    let answered = |name: &str| measured[0][name].as_f64().expect("a share");
    assert!(answered("answered") > 0.2 && answered("answered_right") > 0.8, "{}", measured[0]);
}
