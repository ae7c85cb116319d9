//! Proves that a running server follows what other processes do to the library
//! and to the index, without being told.

use std::fs;
use std::time::Duration;

use crate::world::{Server, World, faq, until};

/// A change is to be found within one second. The test waits up to five: the
/// machine may be busy with other tests, and no test measures speed.
const SOON: Duration = Duration::from_secs(5);

fn is_found_soon(server: &Server, question: &str, id: &str) {
    until(SOON, &format!("{id} by {question}"), || {
        server.search(&[("q", question)]).ids().contains(&id).then_some(())
    });
}

fn is_gone_soon(server: &Server, question: &str, id: &str) {
    until(SOON, &format!("no more {id} by {question}"), || {
        (!server.search(&[("q", question)]).ids().contains(&id)).then_some(())
    });
}

#[test]
fn what_another_process_imports_is_found_within_a_second() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    world.entries("new.jsonl", [faq("b", "乙事怎么办", "到二号窗口")]);
    world.jida_ok(&["import", "new.jsonl"]);
    is_found_soon(&server, "乙事怎么办", "b");
    assert_eq!(server.search(&[("q", "甲事怎么办")]).ids()[0], "a");
}

#[test]
fn changes_and_retirements_are_followed_one_after_the_other() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    for round in 0..4 {
        let word = format!("词{round}号");
        world.entries("data/one.jsonl", [faq("b", &word, &format!("到{round}号窗口"))]);
        world.jida_ok(&["import", "data"]);
        is_found_soon(&server, &word, "b");
    }
    world.entries("data/two.jsonl", [faq("c", "丙事", "丙")]);
    fs::remove_file(world.path("data/one.jsonl")).unwrap();
    world.jida_ok(&["import", "data"]);
    is_gone_soon(&server, "词3号", "b");
    is_found_soon(&server, "丙事", "c");
    let stats = until(SOON, "the index has caught up", || {
        let stats = server.stats();
        (stats["last_change"] == stats["indexed_change"]).then_some(stats)
    });
    assert_eq!((&stats["entries"], &stats["last_change"]), (&2.into(), &7.into()));
}

#[test]
fn a_server_goes_on_answering_while_another_process_reindexes() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    std::thread::scope(|scope| {
        let reindexing = scope.spawn(|| (0..4).for_each(|_| drop(world.jida_ok(&["reindex"]))));
        while !reindexing.is_finished() {
            assert_eq!(server.search(&[("q", "甲事怎么办")]).ids(), ["a"]);
        }
    });
    assert!(!server.log().contains("changes not applied"), "{}", server.log());
}

#[test]
fn imports_and_reindexes_at_the_same_time_lose_nothing() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    std::thread::scope(|scope| {
        let world = &world;
        scope.spawn(|| (0..3).for_each(|_| drop(world.jida_ok(&["reindex"]))));
        scope.spawn(|| (0..3).for_each(|_| drop(world.jida_ok(&["reindex"]))));
        scope.spawn(|| {
            for at in 0..6 {
                let file = format!("part-{at}.jsonl");
                world.entries(&file, [faq(&format!("b-{at}"), &format!("编号{at}"), &format!("第{at}条"))]);
                world.jida_ok(&["import", &file]);
            }
        });
    });
    for at in 0..6 {
        is_found_soon(&server, &format!("编号{at}"), &format!("b-{at}"));
    }
    for at in 0..6 {
        assert_eq!(world.search(&format!("编号{at}")).ids()[0], format!("b-{at}"));
    }
}

#[test]
fn two_first_starts_at_once_load_once() {
    let world =
        World::of((0..200).map(|at| faq(&format!("a-{at}"), &format!("事{at}"), &format!("第{at}件"))));
    std::thread::scope(|scope| {
        let starts = [0, 1].map(|_| scope.spawn(|| world.serve()));
        for server in starts.map(|start| start.join().expect("it starts")) {
            let stats = server.stats();
            assert_eq!((&stats["entries"], &stats["last_change"]), (&200.into(), &200.into()));
            assert_eq!(server.search(&[("q", "事7")]).ids()[0], "a-7");
        }
    });
}

#[test]
fn a_server_follows_the_generation_another_process_built() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    world.entries("corpus/more.jsonl", [faq("b", "乙事怎么办", "到二号窗口")]);
    world.jida_ok(&["reindex"]);
    is_found_soon(&server, "乙事怎么办", "b");
    assert!(!server.log().contains("changes not applied"), "{}", server.log());
}

#[test]
fn a_server_follows_imports_after_another_process_reindexed() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    world.jida_ok(&["reindex"]);
    world.entries("new.jsonl", [faq("b", "乙事怎么办", "到二号窗口")]);
    world.jida_ok(&["import", "new.jsonl"]);
    is_found_soon(&server, "乙事怎么办", "b");
}

#[test]
fn a_server_goes_on_when_the_index_is_deleted_under_it() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    fs::remove_dir_all(world.index()).unwrap();
    assert_eq!(server.search(&[("q", "甲事怎么办")]).ids(), ["a"]);
    world.entries("new.jsonl", [faq("b", "乙事怎么办", "到二号窗口")]);
    world.jida_ok(&["import", "new.jsonl"]);
    is_found_soon(&server, "乙事怎么办", "b");
}

#[test]
fn what_was_imported_is_there_after_a_restart() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    drop(world.serve());
    world.entries("new.jsonl", [faq("b", "乙事怎么办", "到二号窗口")]);
    world.jida_ok(&["import", "new.jsonl"]);
    let server = world.serve();
    assert_eq!(server.search(&[("q", "乙事怎么办")]).ids()[0], "b");
    drop(server);
    world.jida_ok(&["reindex"]);
    assert_eq!(world.serve().search(&[("q", "乙事怎么办")]).ids()[0], "b");
}

#[test]
fn two_servers_on_one_library_both_follow() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let servers = [world.serve(), world.serve()];
    for round in 0..3 {
        let word = format!("词{round}号");
        world.entries("new.jsonl", [faq("b", &word, &format!("到{round}号窗口"))]);
        world.jida_ok(&["import", "new.jsonl"]);
        servers.iter().for_each(|server| is_found_soon(server, &word, "b"));
    }
}

#[test]
fn imports_at_the_same_time_are_all_kept() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    let server = world.serve();
    std::thread::scope(|scope| {
        for at in 0..4 {
            let world = &world;
            scope.spawn(move || {
                let file = format!("part-{at}.jsonl");
                let rows = (0..25).map(|row| {
                    let word = format!("编号{at}之{row}");
                    faq(&format!("{at}-{row}"), &word, &format!("{word}的答复"))
                });
                world.entries(&file, rows);
                world.jida_ok(&["import", &file]);
            });
        }
    });
    for at in 0..4 {
        is_found_soon(&server, &format!("编号{at}之24"), &format!("{at}-24"));
    }
    assert_eq!(server.stats()["entries"], 101);
}

/// Two servers on one library have to show the same list.
#[test]
fn every_build_puts_equal_entries_in_the_same_order() {
    let world = World::of((10..60).map(|at| faq(&format!("a-{at}"), "甲事怎么办", &format!("到{at}号窗口"))));
    let order = || {
        world.jida_ok(&["reindex"]);
        world.search("窗口").ids().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = order();
    assert_eq!(first.len(), 50);
    for _ in 0..5 {
        assert_eq!(order(), first);
    }
}
