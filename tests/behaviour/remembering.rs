//! Proves what the question memory does: what was adopted as an answer is found
//! by questions like the one it answered, at once and without a word of the
//! entry being touched, and what is forgotten is gone.

use std::fs;
use std::time::Duration;

use jida::library::{Adoption, Library, Standing};
use serde_json::{Value, json};

use crate::world::{Found, Server, World, faq, until};

/// Within one second; the test waits up to five, as the machine may be busy.
const SOON: Duration = Duration::from_secs(5);

/// Shares no character with any entry here.
const QUESTION: &str = "楼下老黄牛半夜唱戏";
const LIKE_QUESTION: &str = "楼下那头老黄牛半夜又唱戏了";

fn windows() -> World {
    World::of([faq("a", "甲事怎么办", "到一号窗口"), faq("b", "乙事怎么办", "到二号窗口")])
}

fn adoption(question: &str, entry: &str, by: &str, standing: Standing) -> Adoption {
    Adoption {
        question: question.to_owned(),
        entry_id: entry.to_owned(),
        adopted_by: by.to_owned(),
        adopted_on: jiff::Zoned::now().date(),
        standing,
    }
}

fn seat(by: &str) -> Adoption {
    adoption(QUESTION, "a", by, Standing::Seat)
}

fn curated(question: &str, entry: &str) -> Adoption {
    adoption(question, entry, "采编", Standing::Curated)
}

fn adopt(world: &World, adoptions: &[Adoption]) {
    Library::open(&world.corpus()).expect("the library").adopt(adoptions).expect("a memory");
}

fn asked(server: &Server, question: &str) -> Found {
    server.search(&[("q", question)])
}

fn is_adopted_soon(server: &Server, question: &str, id: &str) {
    until(SOON, &format!("{id} by {question}"), || {
        let found = asked(server, question);
        (found.ids() == [id] && found.matched_by().contains(&"adopted")).then_some(())
    });
}

fn is_gone_soon(server: &Server, question: &str) {
    until(SOON, &format!("nothing by {question}"), || asked(server, question).ids().is_empty().then_some(()));
}

fn listed(world: &World, filter: &[&str]) -> Vec<Value> {
    let arguments = [&["memory", "--json"], filter].concat();
    let said: Value = serde_json::from_str(&world.jida_ok(&arguments).out).expect("JSON");
    said["adoptions"].as_array().expect("a list").clone()
}

#[test]
fn what_two_seats_adopted_is_found_by_a_question_that_shares_no_word_with_it() {
    let world = windows();
    let server = world.serve();
    assert_eq!(asked(&server, QUESTION).ids(), [""; 0]);
    let before = server.entry("a").good();
    adopt(&world, &[seat("坐席一"), seat("坐席二")]);
    is_adopted_soon(&server, QUESTION, "a");
    is_adopted_soon(&server, LIKE_QUESTION, "a");
    assert_eq!(asked(&server, "身份证丢了").ids(), [""; 0]);
    assert_eq!(asked(&server, QUESTION).marked("title"), [""; 0]);
    assert_eq!(server.entry("a").good(), before);
}

#[test]
fn one_seat_alone_brings_nothing_in_that_its_text_does_not_match() {
    let world = windows();
    let server = world.serve();
    adopt(&world, &[seat("坐席一"), seat("坐席一"), curated("另一头老黄牛拉车", "b")]);
    is_adopted_soon(&server, "另一头老黄牛拉车", "b");
    assert!(!asked(&server, QUESTION).ids().contains(&"a"));
    adopt(&world, &[seat("坐席二")]);
    until(SOON, "a by two seats", || asked(&server, QUESTION).ids().contains(&"a").then_some(()));
}

#[test]
fn the_command_line_remembers_too_and_so_does_a_rebuilt_index() {
    let world = windows();
    assert_eq!(world.search("甲事怎么办").ids()[0], "a");
    adopt(&world, &[curated(QUESTION, "b")]);
    for _ in 0..2 {
        let found = world.search(QUESTION);
        assert_eq!((found.ids(), found.matched_by()), (vec!["b"], vec!["adopted"]));
        world.jida_ok(&["reindex"]);
    }
}

