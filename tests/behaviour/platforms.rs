//! Proves that a platform follows another's library: every change once however
//! often the line is cut, its own entries and edits left alone, conflicts shown.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jida::library::{Library, LibraryError};
use serde_json::{Value, json};

use crate::world::{Said, Server, World, faq, has_han, with};

/// Enough that a cut falls between batches, within them and within lines.
const ROWS: usize = 2_000;

fn follow(world: &World, server: &Server) -> Said {
    world.jida_ok(&["follow", &server.address, "--once"])
}

/// Lines of a reply, the last one apart.
fn told(server: &Server, path: &str, key: &str) -> (Vec<Value>, Value) {
    let reply = server.call("GET", path, key, &[], "");
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/x-ndjson"), "{}", reply.text);
    let mut lines: Vec<Value> =
        reply.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let end = lines.pop().expect("an end");
    (lines, end)
}

/// What counts outside, by id.
fn published(world: &World) -> Vec<String> {
    let library = Library::open(&world.corpus()).unwrap();
    let mut entries = Vec::new();
    library
        .changed_since::<LibraryError>(0, |stored| {
            entries.push(serde_json::to_string(&stored.entry).unwrap());
            Ok(())
        })
        .unwrap();
    entries.sort();
    entries
}

#[test]
fn changes_are_told_in_order_and_go_on_from_any_of_them() {
    let world = World::of((0..450).map(|at| faq(&format!("a{at}"), &format!("事{at}"), "到窗口")));
    let server = world.serve();
    let (all, end) = told(&server, "/v1/changes", "");
    let numbers: Vec<u64> = all.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=450).collect::<Vec<_>>());
    assert_eq!((&end["more"], &end["end"]), (&json!(false), &all[449]["mark"]));
    assert_eq!(all[7]["entry"]["title"], "事7");
    let mut received = Vec::new();
    let mut since = "0".to_owned();
    loop {
        let (lines, end) = told(&server, &format!("/v1/changes?since={since}&limit=77"), "");
        received.extend(lines);
        since = end["end"].as_str().unwrap().to_owned();
        if end["more"] == json!(false) {
            break;
        }
    }
    assert_eq!(received, all);
    let (nothing, end) = told(&server, &format!("/v1/changes?since={since}"), "");
    assert_eq!((nothing.len(), end["end"].as_str()), (0, Some(since.as_str())));
    for wrong in ["since=x", "limit=0", "sinse=1"] {
        server.get(&format!("/v1/changes?{wrong}")).problem(400, "invalid_request");
    }
    for elsewhere in ["since=451", "since=450-0123456789abcdef"] {
        server.get(&format!("/v1/changes?{elsewhere}")).problem(409, "history_changed");
    }
}

#[test]
fn drafts_stay_and_notes_leave_only_to_those_inside() {
    let world = World::of([
        with(faq("a", "甲事怎么办", "到一号窗口"), json!({ "internal_note": "金丝雀" })),
        with(faq("d", "拟的事", "还没定"), json!({ "status": "draft" })),
        with(faq("r", "旧事", "停了"), json!({ "status": "retired" })),
    ]);
    world.jida_ok(&["reindex"]);
    let (chatbot, agent, editor) =
        (world.key("chatbot", &[]), world.key("agent", &[]), world.key("editor", &[]));
    let server = world.serve();
    let edit = json!({ "status": "draft", "body": "改到九号窗口", "reason": "拟改" });
    assert_eq!(server.write("PATCH", &editor, "a", 1, &edit).status, 200);
    for (key, knows) in [("", false), (&chatbot, false), (&agent, true)] {
        let (lines, end) = told(&server, "/v1/changes", key);
        let seen: Vec<(&str, &str)> = lines
            .iter()
            .map(|line| (line["id"].as_str().unwrap(), line["entry"]["body"].as_str().unwrap()))
            .collect();
        assert_eq!(seen, [("r", "停了"), ("a", "到一号窗口")]);
        assert_eq!(json!(lines).to_string().contains("金丝雀"), knows);
        assert_eq!(json!(lines).to_string().contains("made_by"), knows);
        assert!(end["end"].as_str().unwrap().starts_with("4-"), "{end}");
    }
}

#[test]
fn what_leaves_a_keys_region_is_retired_to_it() {
    let regional = |region: &str| with(faq("a", "甲事怎么办", "到窗口"), json!({ "region": region }));
    let world =
        World::of([regional("210100"), with(faq("b", "乙事", "别处"), json!({ "region": "330100" }))]);
    world.jida_ok(&["reindex"]);
    let key = world.key("chatbot", &["--region", "210100"]);
    let server = world.serve();
    let (lines, _) = told(&server, "/v1/changes", &key);
    assert_eq!(lines.len(), 1);
    world.entries(
        "corpus/entries.jsonl",
        [regional("330100"), with(faq("b", "乙事", "别处"), json!({ "region": "330100" }))],
    );
    world.jida_ok(&["reindex"]);
    let (lines, _) = told(&server, "/v1/changes", &key);
    assert_eq!((lines.len(), &lines[0]["entry"]["status"]), (1, &json!("retired")));
    assert_eq!(lines[0]["entry"]["region"], "210100");
}

