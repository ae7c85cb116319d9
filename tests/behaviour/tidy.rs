//! Proves that the sources keep the house's rules: each part of the outside is
//! known in one place only, no file grows without end, no file is named for
//! nothing, and every entry of the corpus rests on a source.

use std::fs;
use std::path::{Path, PathBuf};

use jida::corpus::{self, Manifest};

/// Longest source file.
const MAX_LINES: usize = 450;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files below a folder with their path from it and their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let items = fs::read_dir(&folder).expect("a folder").map(|item| item.expect("an item").path());
        for path in items {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root()).expect("below the root");
                let text = fs::read_to_string(&path).expect("a source");
                found.push((relative.to_string_lossy().into_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

/// The code of a line, without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Lines of `src/` outside `home` in whose code one of `words` stands.
fn outside(home: &str, words: &[&str]) -> Vec<String> {
    let strangers = sources("src").into_iter().filter(|(path, _)| !path.starts_with(home));
    strangers.flat_map(|(path, text)| lines_with(&path, &text, words)).collect()
}

fn inside(home: &str, words: &[&str]) -> Vec<String> {
    let own = sources("src").into_iter().filter(|(path, _)| path.starts_with(home));
    own.flat_map(|(path, text)| lines_with(&path, &text, words)).collect()
}

fn lines_with(path: &str, text: &str, words: &[&str]) -> Vec<String> {
    let lines =
        (1..).zip(text.lines()).filter(|(_, line)| words.iter().any(|word| code(line).contains(word)));
    lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())).collect()
}

#[test]
fn only_the_index_knows_the_engine() {
    assert_eq!(outside("src/index", &["tantivy::", "use tantivy"]), [""; 0]);
}

#[test]
fn only_text_knows_the_word_cutter_the_conversion_and_the_readings() {
    assert_eq!(outside("src/text", &["jieba_rs", "ferrous_opencc", "pinyin::To", "use pinyin"]), [""; 0]);
}

#[test]
fn only_the_server_knows_its_framework() {
    assert_eq!(outside("src/server", &["axum::", "use axum", "tower_http"]), [""; 0]);
}

#[test]
fn only_the_library_and_the_journal_know_the_database() {
    let strangers = outside("src/library", &["rusqlite"]);
    let others: Vec<_> = strangers.iter().filter(|line| !line.starts_with("src/journal/")).collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn search_knows_no_files_no_http_and_no_clock() {
    let words = [
        "std::fs",
        "std::io",
        "std::net",
        "axum",
        "hyper",
        "tower",
        "tokio",
        "Zoned::now",
        "Timestamp::now",
        "SystemTime",
        "Instant",
        "rand::",
        "crate::server",
        "crate::library",
        "crate::cli",
        "crate::corpus",
    ];
    assert_eq!(inside("src/search", &words), [""; 0]);
}

#[test]
fn text_and_entry_depend_on_nothing_below_them() {
    let below =
        ["crate::index", "crate::search", "crate::server", "crate::library", "crate::cli", "crate::corpus"];
    assert_eq!(inside("src/text", &below), [""; 0]);
    assert_eq!(inside("src/entry", &below), [""; 0]);
    assert_eq!(inside("src/index", &["crate::search", "crate::server", "crate::cli"]), [""; 0]);
    assert_eq!(outside("src/cli", &["crate::cli"]), [""; 0]);
}

#[test]
fn no_file_is_named_for_nothing() {
    for (path, _) in sources("src").into_iter().chain(sources("tests")) {
        for name in ["utils", "util", "helpers", "helper", "manager", "common", "misc"] {
            assert!(!path.split(['/', '.']).any(|part| part == name), "{path}");
        }
    }
}

#[test]
fn no_source_file_is_too_long() {
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{path} has {lines} lines");
    }
}

#[test]
fn every_source_file_says_at_its_top_why_it_exists() {
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        // A file of unit tests stands beside what it tests.
        let is_unit_tests = path.starts_with("src/") && path.ends_with("/tests.rs");
        assert!(is_unit_tests || text.starts_with("//! "), "{path}");
    }
}

#[test]
fn every_test_file_is_run() {
    let main = fs::read_to_string(root().join("tests/behaviour/main.rs")).unwrap();
    for (path, _) in sources("tests/behaviour") {
        let name = Path::new(&path).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "{path} is not in main.rs");
    }
}

#[test]
fn nothing_is_unwrapped_or_printed_for_debugging_in_the_product() {
    for (path, text) in sources("src") {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        if path.ends_with("/tests.rs") {
            continue;
        }
        let found = lines_with(&path, product, &["dbg!(", "todo!(", ".unwrap()", "unimplemented!("]);
        assert_eq!(found, [""; 0]);
    }
}

#[test]
fn every_entry_of_the_corpus_has_a_source_a_script_and_an_id_of_its_own() {
    let folder = root().join("corpus");
    let manifest = Manifest::beside(&folder).unwrap();
    let mut ids = std::collections::HashMap::new();
    for file in corpus::files(&folder).unwrap() {
        let reading = corpus::read(&file, &fs::read(&file.path).unwrap(), &manifest);
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        for entry in reading.entries {
            let is_sourced =
                !entry.source.is_empty() && entry.source.iter().all(|source| source.title.is_some());
            assert!(is_sourced, "{} rests on nothing", entry.id);
            assert!(entry.script.is_some() && !entry.department.is_empty(), "{}", entry.id);
            let well_formed = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
            assert!(entry.id.chars().all(well_formed), "{}", entry.id);
            if let Some(other) = ids.insert(entry.id.clone(), file.relative.clone()) {
                panic!("{} is in {other} and in {}", entry.id, file.relative);
            }
        }
    }
}
