//! How long one search takes, and what it is made of. On the real data where
//! `../shared/data` is there, else on our own corpus, which says little.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use jida::index::{Generations, Snapshot};
use jida::indexing::Indexer;
use jida::library::Library;
use jida::search::{Question, Request, search};
use jida::text::Cutter;

/// Everything that `../shared/data/README.md` lists under "Entries to load".
const ENTRIES: [&str; 7] = [
    "laws",
    "policies.jsonl",
    "guides.jsonl",
    "service_names.jsonl",
    "faq.jsonl",
    "letters.jsonl",
    "faq_items.jsonl",
];
const OWN_QUESTIONS: [&str; 3] = ["公司拖欠工资怎么办", "身份证丢了怎么补办", "医保异地就医怎么备案"];

fn snapshot(folder: &Path) -> (Snapshot, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = root.join("../shared/data");
    let mut paths: Vec<PathBuf> = vec![root.join("corpus")];
    let mut questions: Vec<String> = OWN_QUESTIONS.map(str::to_owned).into();
    if data.is_dir() {
        paths.extend(ENTRIES.map(|name| data.join(name)));
        let rows = std::fs::read_to_string(data.join("questions.jsonl")).expect("questions");
        let rows = rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).expect("JSON"));
        questions = rows.filter_map(|row| row["question"].as_str().map(str::to_owned)).take(300).collect();
    } else {
        println!("skipped: {} is missing, measuring on our own corpus", data.display());
    }
    let mut library = Library::open(folder).expect("library");
    jida::loading::load(&mut library, &paths, "bench", |_| {}).expect("loaded");
    let generations = Generations::new(&folder.join("index"), folder, Arc::new(Cutter::new()));
    let generation = Indexer::new(generations).open(&library, |_| {}).expect("index");
    (generation.snapshot().expect("snapshot"), questions)
}

fn searching(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("folder");
    let (snapshot, questions) = snapshot(folder.path());
    let today = jiff::civil::date(2026, 11, 23);
    let mut next = questions.iter().cycle();
    let mut question = || next.next().expect("at least one question").as_str();
    criterion.bench_function("understand a question", |bench| {
        bench.iter(|| black_box(Question::understand(snapshot.cutter(), question())));
    });
    criterion.bench_function("search, first ten", |bench| {
        bench.iter(|| search(&snapshot, &Request::new(question(), today)).expect("results"));
    });
    criterion.bench_function("search, first ten for a region", |bench| {
        let region = jida::entry::Region::parse("210100");
        bench.iter(|| search(&snapshot, &Request { region, ..Request::new(question(), today) }));
    });
}

criterion_group!(benches, searching);
criterion_main!(benches);
