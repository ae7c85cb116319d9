//! Proves that an internal note never leaves, over any address or command, and
//! that no search is led by its words: not from a table, a guide or JSONL.

use serde_json::json;

use crate::world::{CSV_HEADER, World, encoded, faq, with};

/// A word that stands in the notes only.
const CANARY: &str = "金丝雀密语";
/// The notes' latin word, found even where Han is cut otherwise.
const LATIN_CANARY: &str = "zqxcanary";

fn world_with_notes() -> World {
    let world = World::new();
    let note = format!("{CANARY} {LATIN_CANARY} 局长手机 13912345678 内发〔2099〕77号");
    world.file(
        "corpus/faq/table.csv",
        format!("{CSV_HEADER}\nfaq-note,补贴怎么领,,,到窗口领取补贴,到窗口领,,,,,{note},某办法,,,,,,,\n"),
    );
    world.file(
        "corpus/guide/note.md",
        format!("---\nid: guide-note\nkind: guide\ntitle: 补贴申领\nscript: 到窗口申领\ninternal_note: {note}\nsource:\n  - title: 某办法\n---\n## 办理条件\n补贴的条件\n"),
    );
    world.entries(
        "corpus/line.jsonl",
        [with(faq("line-note", "补贴标准", "每月发放补贴"), json!({ "internal_note": note }))],
    );
    world
}

fn tells(text: &str) -> bool {
    let said_plainly = [CANARY, LATIN_CANARY, "13912345678", "内发", "internal_note"];
    said_plainly.iter().any(|secret| text.contains(secret))
}

#[test]
fn no_address_gives_an_internal_note_away() {
    let server = world_with_notes().serve();
    let mut replies = vec![
        server.get_with("/v1/search", &[("q", "补贴"), ("validity", "all"), ("limit", "100")]),
        server.get("/v1/stats/library"),
        server.get("/healthz"),
        server.get("/readyz"),
    ];
    for typed in ["补贴", "butie", "b"] {
        replies.push(server.get_with("/v1/suggest", &[("q", typed), ("limit", "20")]));
    }
    for question in ["补贴怎么领", "补贴申领", "补贴标准", "补贴"] {
        let body = json!({ "question": question }).to_string();
        replies.push(server.post("/v1/answer", "application/json", &body));
    }
    for id in ["faq-note", "guide-note", "line-note"] {
        replies.push(server.get(&format!("/v1/entries/{}", encoded(id))));
    }
    for reply in replies {
        assert_eq!(reply.status, 200);
        assert!(!tells(&reply.text), "{}", reply.text);
    }
    assert!(!tells(&server.log()), "{}", server.log());
}

/// Every route of the server, read from its source, so that a new one is
/// either asked here or named as one that answers nothing to a reader.
fn routes() -> Vec<String> {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/mod.rs")).unwrap();
    let flat = source.split_whitespace().collect::<String>();
    flat.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// An address of a route that leads to entries with notes.
fn address(route: &str) -> String {
    let query = encoded("补贴");
    match route {
        "/v1/search" => format!("/v1/search?q={query}&validity=all&limit=100"),
        "/v1/suggest" => format!("/v1/suggest?q={query}&limit=20"),
        // A stream that never ends would be read until patience is out.
        "/v1/events" => "/v1/events?region=none".to_owned(),
        "/v1/changes" => "/v1/changes?since=0".to_owned(),
        route => {
            route.replace("{*id}", "line-note").replace("{id}", "line-note").replace("{name}", "synonyms")
        }
    }
}

#[test]
fn no_route_gives_a_note_to_a_chatbot_or_to_nobody() {
    let world = world_with_notes();
    let chatbot = world.key("chatbot", &[]);
    let agent = world.key("agent", &[]);
    let server = world.serve();
    let body = json!({"question": "补贴标准"}).to_string();
    let routes = routes();
    assert!(routes.len() > 20, "{routes:?}");
    for route in &routes {
        for key in ["", &chatbot] {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let body = if method == "GET" { "" } else { &body };
                let reply = server.call(method, &address(route), key, &[("if-match", "\"1\"")], body);
                // The document names the field; its page too.
                let names_it = matches!(route.as_str(), "/openapi.json" | "/docs");
                assert!(names_it || !tells(&reply.text), "{method} {route}: {}", reply.text);
                // Whoever may search may say that there was no answer; anybody may log out.
                let is_open = matches!(route.as_str(), "/v1/answer" | "/v1/gaps" | "/v1/session");
                let is_write = method != "GET" && !is_open;
                assert!(!is_write || reply.status >= 400, "{method} {route} by {key:?}: {}", reply.status);
            }
        }
    }
    assert!(tells(&server.get_as(&agent, "/v1/entries/line-note").text), "an agent reads the note");
}

#[test]
fn nothing_is_found_by_the_words_of_a_note() {
    let server = world_with_notes().serve();
    for words in [CANARY, LATIN_CANARY, "13912345678", "内发〔2099〕77号", "局长手机", "\"金丝雀\"", "雀"]
    {
        let suggested = server.get_with("/v1/suggest", &[("q", words)]).good();
        assert_eq!(suggested["suggestions"], json!([]), "{words}");
        let found = server.search(&[("q", words), ("validity", "all")]);
        assert_eq!(found.ids(), [""; 0], "{words}");
    }
}

#[test]
fn a_note_excludes_nothing_either() {
    // Or a caller could guess a note word by word.
    let server = world_with_notes().serve();
    assert_eq!(server.search(&[("q", &format!("补贴 -{CANARY}"))]).ids().len(), 3);
}

#[test]
fn the_command_line_gives_no_note_away() {
    let world = world_with_notes();
    for arguments in [vec!["search", "补贴"], vec!["search", "补贴", "--json"], vec!["suggest", "补贴"]]
    {
        let said = world.jida_ok(&arguments);
        assert!(said.out.contains("补贴") && !tells(&said.out), "{}", said.out);
    }
}

#[test]
fn the_index_files_hold_no_note() {
    let world = world_with_notes();
    world.jida_ok(&["reindex"]);
    for item in walkdir::WalkDir::new(world.index()).into_iter().filter_map(Result::ok) {
        if item.file_type().is_file() {
            let bytes = std::fs::read(item.path()).unwrap();
            let tells = bytes.windows(LATIN_CANARY.len()).any(|piece| piece == LATIN_CANARY.as_bytes());
            assert!(!tells, "{}", item.path().display());
        }
    }
}
