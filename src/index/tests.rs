use std::sync::Arc;

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

#[test]
fn a_generation_is_built_followed_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = library(folder.path(), &[faq("a", "怎么办理社保卡"), faq("b", "怎么落户")]);
    let cutter = Arc::new(Cutter::new());
    let generations = Generations::new(&folder.path().join("index"), folder.path(), Arc::clone(&cutter));
    assert!(generations.open().unwrap().is_none());
    assert_eq!(generations.build(&generations.lock().unwrap(), &library, |_| {}).unwrap().entries, 2);
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
    let build = generations.build(&generations.lock().unwrap(), &library, |_| {}).unwrap();
    let store = std::fs::read_dir(index.join(&build.generation)).unwrap();
    let store =
        store.map(|item| item.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "store"));
    let store = store.unwrap();
    let mut bytes = std::fs::read(&store).unwrap();
    bytes[3] ^= 0xff;
    std::fs::write(&store, bytes).unwrap();
    assert!(matches!(generations.open(), Err(IndexError::Unusable { .. })));
    generations.build(&generations.lock().unwrap(), &library, |_| {}).unwrap();
    assert!(generations.open().unwrap().is_some());
}
