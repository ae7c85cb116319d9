//! Proves that a backup made while others write is whole, that restoring is all
//! or nothing and puts what was there aside, that a damaged file is refused
//! before anything is touched, and that no index answers from another history.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use jida::library::{Adoption, AdoptionFilter, Library, LibraryError, Standing};

use crate::world::{PATIENCE, Server, World, faq, has_han, until};

const TABLE: &str = "编号,标准问,答案\nt,户口怎么迁,到派出所\n";

/// A library with a past: files, an entry with two revisions, an adoption.
fn lived_in() -> World {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口"), faq("b", "乙事怎么办", "到二号窗口")]);
    world.file("corpus/faq/表.csv", TABLE);
    world.file("corpus/synonyms.txt", "甲事, 天字事\n");
    world.file("corpus/manifest.toml", "[[folder]]\npath = 'faq'\nregion = '210000'\n");
    world.jida_ok(&["reindex"]);
    world.entries(
        "corpus/entries.jsonl",
        [faq("a", "甲事怎么办", "改到九号窗口"), faq("b", "乙事怎么办", "到二号窗口")],
    );
    world.jida_ok(&["reindex"]);
    let adoption = Adoption {
        question: "甲事找谁".to_owned(),
        entry_id: "a".to_owned(),
        adopted_by: "坐席".to_owned(),
        adopted_on: jiff::civil::date(2026, 11, 25),
        standing: Standing::Seat,
    };
    Library::open(&world.corpus()).unwrap().adopt(&[adoption]).unwrap();
    world
}

/// Everything a library holds that a restoring has to bring back.
fn content(corpus: &Path) -> String {
    let library = Library::open(corpus).expect("a library");
    let mut told = String::new();
    let visited = library.changed_since::<LibraryError>(0, |mut stored| {
        // Its file stands in another folder after a restore.
        stored.origin = stored.origin.and_then(|path| path.rsplit('/').next().map(str::to_owned));
        told += &format!("{stored:?} {:?}\n", library.revisions(&stored.entry.id)?);
        Ok(())
    });
    visited.expect("the entries");
    told + &format!("{:?}", library.adoptions(&AdoptionFilter::default()).expect("the adoptions"))
}

/// The editors' files by name.
fn files(corpus: &Path) -> BTreeMap<String, Vec<u8>> {
    let walk = walkdir::WalkDir::new(corpus).min_depth(1).into_iter();
    let seen = walk.filter_entry(|item| !item.file_name().to_string_lossy().starts_with('.'));
    let files = seen.map(|item| item.expect("an item")).filter(|item| {
        item.file_type().is_file() && !item.file_name().to_string_lossy().starts_with("library.db")
    });
    files
        .map(|item| {
            let name = item.path().strip_prefix(corpus).unwrap().to_string_lossy().into_owned();
            (name, fs::read(item.path()).unwrap())
        })
        .collect()
}

fn hidden(corpus: &Path) -> Vec<String> {
    let items = fs::read_dir(corpus).unwrap().map(|item| item.unwrap().file_name());
    items.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with('.')).collect()
}

fn is_found_soon(server: &Server, question: &str, id: &str) {
    until(PATIENCE, &format!("{id} by {question}"), || {
        server.search(&[("q", question)]).ids().contains(&id).then_some(())
    });
}

#[test]
fn a_restored_library_is_the_one_that_was_backed_up() {
    let world = lived_in();
    let server = world.serve();
    world.jida_ok(&["backup", "b.tar.zst"]);
    drop(server);
    let other = World::new();
    let backup = world.path("b.tar.zst");
    other.jida_ok(&["restore", backup.to_str().unwrap()]);
    assert_eq!(content(&other.corpus()), content(&world.corpus()));
    assert_eq!(files(&other.corpus()), files(&world.corpus()));
    assert_eq!(hidden(&other.corpus()), [""; 0]);
    let found = other.search("天字事怎么办");
    assert_eq!(found.ids()[0], "a");
    // Its files are known for what was loaded: nothing is new.
    other.jida_ok(&["reindex"]);
    assert_eq!(content(&other.corpus()), content(&world.corpus()));
}

