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

fn adoption(question: &str, entry_id: &str, adopted_by: &str) -> Adoption {
    Adoption {
        question: question.to_owned(),
        entry_id: entry_id.to_owned(),
        adopted_by: adopted_by.to_owned(),
        adopted_on: jiff::civil::date(2026, 11, 24),
        standing: Standing::Seat,
    }
}

#[test]
fn an_adoption_is_kept_once_an_adopter_and_can_be_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    library.adopt(&[adoption("q", "a", "s1"), adoption("q", "a", "s1"), adoption("q", "a", "s2")]).unwrap();
    assert_eq!(library.adoptions(&AdoptionFilter::default()).unwrap().len(), 2);
    assert_eq!(library.last_adoption().unwrap(), 1);
    let by = AdoptionFilter { adopted_by: Some("s2".to_owned()), ..AdoptionFilter::default() };
    assert_eq!(library.forget(&by).unwrap(), 1);
    assert_eq!(library.adoptions(&AdoptionFilter::default()).unwrap(), [adoption("q", "a", "s1")]);
    assert_eq!(library.last_adoption().unwrap(), 2);
}

#[test]
fn a_library_of_the_first_version_is_brought_up() {
    let folder = tempfile::tempdir().unwrap();
    load(&mut Library::open(folder.path()).unwrap(), &[faq("a", "1")]);
    let old = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    old.execute_batch("DROP TABLE adoption; DROP TABLE adoption_change; PRAGMA user_version = 1").unwrap();
    drop(old);
    let mut library = Library::open(folder.path()).unwrap();
    library.adopt(&[adoption("q", "a", "s1")]).unwrap();
    assert_eq!(library.last_change().unwrap(), 1);
}