#[test]
fn a_city_follows_its_province_and_keeps_its_own() {
    let province = World::of([faq("p1", "省里甲事", "到省一号"), faq("p2", "省里乙事", "到省二号")]);
    let city = World::of([faq("c1", "市里丙事", "到市一号"), faq("both", "共有的编号", "市里写的")]);
    let upstream = province.serve();
    let server = city.serve();
    let said = follow(&city, &upstream);
    assert!(said.out.contains("新增 2"), "{}", said.out);
    crate::world::until(Duration::from_secs(10), "the city shows it", || {
        server.search(&[("q", "省里甲事")]).ids().contains(&"p1").then_some(())
    });
    assert!(follow(&city, &upstream).out.contains("收到 0 条"));
    province.entries(
        "corpus/entries.jsonl",
        [faq("p1", "省里甲事", "改到省九号"), faq("both", "共有的编号", "省里写的")],
    );
    province.jida_ok(&["reindex"]);
    let said = follow(&city, &upstream);
    assert!(said.out.contains("修改 1") && said.out.contains("停用 1"), "{}", said.out);
    assert!(said.err.contains("冲突 both"), "{}", said.err);
    let library = Library::open(&city.corpus()).unwrap();
    let body = |id: &str| library.entry(id).unwrap().unwrap().entry.body;
    assert_eq!(
        (body("p1"), body("c1"), body("both")),
        ("改到省九号".to_owned(), "到市一号".to_owned(), "市里写的".to_owned())
    );
    assert_eq!(library.entry("p2").unwrap().unwrap().entry.status, jida::entry::Status::Retired);
    assert_eq!(library.conflicts().unwrap()[0].wanted.body, "省里写的");
    // The city's own files do not bring the province's entries back or away.
    city.jida_ok(&["reindex"]);
    assert_eq!(body("p1"), "改到省九号");
    assert!(city.jida_ok(&["conflicts"]).out.contains("both"));
}

#[test]
fn an_edit_on_both_sides_is_shown_and_neither_is_lost() {
    let province = World::of([faq("p1", "省里甲事", "到省一号"), faq("p2", "省里乙事", "到省二号")]);
    let upstream = province.serve();
    let city = World::new();
    follow(&city, &upstream);
    let editor = city.key("editor", &[]);
    let server = city.serve();
    for id in ["p1", "p2"] {
        let edit = json!({ "body": "市里改的", "reason": "本地情况" });
        assert_eq!(server.write("PATCH", &editor, id, 1, &edit).status, 200);
    }
    // An edit that the province knows nothing of stands through any following.
    assert!(follow(&city, &upstream).out.contains("冲突 0"));
    province.entries("corpus/entries.jsonl", [faq("p1", "省里甲事", "省里改的")]);
    province.jida_ok(&["reindex"]);
    let said = follow(&city, &upstream);
    assert!(said.out.contains("冲突 2") && said.err.contains("冲突 p1"), "{} {}", said.out, said.err);
    let conflicts = server.get_as(&editor, "/v1/conflicts").good();
    assert_eq!(conflicts["conflicts"][0]["wanted"]["body"], "省里改的");
    assert_eq!(conflicts["conflicts"][0]["here"]["body"], "市里改的");
    assert_eq!(conflicts["conflicts"][1]["wanted"]["status"], "retired");
    city.jida_ok(&["conflicts", "p1", "--keep", "origin"]);
    province.entries("corpus/entries.jsonl", [faq("p1", "省里甲事", "省里再改的")]);
    province.jida_ok(&["reindex"]);
    assert!(follow(&city, &upstream).out.contains("修改 1"));
    let library = Library::open(&city.corpus()).unwrap();
    assert_eq!(library.entry("p1").unwrap().unwrap().entry.body, "省里再改的");
    assert_eq!(library.revisions("p1").unwrap().len(), 4);
}

/// Passes bytes on to a server and cuts each reply after a while.
struct Cutting {
    address: String,
    stop: Arc<AtomicBool>,
}

impl Cutting {
    fn before(server: &Server) -> Cutting {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let upstream = server.address.trim_start_matches("http://").to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        named("cutting", move || {
            let mut chance: u64 = 42;
            for client in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let most = (chance >> 33) % 150_000;
                let (client, upstream) = (client.unwrap(), upstream.clone());
                // A kept connection would hold up the next one.
                named("connection", move || drop(pass_on(client, &upstream, most as usize)));
            }
        });
        Cutting { address, stop }
    }
}

