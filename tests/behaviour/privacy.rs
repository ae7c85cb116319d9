//! Nobody's numbers are kept: a telephone, an identity and a card number that
//! were planted wherever somebody may write appear in no table, no log, no
//! export, no reply, no page.

use std::path::Path;

use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, World, encoded, faq, until};

const PHONE: &str = "13812345678";
const LANDLINE: &str = "02423456789";
const IDENTITY: &str = "21010219900101123X";
const CARD: &str = "6222021234567890128";
/// What must be nowhere; the identity's X may be written otherwise.
const PLANTED: [&str; 4] = [PHONE, LANDLINE, "21010219900101123", CARD];

fn post(server: &Server, path: &str, key: &str, body: Value) {
    let reply = server.call("POST", path, key, &[], &body.to_string());
    assert!(reply.status < 300, "{path}: {}", reply.text);
}

/// Plants the numbers in everything a caller's words can get into.
fn plant(server: &Server, agent: &str, bot: &str) {
    let words = format!("我电话{PHONE}座机{LANDLINE}身份证{IDENTITY}卡号{CARD}，供暖温度不达标，楼道漏电");
    let call = [("call", PHONE), ("seat", LANDLINE), ("line", "12345"), ("region", "210102")];
    let found = server.search(&[&[("q", words.as_str())], call.as_slice()].concat());
    let search_id = found.0["search_id"].clone();
    post(server, "/v1/answer", bot, json!({"question": words}));
    for (outcome, more) in [
        ("opened", json!({"entry_id": "heat"})),
        ("copied", json!({"entry_id": "heat"})),
        ("dispatched", json!({"department": format!("供热办{PHONE}")})),
        ("rated", json!({"satisfaction": 1})),
    ] {
        let mut body = json!({"outcome": outcome, "search_id": search_id, "call": PHONE, "seat": LANDLINE, "note": words});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(server, "/v1/feedback", agent, body);
    }
    post(server, "/v1/feedback", agent, json!({"outcome": "abandoned", "call": IDENTITY, "note": words}));
    post(
        server,
        "/v1/gaps",
        agent,
        json!({"question": words, "note": words, "department": format!("供热办{PHONE}")}),
    );
    post(server, "/v1/corrections", agent, json!({"entry_id": "heat", "text": words}));
}

fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|item| item.expect("an item"))
        .filter(|item| item.file_type().is_file())
        .map(|item| (item.path().to_string_lossy().into_owned(), std::fs::read(item.path()).expect("a file")))
        .collect()
}

fn assert_clean(from: &str, bytes: &[u8]) {
    for number in PLANTED {
        let is_there = bytes.windows(number.len()).any(|window| window == number.as_bytes());
        assert!(!is_there, "{number} is in {from}");
    }
}

#[test]
fn nobodys_numbers_are_kept_or_told() {
    let world = World::of([faq("heat", "供暖温度不达标怎么办", "先测温。")]);
    let agent = world.key("agent", &[]);
    let bot = world.key("chatbot", &[]);
    let admin = world.key("admin", &[]);
    let server = world.serve();
    plant(&server, &agent, &bot);

    // What was said falls under a rule: the warnings hold it too.
    until(PATIENCE, "warnings", || {
        Some(server.get_as(&admin, "/v1/warnings").text).filter(|text| text.contains("楼道漏电"))
    });
    assert_clean("gathering", server.call("POST", "/v1/gaps/gather", &admin, &[], "").text.as_bytes());
    let mut paths = vec!["/v1/stats/figures".to_owned(), "/v1/stats/instant-answer".to_owned()];
    paths.extend(
        ["day", "hour", "line", "city", "region", "topic", "department"]
            .map(|by| format!("/v1/stats/groups?by={by}")),
    );
    for table in ["calls", "searches", "words"] {
        paths.push(format!("/v1/journal/export?table={table}&format=csv"));
        let parquet = ureq::Agent::new_with_defaults()
            .get(format!("{}/v1/journal/export?table={table}&format=parquet", server.address))
            .header("authorization", format!("Bearer {admin}"))
            .call();
        assert_clean("Parquet", &parquet.expect("a file").into_body().read_to_vec().expect("its bytes"));
    }
    paths.extend(["copied", "opened_expired", "never_shown"].map(|by| format!("/v1/stats/entries?by={by}")));
    let others = [
        "/v1/gaps",
        "/v1/suggested-questions/heat",
        "/v1/corrections",
        "/v1/audit",
        "/v1/warnings",
        "/metrics",
        "/",
        "/editor",
        "/managers",
    ];
    paths.extend(others.map(str::to_owned));
    for path in paths {
        let reply = server.get_as(&admin, &path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        assert_clean(&path, reply.text.as_bytes());
    }
    // What is there is the rest of the words, under one mark for the call.
    let searches = server.get_as(&admin, "/v1/journal/export?table=searches").text;
    assert!(searches.contains("〔号码〕") && searches.contains("供暖温度不达标"), "{searches}");
    let calls = server.get_as(&admin, "/v1/journal/export?table=calls").text;
    assert_eq!(calls.matches("call-").count(), 2, "{calls}");
    assert!(calls.contains("供热办〔号码〕"), "{calls}");

    let bad = format!("/v1/search?q={}&region=辽宁", encoded(&format!("电话{PHONE}")));
    assert_clean("a refusal", server.get(&bad).text.as_bytes());
    for arguments in [
        ["journal", "export", "words.csv", "--table=words"].as_slice(),
        &["journal", "export", "calls.parquet"],
        &["backup", "saved.tar.zst"],
    ] {
        world.jida_ok(arguments);
    }
    let said = world.jida_ok(&["stats", "--by", "department"]);
    assert_clean("jida stats", said.out.as_bytes());
    assert_clean("the log", server.log().as_bytes());
    // The databases with what is not in their main files yet, exports, logs, the index.
    for (path, bytes) in files_below(world.path("corpus").parent().expect("the world's folder")) {
        assert_clean(&path, &bytes);
    }
    assert_eq!(server.told_to_stop(), Some(0));
    for (path, bytes) in files_below(world.path("corpus").parent().expect("the world's folder")) {
        assert_clean(&path, &bytes);
    }
    let opened = zstd::decode_all(std::fs::File::open(world.path("saved.tar.zst")).unwrap()).unwrap();
    assert_clean("the backup", &opened);
}