#[test]
fn a_backup_beside_writers_is_whole() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    let backups = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for at in 0..6 {
                let rows =
                    (0..40).map(|row| faq(&format!("{at}-{row}"), &format!("事{at}之{row}"), "到窗口"));
                let file = format!("more-{at}.jsonl");
                world.entries(&file, rows);
                world.jida_ok(&["import", &file]);
            }
        });
        let mut backups = Vec::new();
        while !writing.is_finished() {
            let name = format!("b{}.tar.zst", backups.len());
            world.jida_ok(&["backup", &name]);
            backups.push(name);
        }
        backups
    });
    assert!(!backups.is_empty());
    for name in backups {
        let other = World::new();
        other.jida_ok(&["restore", world.path(&name).to_str().unwrap()]);
        let library = Library::open(&other.corpus()).unwrap();
        let stats = library.stats().unwrap();
        // One import is one transaction: none is in it by half.
        assert_eq!((stats.entries, stats.last_change % 40), (stats.last_change, 1));
    }
    drop(server);
}

#[test]
fn nothing_is_overwritten_unless_told() {
    let world = lived_in();
    world.jida_ok(&["backup", "b.tar.zst"]);
    let before = fs::read(world.path("b.tar.zst")).unwrap();
    let said = world.jida(&["backup", "b.tar.zst"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("--overwrite"), "{}", said.err);
    assert_eq!(fs::read(world.path("b.tar.zst")).unwrap(), before);
    world.jida_ok(&["backup", "b.tar.zst", "--overwrite"]);
    let said = world.jida(&["restore", "b.tar.zst"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("--replace"), "{}", said.err);
    let nothing = World::new().jida(&["backup", "b.tar.zst"]);
    assert!(nothing.code == Some(1) && nothing.err.contains("没有知识库"), "{}", nothing.err);
}

#[test]
fn a_replaced_library_is_put_aside_whole() {
    let old = lived_in();
    let new = World::of([faq("n", "新事怎么办", "到新窗口")]);
    new.jida_ok(&["reindex"]);
    new.jida_ok(&["backup", "b.tar.zst"]);
    let (old_content, old_files) = (content(&old.corpus()), files(&old.corpus()));
    old.jida_ok(&["restore", new.path("b.tar.zst").to_str().unwrap(), "--replace"]);
    assert_eq!(content(&old.corpus()), content(&new.corpus()));
    assert_eq!(files(&old.corpus()), files(&new.corpus()));
    let aside = hidden(&old.corpus());
    assert!(aside.len() == 1 && aside[0].starts_with(".before-restore-"), "{aside:?}");
    let aside = old.corpus().join(&aside[0]);
    assert_eq!((content(&aside), files(&aside)), (old_content, old_files));
    assert_eq!(old.search("新事怎么办").ids(), ["n"]);
    assert_eq!(old.search("甲事怎么办").ids(), [""; 0]);
}

/// The same last number in both: the number alone would say nothing is to do.
#[test]
fn an_index_of_another_history_is_not_answered_from() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let other = World::of([faq("b", "乙事怎么办", "到二号窗口")]);
    other.jida_ok(&["reindex"]);
    other.jida_ok(&["backup", "b.tar.zst"]);
    let server = world.serve();
    assert_eq!(server.search(&[("q", "甲事怎么办")]).ids(), ["a"]);
    world.jida_ok(&["restore", other.path("b.tar.zst").to_str().unwrap(), "--replace"]);
    is_found_soon(&server, "乙事怎么办", "b");
    assert_eq!(server.search(&[("q", "甲事怎么办")]).ids(), [""; 0]);
    assert_eq!(server.stats()["last_change"], 1);
    // What is imported now goes to the restored library.
    world.entries("more.jsonl", [faq("c", "丙事怎么办", "到三号窗口")]);
    world.jida_ok(&["import", "more.jsonl"]);
    is_found_soon(&server, "丙事怎么办", "c");
}

#[test]
fn a_bad_file_is_refused_before_anything_is_touched() {
    let world = lived_in();
    world.jida_ok(&["backup", "b.tar.zst"]);
    let good = fs::read(world.path("b.tar.zst")).unwrap();
    let target = lived_in();
    let before = (content(&target.corpus()), files(&target.corpus()));
    let mut bad: Vec<(String, Vec<u8>)> = vec![
        ("empty".to_owned(), Vec::new()),
        ("text".to_owned(), "编号,标准问\n".repeat(100).into_bytes()),
        ("database".to_owned(), fs::read(world.corpus().join("library.db")).unwrap()),
    ];
    for eighth in 1..8 {
        bad.push((format!("cut at {eighth}/8"), good[..good.len() * eighth / 8].to_owned()));
        let mut flipped = good.clone();
        flipped[good.len() * eighth / 8] ^= 0x10;
        bad.push((format!("flipped at {eighth}/8"), flipped));
    }
    bad.push(("cut by a byte".to_owned(), good[..good.len() - 1].to_owned()));
    for (name, bytes) in bad {
        let file = target.file("bad.tar.zst", bytes);
        let said = target.jida(&["restore", file.to_str().unwrap(), "--replace"]);
        assert_eq!(said.code, Some(1), "{name}: {}", said.out);
        assert!(has_han(&said.err) && said.err.contains("bad.tar.zst"), "{name}: {}", said.err);
        assert!(!name.starts_with("cut") || said.err.contains("不完整"), "{name}: {}", said.err);
        assert_eq!(hidden(&target.corpus()), [""; 0], "{name}");
    }
    assert_eq!((content(&target.corpus()), files(&target.corpus())), before);
}

#[test]
fn a_restoring_killed_at_any_moment_is_all_or_nothing() {
    let rows = |word: &str| -> Vec<_> {
        (0..1500)
            .map(|at| faq(&format!("{word}{at}"), &format!("{word}{at}怎么办"), &"到窗口".repeat(50)))
            .collect()
    };
    let new = World::of(rows("新"));
    new.jida_ok(&["reindex"]);
    new.jida_ok(&["backup", "b.tar.zst"]);
    let after = (content(&new.corpus()), files(&new.corpus()));
    let old = World::of(rows("旧"));
    old.jida_ok(&["reindex"]);
    let before = (content(&old.corpus()), files(&old.corpus()));
    let backup = new.path("b.tar.zst");
    let arguments = ["restore", backup.to_str().unwrap(), "--replace"];
    let whole = {
        let world = old.copied();
        let began = Instant::now();
        world.jida_ok(&arguments);
        began.elapsed()
    };
    for moment in 0..24 {
        let world = old.copied();
        let mut command = world.command(&arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * moment / 22);
        child.kill().unwrap();
        child.wait().unwrap();
        let there = (content(&world.corpus()), files(&world.corpus()));
        assert!(there == before || there == after, "neither before nor after at {moment}");
        world.jida_ok(&arguments);
        assert_eq!((content(&world.corpus()), files(&world.corpus())), after);
    }
}

#[test]
fn a_backup_killed_leaves_the_earlier_one() {
    let world =
        World::of((0..1500).map(|at| faq(&format!("a{at}"), &format!("事{at}"), &"到窗口".repeat(50))));
    world.jida_ok(&["reindex"]);
    world.jida_ok(&["backup", "b.tar.zst"]);
    for moment in 0..8 {
        let mut command = world.command(&["backup", "b.tar.zst", "--overwrite"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(15) * moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let other = World::new();
        other.jida_ok(&["restore", world.path("b.tar.zst").to_str().unwrap()]);
        assert_eq!(content(&other.corpus()), content(&world.corpus()));
    }
    world.jida_ok(&["backup", "b.tar.zst", "--overwrite"]);
    let names = fs::read_dir(world.path("")).unwrap().map(|item| item.unwrap().file_name());
    let left = names.filter(|name| name.to_string_lossy().starts_with('.')).count();
    assert_eq!(left, 0);
}
