//! Proves what happens on a full disk: a clear word in Chinese, the old state
//! goes on answering, and once there is room again nothing has to be mended by
//! hand. The disks are small file systems in memory, which only root can mount:
//! elsewhere these tests say that they were skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::world::{Said, Server, World, faq, has_han, until};

const PATIENCE: Duration = Duration::from_secs(30);

/// A small disk in place of a folder.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// None where nothing can be mounted.
    fn at(folder: PathBuf, kilobytes: u32) -> Option<SmallDisk> {
        fs::create_dir_all(&folder).expect("a folder");
        let size = format!("size={kilobytes}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            eprintln!("skipped: only root can mount a small disk");
            return None;
        }
        Some(SmallDisk { folder })
    }

    fn grow(&self, kilobytes: u32) {
        let size = format!("remount,size={kilobytes}k");
        let grown = Command::new("mount").args(["-o", &size]).arg(&self.folder).status();
        assert!(grown.expect("mount runs").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while a server still has it open.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}

fn many() -> impl Iterator<Item = Value> {
    (0..2_000).map(|at| {
        let body: String =
            (0..60).map(|part| format!("第{at}号事项第{part}步到第{}号窗口。", at * part)).collect();
        faq(&format!("n{at}"), &format!("新事{at}怎么办"), &body)
    })
}

fn says_full(said: &Said) {
    assert_eq!(said.code, Some(1), "{} {}", said.out, said.err);
    assert!(said.err.contains("磁盘满了") && !said.err.contains("panicked"), "{}", said.err);
    let last = said.err.lines().last().unwrap_or_default();
    assert!(has_han(last) && last.starts_with("错误："), "{}", said.err);
}

fn answers_as_before(server: &Server) {
    assert_eq!(server.search(&[("q", "甲事怎么办")]).ids()[0], "a");
    assert_eq!(server.entry("a").status, 200);
}

fn is_found_soon(server: &Server, question: &str, id: &str) {
    until(PATIENCE, &format!("{id} by {question}"), || {
        server.search(&[("q", question)]).ids().contains(&id).then_some(())
    });
}

fn names_in(folder: &Path) -> Vec<String> {
    let items = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        items.map(|item| item.expect("an item").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn an_import_that_does_not_fit_never_happened() {
    let world = World::new();
    let Some(disk) = SmallDisk::at(world.corpus(), 3_000) else { return };
    world.entries("corpus/entries.jsonl", [faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    world.entries("many.jsonl", many());
    says_full(&world.jida(&["import", "many.jsonl"]));
    answers_as_before(&server);
    assert_eq!(server.stats()["last_change"], 1);
    disk.grow(100_000);
    world.jida_ok(&["import", "many.jsonl"]);
    is_found_soon(&server, "新事1999怎么办", "n1999");
    assert_eq!(server.stats()["last_change"], 2_001);
}

#[test]
fn an_index_that_does_not_fit_leaves_the_old_one_answering() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let Some(disk) = SmallDisk::at(world.index(), 1_600) else { return };
    let server = world.serve();
    world.entries("corpus/many.jsonl", many());
    // The library has them; the index cannot follow, nor be built anew.
    world.jida(&["import", "corpus"]);
    until(PATIENCE, "the server says so", || server.log().contains("磁盘满了").then_some(()));
    answers_as_before(&server);
    says_full(&world.jida(&["reindex"]));
    answers_as_before(&server);
    let leftovers = names_in(&world.index()).into_iter().filter(|name| name.starts_with("building-"));
    assert_eq!(leftovers.count(), 0);
    disk.grow(200_000);
    is_found_soon(&server, "新事1999怎么办", "n1999");
    world.jida_ok(&["reindex"]);
    assert_eq!(world.search("新事1999怎么办").ids()[0], "n1999");
}

#[test]
fn a_backup_that_does_not_fit_leaves_the_earlier_one() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let Some(disk) = SmallDisk::at(world.path("disk"), 600) else { return };
    let server = world.serve();
    world.jida_ok(&["backup", "disk/b.tar.zst"]);
    let earlier = fs::read(world.path("disk/b.tar.zst")).unwrap();
    world.entries("many.jsonl", many());
    world.jida_ok(&["import", "many.jsonl"]);
    says_full(&world.jida(&["backup", "disk/b.tar.zst", "--overwrite"]));
    says_full(&world.jida(&["export", "disk/all.jsonl"]));
    answers_as_before(&server);
    assert_eq!(fs::read(world.path("disk/b.tar.zst")).unwrap(), earlier);
    assert_eq!(names_in(&world.path("disk")), ["b.tar.zst"]);
    disk.grow(100_000);
    world.jida_ok(&["backup", "disk/b.tar.zst", "--overwrite"]);
    let other = World::new();
    other.jida_ok(&["restore", world.path("disk/b.tar.zst").to_str().unwrap()]);
    assert_eq!(other.search("新事1999怎么办").ids()[0], "n1999");
}

#[test]
fn a_restoring_that_does_not_fit_touches_nothing() {
    let full = World::of(many());
    full.jida_ok(&["reindex"]);
    full.jida_ok(&["backup", "b.tar.zst"]);
    let backup = full.path("b.tar.zst");
    let arguments = ["restore", backup.to_str().unwrap(), "--replace"];
    let world = World::new();
    let Some(disk) = SmallDisk::at(world.corpus(), 2_000) else { return };
    world.entries("corpus/entries.jsonl", [faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    // Room for the unpacking, but not for the rows; then for neither.
    for kilobytes in [2_000, 9_000, 16_000] {
        disk.grow(kilobytes);
        says_full(&world.jida(&arguments));
        answers_as_before(&server);
        let hidden = names_in(&world.corpus()).into_iter().filter(|name| name.starts_with('.'));
        assert_eq!(hidden.collect::<Vec<_>>(), [""; 0], "{kilobytes}");
    }
    disk.grow(200_000);
    world.jida_ok(&arguments);
    is_found_soon(&server, "新事1999怎么办", "n1999");
}
