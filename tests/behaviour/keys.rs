//! Who gets in: without a key only reading from this machine; a key does what
//! its role and its limits allow, until it ends; every use is written down.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Server, World, faq, until, with};

fn world() -> World {
    World::of([
        with(faq("a", "补贴怎么领", "到窗口领取"), json!({"department": "民政局", "category": "民政/补贴"})),
        with(faq("b", "补贴多少钱", "按标准发放"), json!({"region": "330100", "category": "杭州"})),
    ])
}

fn new_entry(id: &str) -> Value {
    with(faq(id, "新问题", "新答案"), json!({"reason": "新增", "department": "民政局", "category": "民政"}))
}

fn create(server: &Server, key: &str, entry: &Value) -> u16 {
    server.call("POST", "/v1/entries", key, &[], &entry.to_string()).status
}

#[test]
fn without_a_key_this_machine_reads_and_nobody_writes() {
    let world = world();
    let server = world.serve();
    assert_eq!(server.search(&[("q", "补贴")]).ids().len(), 2);
    server.call("POST", "/v1/entries", "", &[], &new_entry("n").to_string()).problem(401, "unauthorized");
    for path in ["/v1/keys", "/v1/audit", "/v1/settings", "/v1/entries", "/v1/conflicts", "/v1/schedule"] {
        server.get(path).problem(401, "unauthorized");
    }
}

#[test]
fn what_a_proxy_passes_on_is_not_from_this_machine() {
    let server = world().serve();
    let forwarded = [("x-forwarded-for", "203.0.113.7")];
    server.call("GET", "/v1/search?q=1", "", &forwarded, "").problem(401, "unauthorized");
}

#[test]
fn reading_can_be_closed_to_this_machine_too() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve_with(&["--require-key"]);
    server.get("/v1/stats/library").problem(401, "unauthorized");
    server.get_as(&key, "/v1/stats/library").good();
}

#[test]
fn a_wrong_key_is_refused_even_where_none_is_needed() {
    let server = world().serve();
    let refused = server.get_as("jida_0000", "/v1/stats/library").problem(401, "unauthorized");
    assert!(refused["detail"].as_str().unwrap().contains("密钥不对"));
    let basic = server.call("GET", "/v1/stats/library", "", &[("authorization", "Basic abc")], "");
    basic.problem(401, "unauthorized");
}

#[test]
fn a_role_does_what_it_may_and_no_more() {
    let world = world();
    let keys: Vec<String> =
        ["chatbot", "agent", "editor", "reviewer", "admin"].iter().map(|role| world.key(role, &[])).collect();
    let server = world.serve();
    let written: Vec<u16> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| create(&server, key, &new_entry(&format!("n{at}"))))
        .collect();
    assert_eq!(written, [403, 403, 201, 201, 201]);
    let listed: Vec<u16> = keys.iter().map(|key| server.get_as(key, "/v1/keys").status).collect();
    assert_eq!(listed, [403, 403, 403, 403, 200]);
    for key in &keys {
        server.get_as(key, "/v1/stats/library").good();
    }
}