/// The like question shares so little with the adopted one that nothing but the
/// memory speaks for the entry.
#[test]
fn a_hit_by_memory_alone_always_says_so() {
    let world = windows();
    world.search("甲事怎么办");
    adopt(&world, &[curated("楼下老黄牛半夜唱戏", "a")]);
    for question in ["黄牛唱戏", "楼下吵闹", "半夜", "老黄牛在广场唱戏谁来管", "半夜楼下有人吵架摔东西"]
    {
        let found = world.search(question);
        assert!(found.ids().is_empty() || found.matched_by().contains(&"adopted"), "{found:?}");
    }
}

#[test]
fn what_is_forgotten_is_gone_from_a_running_server() {
    let world = windows();
    let server = world.serve();
    adopt(&world, &[curated(QUESTION, "a"), curated("白鹤敲钟", "b")]);
    is_adopted_soon(&server, QUESTION, "a");
    is_adopted_soon(&server, "白鹤敲钟", "b");
    let said = world.jida_ok(&["memory", "--entry", "a", "--forget"]);
    assert_eq!(said.out, "已忘记 1 条\n");
    is_gone_soon(&server, QUESTION);
    is_adopted_soon(&server, "白鹤敲钟", "b");
    let said = world.jida_ok(&["memory", "--forget", "--all", "--json"]);
    assert_eq!(said.out.trim(), json!({ "forgotten": 1 }).to_string());
    is_gone_soon(&server, "白鹤敲钟");
    assert_eq!(asked(&server, "甲事怎么办").ids()[0], "a");
}

#[test]
fn a_retired_entry_is_not_brought_back() {
    let world = windows();
    world.entries("data/one.jsonl", [faq("c", "丙事", "到三号窗口")]);
    world.entries("data/two.jsonl", [faq("d", "丁事", "到四号窗口")]);
    world.jida_ok(&["import", "data"]);
    let server = world.serve();
    adopt(&world, &[curated(QUESTION, "c")]);
    is_adopted_soon(&server, QUESTION, "c");
    fs::remove_file(world.path("data/one.jsonl")).expect("a file");
    world.jida_ok(&["import", "data"]);
    is_gone_soon(&server, QUESTION);
    assert_eq!(listed(&world, &["--entry", "c"]).len(), 1);
}

#[test]
fn changed_entries_leave_the_memory_as_it_is() {
    let world = windows();
    let server = world.serve();
    adopt(&world, &[curated(QUESTION, "a")]);
    is_adopted_soon(&server, QUESTION, "a");
    world.entries("new.jsonl", [faq("e", "戊事", "到五号窗口")]);
    world.jida_ok(&["import", "new.jsonl"]);
    until(SOON, "e", || asked(&server, "戊事").ids().contains(&"e").then_some(()));
    is_adopted_soon(&server, QUESTION, "a");
}

#[test]
fn the_memory_is_listed_by_question_entry_and_adopter() {
    let world = windows();
    world.search("甲事怎么办");
    adopt(&world, &[seat("坐席一"), curated(QUESTION, "b"), curated("白鹤敲钟", "b")]);
    assert_eq!(listed(&world, &[]).len(), 3);
    assert_eq!(listed(&world, &["--question", "老黄牛"]).len(), 2);
    assert_eq!(listed(&world, &["--question", "老黄牛", "--entry", "b"]).len(), 1);
    let by = listed(&world, &["--by", "坐席一"]);
    let today = jiff::Zoned::now().date().to_string();
    assert_eq!(
        by,
        [json!({ "question": QUESTION, "entry_id": "a", "adopted_by": "坐席一",
            "adopted_on": today, "standing": "seat" })]
    );
    let said = world.jida_ok(&["memory", "--question", "白鹤"]).out;
    assert_eq!(said, format!("白鹤敲钟  →  [b]  知识库确认：采编，{today}\n共 1 条\n"));
}

#[test]
fn nothing_is_forgotten_by_mistake() {
    let world = windows();
    world.search("甲事怎么办");
    adopt(&world, &[seat("坐席一")]);
    for arguments in [&["memory", "--forget"][..], &["memory", "--forget", "--question", " "]] {
        let said = world.jida(arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(crate::world::has_han(&said.err), "{said:?}");
    }
    world.jida_ok(&["memory", "--forget", "--by", "别人"]);
    assert_eq!(listed(&world, &[]).len(), 1);
}
