use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::entry::{Entry, Kind};
use crate::library::Library;
use crate::text::Cutter;

fn library(folder: &std::path::Path, entries: &[Entry]) -> Library {
    let mut library = Library::open(folder).unwrap();
    let mut loading = library.load("test", "test").unwrap();
    for entry in entries {
        loading.put(entry, None).unwrap();
    }
    loading.commit().unwrap();
    library
}

fn faq(id: &str, title: &str) -> Entry {
    Entry { body: format!("{title}的答案"), ..Entry::new(id, Kind::Faq, title) }
}

/// Builds a generation and puts it in use.
fn built(generations: &Generations, library: &Library) -> Build {
    let lock = generations.lock().unwrap();
    let build = generations.build(&lock, library, &AtomicBool::new(false), |_| {}).unwrap();
    generations.activate(&lock, &build.generation).unwrap();
    build
}

#[test]
fn a_generation_is_built_followed_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = library(folder.path(), &[faq("a", "怎么办理社保卡"), faq("b", "怎么落户")]);
    let cutter = Arc::new(Cutter::new());
    let generations = Generations::new(&folder.path().join("index"), folder.path(), Arc::clone(&cutter));
    assert!(generations.open().unwrap().is_none());
    assert_eq!(built(&generations, &library).entries, 2);
    let generation = generations.open().unwrap().unwrap();
    assert_eq!(generation.last_change().unwrap(), 2);

    let mut loading = library.load("test", "test").unwrap();
    loading.put(&faq("a", "公积金提取"), None).unwrap();
    loading.commit().unwrap();
    assert_eq!(generation.follow(&library).unwrap(), 1);
    let snapshot = generation.snapshot().unwrap();
    assert_eq!((snapshot.entries(), snapshot.last_change), (2, 3));
}

#[test]
fn a_damaged_generation_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path(), &[faq("a", "怎么办理社保卡")]);
    let index = folder.path().join("index");
    let generations = Generations::new(&index, folder.path(), Arc::new(Cutter::new()));
    let build = built(&generations, &library);
    let store = std::fs::read_dir(index.join(&build.generation)).unwrap();
    let store =
        store.map(|item| item.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "store"));
    let store = store.unwrap();
    let mut bytes = std::fs::read(&store).unwrap();
    bytes[3] ^= 0xff;
    std::fs::write(&store, bytes).unwrap();
    assert!(matches!(generations.open(), Err(IndexError::Unusable { .. })));
    built(&generations, &library);
    assert!(generations.open().unwrap().is_some());
}

fn standings(generations: &Generations) -> Vec<(String, Standing)> {
    generations.list().unwrap().into_iter().map(|listed| (listed.name, listed.standing)).collect()
}

#[test]
fn earlier_generations_stay_up_to_a_number_and_one_that_waits() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path(), &[faq("a", "怎么办理社保卡")]);
    let index = folder.path().join("index");
    let generations = Generations::new(&index, folder.path(), Arc::new(Cutter::new()));
    assert!(generations.list().unwrap().is_empty());
    let names: Vec<String> = (0..5).map(|_| built(&generations, &library).generation).collect();
    let lock = generations.lock().unwrap();
    for why in ["甲", "乙"] {
        let waiting = generations.build(&lock, &library, &AtomicBool::new(false), |_| {}).unwrap();
        generations.hold_back(&lock, &waiting.generation, why).unwrap();
    }
    let listed = standings(&generations);
    let expected = [
        ("generation-000007", Standing::Waiting),
        (names[4].as_str(), Standing::InUse),
        (names[3].as_str(), Standing::Earlier),
        (names[2].as_str(), Standing::Earlier),
        (names[1].as_str(), Standing::Earlier),
    ];
    assert_eq!(listed, expected.map(|(name, standing)| (name.to_owned(), standing)));
    generations.activate(&lock, &names[2]).unwrap();
    let in_use: Vec<_> =
        standings(&generations).into_iter().filter(|(_, standing)| *standing == Standing::InUse).collect();
    assert_eq!(in_use, [(names[2].clone(), Standing::InUse)]);
}

#[test]
fn a_build_nobody_decided_on_is_removed_by_the_next_and_a_cancelled_one_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path(), &[faq("a", "怎么办理社保卡")]);
    let index = folder.path().join("index");
    let generations = Generations::new(&index, folder.path(), Arc::new(Cutter::new()));
    built(&generations, &library);
    let lock = generations.lock().unwrap();
    let build = |stop: bool| generations.build(&lock, &library, &AtomicBool::new(stop), |_| {});
    let undecided = build(false).unwrap().generation;
    assert!(matches!(build(true), Err(IndexError::Cancelled)));
    assert!(!index.join(&undecided).exists());
    assert_eq!(standings(&generations), [("generation-000001".to_owned(), Standing::InUse)]);
}
