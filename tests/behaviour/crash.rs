//! Proves that nothing is lost and nothing comes twice when a command is killed
//! at any moment, and that the index is never the truth: deleted or damaged, it
//! is built again from the library, said in Chinese, and answers.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jida::index::EARLIER_KEPT;
use jida::library::{Library, LibraryError};
use serde_json::Value;

use crate::world::{World, faq};

/// Enough rows that a loading and a build take a moment in which to be killed.
const ROWS: u64 = 2_000;
/// Moments of a run at which it is killed, in eighths of its whole time.
const MOMENTS: u32 = 8;

fn rows() -> impl Iterator<Item = Value> {
    (0..ROWS).map(|at| {
        let body = format!("第{at}号事项的办理，带身份证到第{}号窗口，编码X{at}Y。", at % 97).repeat(6);
        faq(&format!("row-{at}"), &format!("事项{at}怎么办"), &body)
    })
}

/// Kills a command after a while. Whether it had ended by itself does not matter.
fn killed_after(world: &World, arguments: &[&str], while_running: Duration) {
    let mut command = world.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    std::thread::sleep(while_running);
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
}

fn time_of(mut run: impl FnMut()) -> Duration {
    let began = Instant::now();
    run();
    began.elapsed()
}

/// Change numbers without gaps, one revision each, all entries there.
fn assert_whole(world: &World, entries: u64) {
    let library = Library::open(&world.corpus()).expect("a library");
    let stats = library.stats().expect("figures");
    assert_eq!((stats.entries, stats.last_change), (entries, entries));
    let mut changes = Vec::new();
    let mut ids = HashSet::new();
    let visited = library.changed_since::<LibraryError>(0, |stored| {
        assert_eq!(stored.version, 1, "{}", stored.entry.id);
        changes.push(stored.seq);
        ids.insert(stored.entry.id);
        Ok(())
    });
    visited.expect("the changes");
    assert_eq!(changes, (1..=entries).collect::<Vec<_>>());
    assert_eq!(ids.len() as u64, entries);
}

/// The first, a middle and the last row are found, each once.
fn assert_answers(world: &World) {
    let server = world.serve();
    for at in [0, ROWS / 2, ROWS - 1] {
        let found = server.search(&[("q", &format!("X{at}Y"))]);
        assert_eq!(found.ids(), [format!("row-{at}")]);
    }
    let stats = server.stats();
    assert_eq!((&stats["entries"], &stats["indexed_change"]), (&stats["last_change"], &stats["last_change"]));
}

#[test]
fn an_import_killed_at_any_moment_is_all_or_nothing() {
    let whole = World::new();
    whole.entries("data/rows.jsonl", rows());
    let whole_time = time_of(|| drop(whole.jida_ok(&["import", "data"])));
    assert_whole(&whole, ROWS);
    for moment in 0..MOMENTS {
        let world = World::new();
        world.entries("data/rows.jsonl", rows());
        killed_after(&world, &["import", "data"], whole_time * moment / MOMENTS);
        let there = Library::open(&world.corpus()).expect("a library").stats().expect("figures").entries;
        assert!(there == 0 || there == ROWS, "{there} entries after moment {moment}");
        world.jida_ok(&["import", "data"]);
        assert_whole(&world, ROWS);
        assert_answers(&world);
    }
}

#[test]
fn imports_killed_one_after_the_other_end_whole() {
    let world = World::new();
    world.entries("data/rows.jsonl", rows());
    for moment in 0..MOMENTS {
        killed_after(&world, &["import", "data"], Duration::from_millis(150) * moment);
    }
    world.jida_ok(&["import", "data"]);
    assert_whole(&world, ROWS);
    assert_answers(&world);
}

