//! Proves on real data, where it is there, that whole files load without an
//! error, that answers are found, and that the laws our own corpus rests on
//! exist with the articles it names.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

use jida::corpus::{self, Manifest, SourceFile};
use jida::entry::{Entry, Kind, Source};
use serde_json::Value;

use crate::world::World;

/// A folder of the real data; says so where it is missing.
fn data(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn real_files_load_whole_and_letters_find_their_replies() {
    // Without the laws: in a debug build they take minutes.
    let names = ["faq.jsonl", "guides.jsonl", "letters.jsonl", "letter_questions.jsonl"];
    let Some(paths) = names.into_iter().map(data).collect::<Option<Vec<_>>>() else { return };
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().expect("a path")).collect();
    let world = World::new();
    let said = world.jida_ok(&[&["import"], &paths[..3]].concat());
    assert!(said.err.contains("拒收 0") && !said.err.contains("错误 "), "{}", said.err);

    let rows = |path: &str| fs::read_to_string(path).expect("a file").lines().count() as u64;
    let server = world.serve();
    let stats = server.stats();
    assert_eq!(stats["by_kind"]["guide"], rows(paths[1]));
    assert_eq!(stats["by_kind"]["faq"], rows(paths[0]) + rows(paths[2]));
    assert_eq!(stats["indexed_change"], stats["last_change"]);
    drop(server);

    let again = world.jida_ok(&[&["import"], &paths[..3]].concat());
    assert!(again.err.contains("新增 0，修改 0") && again.err.contains("停用 0"), "{}", again.err);

    let said = world.jida_ok(&["eval", paths[3], "--limit", "100", "--json"]);
    let figures: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(figures["n"], 100);
    assert!(figures["hit10"].as_f64().expect("a figure") >= 0.6, "{figures}");
}

#[test]
fn traditional_faqs_are_found_by_simplified_questions() {
    let names = ["faq.jsonl", "faq_traditional_questions.jsonl"];
    let Some(paths) = names.into_iter().map(data).collect::<Option<Vec<_>>>() else { return };
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().expect("a path")).collect();
    let world = World::new();
    world.jida_ok(&["import", paths[0]]);
    let said = world.jida_ok(&["eval", paths[1], "--limit", "100", "--json"]);
    let figures: Value = serde_json::from_str(&said.out).expect("JSON");
    assert!(figures["hit10"].as_f64().expect("a figure") >= 0.9, "{figures}");
}

/// A title without what people leave out: the country's name, the edition's
/// date, brackets and blanks in their several forms.
fn short(title: &str) -> String {
    let mut title: String = title.chars().filter(|sign| !sign.is_whitespace()).collect();
    for (written, plain) in [("（", "("), ("）", ")"), ("《", ""), ("》", ""), ("〈", ""), ("〉", "")] {
        title = title.replace(written, plain);
    }
    let title = title.replace("中华人民共和国", "");
    match title.rsplit_once('(') {
        Some((name, date)) if date.starts_with(|digit: char| digit.is_ascii_digit()) => name.to_owned(),
        _ => title,
    }
}

/// What the laws are called: by file name, by folder and file name (a part of
/// the civil code), each with its editions.
fn laws(folder: PathBuf) -> HashMap<String, Vec<SourceFile>> {
    let mut laws: HashMap<String, Vec<SourceFile>> = HashMap::new();
    for file in corpus::files(&folder).expect("the laws") {
        let id = file.relative.strip_suffix(".md").unwrap_or(&file.relative).to_owned();
        let mut parts = id.rsplit('/');
        let name = parts.next().unwrap_or_default();
        let above = parts.next().unwrap_or_default();
        for title in [short(name), short(&format!("{above}{name}"))] {
            laws.entry(title).or_default().push(file.clone());
        }
    }
    laws
}

/// The corpus's own entries.
fn own_entries() -> Vec<Entry> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let manifest = Manifest::beside(&folder).expect("a manifest");
    let files = corpus::files(&folder).expect("the corpus").into_iter();
    let read =
        |file: SourceFile| corpus::read(&file, &fs::read(&file.path).expect("a file"), &manifest).entries;
    files.flat_map(read).collect()
}

/// Whether a source is a law or regulation of which the text may be there.
/// Notices, opinions and most ministries' measures (办法) are not among the laws.
fn is_law(source: &Source) -> bool {
    let title = source.title.as_deref().unwrap_or_default();
    let last = title.rsplit(['(', '（']).next_back().unwrap_or(title);
    !last.ends_with("办法") && ["法", "条例", "编"].iter().any(|ending| last.ends_with(ending))
}

/// The single articles a source names: `第十条、第十一条` are two.
fn articles(source: &Source) -> Vec<String> {
    let text = source.article.as_deref().unwrap_or_default();
    let parts = text.split(['、', '，', ',', '和', '及', '至', '到', ' ', '；', '|']);
    let label = |part: &str| -> Option<String> {
        let (number, rest) = part.trim().strip_prefix('第')?.split_once('条')?;
        let sub = rest.strip_prefix('之').and_then(|sub| sub.chars().next());
        let sub = sub.map_or(String::new(), |sub| format!("之{sub}"));
        Some(format!("第{number}条{sub}"))
    };
    parts.filter_map(label).collect()
}

#[test]
fn every_law_our_corpus_names_exists_with_the_article_named() {
    let Some(folder) = data("laws") else { return };
    let laws = laws(folder);
    let mut read: HashMap<PathBuf, BTreeSet<String>> = HashMap::new();
    let mut unknown_laws = BTreeSet::new();
    let mut unknown_articles = BTreeSet::new();
    let mut checked = 0;
    for entry in own_entries() {
        for source in &entry.source {
            let title = source.title.as_deref().unwrap_or_default();
            let Some(files) = laws.get(&short(title)) else {
                if is_law(source) {
                    unknown_laws.insert(title.to_owned());
                }
                continue;
            };
            for label in articles(source) {
                checked += 1;
                let is_there = files.iter().any(|file| labels(&mut read, file).contains(&label));
                if !is_there {
                    unknown_articles.insert(format!("{}: {title} {label}", entry.id));
                }
            }
        }
    }
    println!("{checked} articles checked; laws not at hand: {unknown_laws:?}");
    assert!(checked > 300, "only {checked} articles checked");
    assert!(unknown_articles.is_empty(), "{unknown_articles:#?}");
    assert!(unknown_laws.is_empty(), "{unknown_laws:#?}");
}

/// The labels of a law's articles, read once.
fn labels<'a>(read: &'a mut HashMap<PathBuf, BTreeSet<String>>, file: &SourceFile) -> &'a BTreeSet<String> {
    read.entry(file.path.clone()).or_insert_with(|| {
        let bytes = fs::read(&file.path).expect("a law");
        let entries = corpus::read(file, &bytes, &Manifest::default()).entries;
        assert!(entries.iter().all(|entry| entry.kind == Kind::Policy));
        entries.into_iter().filter_map(|entry| entry.part?.article).collect()
    })
}