#[test]
fn a_key_made_over_http_works_at_once_and_a_revoked_one_no_more() {
    let world = world();
    let admin = world.key("admin", &[]);
    let server = world.serve();
    let asked = json!({"name": "机器人甲", "role": "chatbot", "categories": ["民政"]});
    let made = server.call("POST", "/v1/keys", &admin, &[], &asked.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let key = made["key"].as_str().unwrap();
    server.get_as(key, "/v1/stats/library").good();
    let listed = server.get_as(&admin, "/v1/keys");
    assert!(listed.text.contains("机器人甲") && !listed.text.contains(&key[5..]), "{}", listed.text);
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    server.call("DELETE", &path, &admin, &[], "").problem(400, "invalid_request");
    assert_eq!(server.call("DELETE", &format!("{path}?reason=x"), &admin, &[], "").status, 204);
    server.get_as(key, "/v1/stats/library").problem(401, "unauthorized");
    server.call("DELETE", &format!("{path}?reason=x"), &admin, &[], "").problem(404, "key_not_found");
}

#[test]
fn a_key_made_or_revoked_beside_a_running_server_counts_within_a_second() {
    let world = world();
    let server = world.serve();
    let key = world.key("agent", &[]);
    let second = Duration::from_secs(2);
    until(second, "the key works", || (server.get_as(&key, "/v1/stats/library").status == 200).then_some(()));
    let listed = world.jida_ok(&["key", "list"]).out;
    let id = listed.split_whitespace().next().unwrap();
    world.jida_ok(&["key", "revoke", id, "--reason", "离职"]);
    until(second, "it ends", || (server.get_as(&key, "/v1/stats/library").status == 401).then_some(()));
    assert!(world.jida_ok(&["key", "list"]).out.contains("停用"));
}

#[test]
fn a_key_ends_with_its_last_day() {
    let world = world();
    let key = world.key("agent", &["--expires", "2020-01-01"]);
    let server = world.serve();
    let refused = server.get_as(&key, "/v1/stats/library").problem(401, "unauthorized");
    assert!(refused["detail"].as_str().unwrap().contains("2020-01-01"));
}

#[test]
fn a_limited_key_finds_reads_and_is_answered_only_within_its_limits() {
    let world = world();
    let key = world.key("chatbot", &["--category", "民政"]);
    let city = world.key("chatbot", &["--region", "330100"]);
    let far = world.key("chatbot", &["--region", "210100"]);
    let server = world.serve();
    let ids = |key: &str| -> Vec<String> {
        let found = server.get_as(key, "/v1/search?q=%E8%A1%A5%E8%B4%B4").good();
        found["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&key), ["a"]);
    assert_eq!(ids(&city).len(), 2);
    assert_eq!(ids(&far), ["a"]);
    server.get_as(&key, "/v1/entries/a").good();
    server.get_as(&key, "/v1/entries/b").problem(404, "entry_not_found");
    let suggested = server.get_as(&key, "/v1/suggest?q=%E8%A1%A5%E8%B4%B4").text;
    assert!(suggested.contains("怎么领") && !suggested.contains("多少钱"), "{suggested}");
    let asked = json!({"question": "补贴多少钱"}).to_string();
    let answered = server.call("POST", "/v1/answer", &key, &[], &asked).text;
    assert!(!answered.contains("按标准发放"), "{answered}");
}

#[test]
fn an_editor_of_a_department_writes_only_its_entries() {
    let world = world();
    let key = world.key("editor", &["--department", "民政局"]);
    let server = world.serve();
    assert_eq!(create(&server, &key, &new_entry("n")), 201);
    let foreign = with(new_entry("m"), json!({"department": "公安局"}));
    let refused = server.call("POST", "/v1/entries", &key, &[], &foreign.to_string());
    assert!(refused.problem(403, "forbidden")["detail"].as_str().unwrap().contains("民政局"));
    let taken = json!({"department": "民政局", "reason": "归我"});
    server.write("PATCH", &key, "b", 1, &taken).problem(403, "forbidden");
    let away = json!({"department": "公安局", "reason": "给你"});
    server.write("PATCH", &key, "a", 1, &away).problem(403, "forbidden");
}

#[test]
fn every_write_and_every_use_of_a_key_is_written_down() {
    let world = world();
    let admin = world.key("admin", &[]);
    let server = world.serve();
    assert_eq!(create(&server, &admin, &new_entry("n")), 201);
    let lines = server.get_as(&admin, "/v1/audit?object=n").good();
    let line = &lines["lines"][0];
    assert_eq!((line["action"].as_str(), line["reason"].as_str()), (Some("entry.published"), Some("新增")));
    let id = line["actor"].as_str().unwrap().split(['(', ')']).nth(1).unwrap().to_owned();
    let path = format!("/v1/keys/{id}");
    until(Duration::from_secs(4), "the use is written down", || {
        server.get_as(&admin, &path).text.contains("POST /v1/entries").then_some(())
    });
    for method in ["DELETE", "PUT", "POST", "PATCH"] {
        server.call(method, "/v1/audit", &admin, &[], "{}").problem(405, "method_not_allowed");
    }
}

#[test]
fn the_start_says_who_gets_in() {
    let world = world();
    let said = world.serve().said();
    assert!(said.contains("本机查询不用密钥") && said.contains("jida key create"), "{said}");
    world.key("editor", &[]);
    assert!(world.serve().said().contains("能修改的密钥有 1 个"));
}

#[test]
fn a_wrong_role_or_day_is_refused_in_words() {
    let world = world();
    let said = world.jida(&["key", "create", "--role", "boss", "--name", "甲"]);
    assert!(said.code == Some(2) && said.err.contains("chatbot、agent"), "{}", said.err);
    let said = world.jida(&["key", "create", "--role", "agent", "--name", "甲", "--expires", "明天"]);
    assert!(said.code == Some(2) && said.err.contains("2027-12-31"), "{}", said.err);
    let said = world.jida(&["key", "revoke", "ffff", "--reason", "x"]);
    assert!(said.code == Some(1) && said.err.contains("jida key list"), "{}", said.err);
}
