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
    assert_eq!(library.forget(&by, ("甲", "记错了")).unwrap(), 1);
    assert_eq!(library.adoptions(&AdoptionFilter::default()).unwrap(), [adoption("q", "a", "s1")]);
    assert_eq!(library.last_adoption().unwrap(), 2);
    let forgotten = library.forgotten().unwrap();
    assert!(forgotten.has("q", "a", "s2") && !forgotten.has("q", "a", "s1"));
    // Who keeps the library brings back what was forgotten.
    library.adopt(&[Adoption { standing: Standing::Curated, ..adoption("q", "a", "采编") }]).unwrap();
    assert!(!library.forgotten().unwrap().has("q", "a", "s2"));
}

fn edit<'a>(entry: &'a Entry, base: Base) -> Edit<'a> {
    Edit { entry, base, made_by: "甲", reason: "改正" }
}

#[test]
fn an_edit_stands_when_its_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    load(&mut library, &[faq("a", "1"), faq("b", "1")]);
    library.edit(edit(&faq("a", "here"), Base::Version(1))).unwrap();
    let report = load(&mut library, &[faq("a", "1"), faq("b", "2")]);
    assert_eq!((report.changed, report.unchanged, report.conflicts), (1, 1, 0));
    assert_eq!(library.entry("a").unwrap().unwrap().entry.body, "here");
}

#[test]
fn what_a_file_and_an_editor_both_changed_is_a_conflict_until_one_is_kept() {
    for (keep, body) in [(Keep::Library, "here"), (Keep::Origin, "file")] {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Library::open(folder.path()).unwrap();
        load(&mut library, &[faq("a", "1")]);
        library.edit(edit(&faq("a", "here"), Base::Version(1))).unwrap();
        assert_eq!(load(&mut library, &[faq("a", "file")]).conflicts, 1);
        assert_eq!(library.entry("a").unwrap().unwrap().entry.body, "here");
        assert_eq!(library.conflicts().unwrap()[0].wanted.body, "file");
        let settled = library.settle("a", keep, "甲", "核对过").unwrap().unwrap();
        assert_eq!(settled.entry.body, body);
        assert_eq!(library.conflicts().unwrap(), []);
        assert_eq!(load(&mut library, &[faq("a", "file"), faq("b", "1")]).conflicts, 0);
        assert_eq!(library.entry("a").unwrap().unwrap().entry.body, body);
        assert_eq!(load(&mut library, &[faq("a", "newer")]).conflicts, u64::from(keep == Keep::Library));
    }
}

#[test]
fn a_lost_update_is_refused_and_shows_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    library.edit(edit(&faq("a", "1"), Base::Nothing)).unwrap();
    library.edit(edit(&faq("a", "2"), Base::Version(1))).unwrap();
    let late = library.edit(edit(&faq("a", "3"), Base::Version(1)));
    assert!(matches!(late, Err(EditError::Outdated(there)) if there.entry.body == "2"));
    assert!(matches!(library.edit(edit(&faq("a", "4"), Base::Nothing)), Err(EditError::Outdated(_))));
    assert!(matches!(library.edit(edit(&faq("b", "1"), Base::Version(1))), Err(EditError::Missing)));
    assert_eq!(library.edit(edit(&faq("a", "2"), Base::Version(2))).unwrap().version, 2);
}

#[test]
fn a_draft_of_a_published_entry_leaves_the_published_one_answering() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    library.edit(edit(&faq("a", "live"), Base::Nothing)).unwrap();
    let draft = Entry { status: Status::Draft, ..faq("a", "draft") };
    library.edit(edit(&draft, Base::Version(1))).unwrap();
    assert_eq!(library.live_entry("a").unwrap().unwrap().entry.body, "live");
    assert_eq!(library.entry("a").unwrap().unwrap().entry.body, "draft");
    assert_eq!(library.stats().unwrap().entries, 1);
    let mut seen = Vec::new();
    library
        .changed_since::<LibraryError>(1, |stored| {
            seen.push((stored.seq, stored.entry.body));
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, [(2, "live".to_owned())]);
}

#[test]
fn what_is_scheduled_happens_unless_somebody_wrote_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    let draft = |body: &str| Entry { status: Status::Review, ..faq("a", body) };
    library.edit(edit(&draft("1"), Base::Nothing)).unwrap();
    let due_at: jiff::Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
    let scheduled = |version| Scheduled {
        entry_id: "a".to_owned(),
        version,
        status: Due::Published,
        due_at,
        made_by: "乙".to_owned(),
        reason: "按时公布".to_owned(),
    };
    assert!(!library.schedule(&scheduled(7)).unwrap());
    assert!(library.schedule(&scheduled(1)).unwrap());
    let second = jiff::SignedDuration::from_secs(1);
    assert_eq!(library.carry_out_due(due_at - second).unwrap(), 0);
    library.edit(edit(&draft("2"), Base::Version(1))).unwrap();
    assert_eq!(library.carry_out_due(due_at + second).unwrap(), 0);
    assert!(library.schedule(&scheduled(2)).unwrap());
    assert_eq!(library.carry_out_due(due_at + second).unwrap(), 1);
    let live = library.live_entry("a").unwrap().unwrap();
    assert_eq!((live.entry.status, live.updated_by.as_str()), (Status::Published, "乙"));
    assert_eq!(library.scheduled().unwrap(), []);
}

#[test]
fn the_audit_log_and_the_revisions_cannot_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    library.edit(edit(&faq("a", "1"), Base::Nothing)).unwrap();
    assert_eq!(library.audit(0, Some("a"), 9).unwrap()[0].action, "entry.published");
    let direct = rusqlite::Connection::open(library.path()).unwrap();
    for change in [
        "DELETE FROM audit",
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM revision",
        "UPDATE revision SET content = ''",
    ] {
        assert!(direct.execute_batch(change).is_err(), "{change}");
    }
}

#[test]
fn a_key_is_kept_without_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::open(folder.path()).unwrap();
    let new = NewKey {
        name: "甲".to_owned(),
        role: crate::access::Role::Editor,
        scope: crate::access::Scope { department: Some("民政局".to_owned()), ..Default::default() },
        expires_on: Some(jiff::civil::date(2027, 1, 1)),
    };
    let (key, secret) = library.create_key(&new, "command").unwrap();
    let today = jiff::civil::date(2026, 11, 25);
    assert_eq!(library.keyring().unwrap().open(secret.reveal(), today), Ok(&key));
    drop(library);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let shown = secret.reveal().as_bytes();
        assert!(!bytes.windows(shown.len()).any(|window| window == shown));
    }
    let mut library = Library::open(folder.path()).unwrap();
    assert!(library.revoke_key(&key.id, "command", "离职").unwrap());
    assert!(!library.revoke_key(&key.id, "command", "离职").unwrap());
    assert!(library.keyring().unwrap().open(secret.reveal(), today).is_err());
    let actions: Vec<String> =
        library.audit(0, None, 9).unwrap().into_iter().map(|line| line.action).collect();
    assert_eq!(actions, ["key.created", "key.revoked"]);
}