impl Drop for Cutting {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

/// A thread that ends by itself.
fn named(name: &str, work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).unwrap();
}

fn pass_on(mut client: TcpStream, upstream: &str, mut most: usize) -> std::io::Result<()> {
    let mut server = TcpStream::connect(upstream)?;
    let mut buffer = [0; 8192];
    // A request without a body fits one reading on this machine.
    let read = client.read(&mut buffer)?;
    server.write_all(&buffer[..read])?;
    while most > 0 {
        let limit = most.min(buffer.len());
        let read = server.read(&mut buffer[..limit])?;
        if read == 0 {
            break;
        }
        client.write_all(&buffer[..read])?;
        most -= read;
    }
    client.shutdown(Shutdown::Both)
}

#[test]
fn no_cut_loses_or_repeats_a_change() {
    let rows = (0..ROWS)
        .map(|at| faq(&format!("p{at}"), &format!("事{at}怎么办"), &"到窗口办理。".repeat(at % 40 + 1)));
    let province = World::of(rows);
    let upstream = province.serve();
    let cutting = Cutting::before(&upstream);
    let city = World::new();
    let (mut cuts, mut kills) = (0, 0);
    for round in 0.. {
        assert!(round < 300, "it never ends");
        let mut command = city.command(&["follow", &cutting.address, "--once"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if round % 2 == 0 && round < 12 {
            std::thread::sleep(Duration::from_millis(40 + 25 * round));
            kills += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
        }
        match child.wait().unwrap().code() {
            Some(0) => break,
            Some(1) => cuts += 1,
            _ => {}
        }
    }
    assert!(cuts + kills > 0, "nothing was ever cut");
    let library = Library::open(&city.corpus()).unwrap();
    assert_eq!(library.last_change().unwrap(), ROWS as u64, "one revision an entry");
    assert_eq!(published(&city), published(&province));
}

#[test]
fn a_province_restored_from_a_backup_is_noticed() {
    let province = World::of([faq("p1", "省里甲事", "到省一号")]);
    let upstream = province.serve();
    province.jida_ok(&["backup", "b.tar.zst"]);
    for (file, id) in [("two.jsonl", "p2"), ("three.jsonl", "p3")] {
        province.entries(file, [faq(id, id, "到省里")]);
        province.jida_ok(&["import", file]);
    }
    let city = World::new();
    follow(&city, &upstream);
    province.jida_ok(&["restore", "b.tar.zst", "--replace"]);
    province.jida_ok(&["import", "three.jsonl"]);
    province.entries("four.jsonl", [faq("p4", "p4", "到省里"), faq("p5", "p5", "到省里")]);
    province.jida_ok(&["import", "four.jsonl"]);
    // More changes than before, and not the same ones.
    let said = city.jida(&["follow", &upstream.address, "--once"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("--from-start") && said.err.contains("备份"), "{}", said.err);
    let said = city.jida_ok(&["follow", &upstream.address, "--once", "--from-start"]);
    assert!(said.out.contains("新增 2") && said.out.contains("停用 1"), "{}", said.out);
    assert!(follow(&city, &upstream).out.contains("收到 0 条"));
    let library = Library::open(&city.corpus()).unwrap();
    assert_eq!(library.entry("p2").unwrap().unwrap().entry.status, jida::entry::Status::Retired);
    assert_eq!(library.stats().unwrap().entries, 4);
}

#[test]
fn what_cannot_be_followed_is_said_in_chinese() {
    let world = World::of([faq("a", "甲事", "到窗口")]);
    let agent = world.key("agent", &[]);
    let server = world.serve_with(&["--require-key"]);
    let city = World::new();
    let key = city.file("key", agent);
    city.jida_ok(&["follow", &server.address, "--once", "--key-file", key.to_str().unwrap()]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (arguments, code, word) in [
        (vec![server.address.as_str(), "--once"], 1, "密钥"),
        (vec![&format!("http://{nobody}"), "--once"], 1, "断"),
        (vec![&format!("{}/nowhere", server.address), "--once"], 1, "地址"),
        (vec![&server.address, "--once", "--key-file", "none"], 1, "没有这个文件"),
        (vec!["kb.example.com", "--once"], 2, "https://"),
    ] {
        let said = city.jida(&[&["follow"], arguments.as_slice()].concat());
        assert_eq!(said.code, Some(code), "{arguments:?}: {}", said.err);
        assert!(has_han(&said.err) && said.err.contains(word), "{arguments:?}: {}", said.err);
    }
}
