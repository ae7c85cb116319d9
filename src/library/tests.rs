use super::*;
use crate::entry::{Entry, Kind, Status};

fn faq(id: &str, body: &str) -> Entry {
    Entry { body: body.to_owned(), ..Entry::new(id, Kind::Faq, id) }
}

fn load(library: &mut Library, entries: &[Entry]) -> LoadingReport {
    let mut loading = library.load("test", "test").unwrap();
    let bytes = format!("{entries:?}");
    loading.put_file("r", "r/a.csv", Some(&blake3::hash(bytes.as_bytes())), entries).unwrap();
    loading.commit().unwrap()
}

#[test]
fn loading_the_same_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    let entries = [faq("a", "1"), faq("b", "1")];
    assert_eq!(load(&mut library, &entries).added, 2);
    assert_eq!(load(&mut library, &entries).unchanged, 2);
    assert_eq!(library.last_change().unwrap(), 2);
}

#[test]
fn a_changed_entry_takes_the_next_number_and_keeps_its_past() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    load(&mut library, &[faq("a", "1"), faq("b", "1")]);
    let report = load(&mut library, &[faq("a", "2"), faq("b", "1")]);
    assert_eq!((report.changed, report.unchanged), (1, 1));
    assert_eq!(library.revisions("a").unwrap().len(), 2);
    let mut seen = Vec::new();
    library
        .changed_since::<LibraryError>(2, |stored| {
            seen.push((stored.seq, stored.entry.id));
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, [(3, "a".to_owned())]);
}

#[test]
fn a_vanished_row_is_retired_and_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    load(&mut library, &[faq("a", "1"), faq("b", "1")]);
    assert_eq!(load(&mut library, &[faq("a", "1")]).retired, 1);
    assert_eq!(library.entry("b").unwrap().unwrap().entry.status, Status::Retired);
    assert_eq!(library.stats().unwrap().entries, 1);
}

#[test]
fn a_loading_that_is_not_committed_never_happened() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    let mut loading = library.load("test", "test").unwrap();
    loading.put(&faq("a", "1"), None).unwrap();
    drop(loading);
    assert_eq!(library.last_change().unwrap(), 0);
}
