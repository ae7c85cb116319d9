//! Proves that a library made by an earlier version is opened by this one with
//! every revision, answers, and can be written and backed up
//! (`tests/fixtures/README.md`).

use std::fs;
use std::path::Path;

use jida::entry::Status;
use jida::library::Library;

use crate::world::{World, faq};

const VERSIONS: [&str; 3] = ["library-v1.db", "library-v2.db", "library-v3.db"];

fn world_with(name: &str) -> World {
    let world = World::new();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    fs::copy(stored, world.corpus().join("library.db")).expect("a stored library");
    world
}

fn assert_whole(library: &Library, name: &str) {
    assert!(library.last_change().unwrap() >= 5, "{name}");
    let revisions = library.revisions("faq-jia").unwrap();
    let told: Vec<_> = revisions.iter().map(|one| (one.seq, one.version, one.status.as_str())).collect();
    assert_eq!(told, [(1, 1, "published"), (4, 2, "published")], "{name}");
    assert_eq!(library.revision("faq-jia", 1).unwrap().unwrap().entry.body, "到一号窗口", "{name}");
    assert_eq!(library.live_entry("faq-jia").unwrap().unwrap().entry.body, "改到九号窗口", "{name}");
    let retired = library.entry("faq-yi").unwrap().unwrap().entry;
    assert_eq!(
        (retired.status, retired.internal_note.as_deref()),
        (Status::Retired, Some("内部说明")),
        "{name}"
    );
    let guide = library.entry("guide-bing").unwrap().unwrap().entry;
    assert_eq!(guide.guide.unwrap().conditions.as_deref(), Some("年满十八岁"), "{name}");
}

#[test]
fn a_library_of_every_earlier_version_opens_whole_and_answers() {
    for name in VERSIONS {
        let world = world_with(name);
        let server = world.serve();
        assert_eq!(server.search(&[("q", "甲事怎么办")]).ids(), ["faq-jia"], "{name}");
        assert_eq!(server.search(&[("q", "丙事办理")]).ids(), ["guide-bing"], "{name}");
        assert_eq!(server.search(&[("q", "乙事怎么办")]).ids(), [""; 0], "{name}");
        assert_eq!(server.stats()["last_change"], 5, "{name}");
        assert_whole(&Library::open(&world.corpus()).unwrap(), name);
        world.entries("more.jsonl", [faq("faq-ding", "丁事怎么办", "到四号窗口")]);
        world.jida_ok(&["import", "more.jsonl"]);
        world.jida_ok(&["backup", "b.tar.zst"]);
        let other = World::new();
        other.jida_ok(&["restore", world.path("b.tar.zst").to_str().unwrap()]);
        assert_whole(&Library::open(&other.corpus()).unwrap(), name);
        assert_eq!(other.search("丁事怎么办").ids(), ["faq-ding"], "{name}");
    }
}

/// What an earlier version remembered is remembered still.
#[test]
fn answered_questions_of_an_earlier_version_are_remembered() {
    let world = world_with("library-v2.db");
    assert!(world.jida_ok(&["memory"]).out.contains("甲事找谁"));
}

#[test]
fn a_library_of_a_later_version_is_refused_and_left_alone() {
    let world = World::of([faq("a", "甲事", "到窗口")]);
    world.jida_ok(&["reindex"]);
    let path = world.corpus().join("library.db");
    let mut bytes = fs::read(&path).unwrap();
    // `user_version` in the database's header.
    bytes[60..64].copy_from_slice(&999u32.to_be_bytes());
    fs::write(&path, &bytes).unwrap();
    for arguments in [vec!["search", "甲事"], vec!["backup", "b.tar.zst"], vec!["export", "a.jsonl"]] {
        let said = world.jida(&arguments);
        assert!(said.code == Some(1) && said.err.contains("版本是 999"), "{}", said.err);
    }
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