#[test]
fn a_reindex_killed_at_any_moment_loses_nothing() {
    let world = World::new();
    world.entries("corpus/rows.jsonl", rows());
    let whole_time = time_of(|| drop(world.jida_ok(&["reindex"])));
    for moment in 0..=MOMENTS {
        killed_after(&world, &["reindex"], whole_time * moment / MOMENTS);
        assert_answers(&world);
    }
    assert_whole(&world, ROWS);
    world.jida_ok(&["reindex"]);
    let leftovers: Vec<String> = names_in(&world.index())
        .into_iter()
        .filter(|name| name != "current" && name != "building.lock" && !name.starts_with("generation-"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    let generations = names_in(&world.index()).into_iter().filter(|name| name.starts_with("generation-"));
    assert!((1..=1 + EARLIER_KEPT).contains(&generations.count()));
}

#[test]
fn a_first_start_killed_at_any_moment_starts_again() {
    let world = World::new();
    world.entries("corpus/rows.jsonl", rows());
    for moment in 0..6 {
        let serve = ["serve", "--listen", "127.0.0.1:0"];
        killed_after(&world, &serve, Duration::from_millis(250) * moment);
    }
    assert_answers(&world);
    assert_whole(&world, ROWS);
}

fn names_in(folder: &Path) -> Vec<String> {
    let items = fs::read_dir(folder).expect("a folder");
    items.map(|item| item.expect("an item").file_name().to_string_lossy().into_owned()).collect()
}

/// A small world with an index in several segments and a deleted document in
/// one that goes on: the second loading's, which one thread writes.
fn indexed() -> World {
    let more = |window: &str| {
        let others = (0..10).map(|at| faq(&format!("c-{at}"), "丙事怎么办", &format!("丙事到{at}号柜台")));
        [faq("b", "乙事怎么办", window)].into_iter().chain(others).collect::<Vec<_>>()
    };
    let world = World::of([faq("a", "甲事怎么办", "甲事到一号窗口")]);
    world.jida_ok(&["reindex"]);
    for window in ["乙事到二号窗口", "乙事改到九号窗口"] {
        world.entries("corpus/more.jsonl", more(window));
        world.jida_ok(&["import", "corpus"]);
    }
    world
}

fn generation(world: &World) -> PathBuf {
    let name = fs::read_to_string(world.index().join("current")).expect("a generation's name");
    world.index().join(name.trim())
}

/// Whether the next start found the damage, said so, rebuilt and answers.
fn is_rebuilt(world: &World, damage: &str) -> bool {
    let said = world.jida_ok(&["search", "甲事 乙事", "--json"]);
    assert!(!said.err.contains("panicked"), "{damage}: {}", said.err);
    let view: Value = serde_json::from_str(&said.out).expect("JSON");
    let ids: HashSet<&str> =
        view["hits"].as_array().expect("hits").iter().filter_map(|hit| hit["id"].as_str()).collect();
    assert!(ids.is_superset(&HashSet::from(["a", "b"])), "{damage}: {}", said.out);
    said.err.contains("重建索引")
}

#[test]
fn a_deleted_index_loses_nothing() {
    let world = indexed();
    fs::remove_dir_all(world.index()).unwrap();
    is_rebuilt(&world, "no index");
    let server = world.serve();
    assert_eq!(server.search(&[("q", "九号窗口")]).ids()[0], "b");
    let stats = server.stats();
    assert_eq!(
        (&stats["entries"], &stats["last_change"], &stats["indexed_change"]),
        (&12.into(), &13.into(), &13.into())
    );
}

/// Files of a generation that hold something and matter, one of each kind: the
/// engine's locks are empty, and its list of files to clean up takes no part in
/// answering.
fn damageable(world: &World) -> Vec<String> {
    let folder = generation(world);
    let mut names = names_in(&folder);
    names
        .retain(|name| fs::metadata(folder.join(name)).expect("a file").len() > 0 && name != ".managed.json");
    names.sort_unstable_by_key(|name| kind_of(name));
    names.dedup_by_key(|name| kind_of(name));
    assert!(names.len() >= 8 && names.iter().any(|name| name.ends_with(".del")), "{names:?}");
    names
}

/// Damages a file of each kind in a copy of its own and looks at the next start.
fn assert_detected(how: &str, damage: impl Fn(&mut Vec<u8>)) {
    let whole = indexed();
    let mut missed = Vec::new();
    for name in damageable(&whole) {
        let world = whole.copied();
        let path = generation(&world).join(&name);
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
        if !is_rebuilt(&world, &format!("{how} {name}")) {
            missed.push(name);
        }
    }
    assert!(missed.is_empty(), "{how}: not detected in {missed:?}");
}

/// `x.pos` and `y.pos` are one kind; `meta.json` is its own.
fn kind_of(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((segment, kind)) if segment.len() >= 32 => format!(".{kind}"),
        _ => name.to_owned(),
    }
}

#[test]
fn a_flipped_byte_at_the_start_of_a_file_is_detected() {
    assert_detected("first byte of", |bytes| bytes[0] ^= 0xff);
}

#[test]
fn a_flipped_byte_in_the_middle_of_a_file_is_detected() {
    assert_detected("middle byte of", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
    });
}

#[test]
fn a_flipped_byte_at_the_end_of_a_file_is_detected() {
    assert_detected("last byte of", |bytes| *bytes.last_mut().expect("a byte") ^= 0xff);
}

#[test]
fn a_truncated_file_is_detected() {
    assert_detected("half of", |bytes| bytes.truncate(bytes.len() / 2));
}

#[test]
fn an_emptied_file_is_detected() {
    assert_detected("nothing of", Vec::clear);
}

#[test]
fn a_missing_file_is_detected() {
    let whole = indexed();
    for name in ["generation.json", "meta.json"] {
        let world = whole.copied();
        fs::remove_file(generation(&world).join(name)).unwrap();
        assert!(is_rebuilt(&world, name), "{name}");
    }
}

#[test]
fn a_missing_segment_file_is_detected() {
    let whole = indexed();
    for name in damageable(&whole).into_iter().filter(|name| kind_of(name).starts_with('.')) {
        let world = whole.copied();
        fs::remove_file(generation(&world).join(&name)).unwrap();
        assert!(is_rebuilt(&world, &name), "{name}");
    }
}

#[test]
fn garbage_in_current_is_detected() {
    let whole = indexed();
    for garbage in ["", "generation-999999", "\u{0}\u{1}", "../corpus", "第一代", "/"] {
        let world = whole.copied();
        fs::write(world.index().join("current"), garbage).unwrap();
        assert!(is_rebuilt(&world, garbage), "{garbage:?}");
    }
}

#[test]
fn current_that_is_not_text_is_detected() {
    let world = indexed();
    fs::write(world.index().join("current"), b"\xff\xfe\xff").unwrap();
    assert!(is_rebuilt(&world, "not UTF-8"));
}

#[test]
fn an_index_of_another_library_is_rebuilt() {
    // Ahead of the library: it is not this library's index.
    let world = indexed();
    for name in ["library.db", "library.db-wal", "library.db-shm"] {
        let _ = fs::remove_file(world.corpus().join(name));
    }
    fs::remove_file(world.corpus().join("more.jsonl")).unwrap();
    let found = world.search("乙事怎么办");
    assert!(!found.ids().contains(&"b"), "{found:?}");
}

#[test]
fn a_served_index_that_was_damaged_is_rebuilt_at_the_next_start() {
    let world = indexed();
    drop(world.serve());
    fs::write(generation(&world).join("meta.json"), "{").unwrap();
    let server = world.serve();
    assert_eq!(server.search(&[("q", "乙事怎么办")]).ids()[0], "b");
    assert!(server.log().contains("重建索引"), "{}", server.log());
}
