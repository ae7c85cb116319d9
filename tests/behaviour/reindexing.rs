//! Proves that a reindex is whole or not at all, that earlier generations can
//! be gone back to at once, and that no edit is lost on the way.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, World, faq, until, with};

/// A swap is to be noticed within one second; the machine may be busy.
const SOON: Duration = Duration::from_secs(5);

fn generations(world: &World) -> Vec<Value> {
    let said = world.jida_ok(&["generations", "--json"]);
    serde_json::from_str(&said.out).expect("JSON")
}

fn standings(world: &World) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    generations(world).iter().map(|listed| (text(&listed["name"]), text(&listed["standing"]))).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, standing)| (name.to_owned(), standing.to_owned())).collect()
}

/// A world in whose second generation 老本行 leads to 职业转换.
fn world_with_a_new_synonym() -> World {
    let world = World::of([
        faq("a", "职业转换登记在哪里办", "到人社窗口办理职业转换登记"),
        faq("b", "公积金提取", "到公积金中心"),
    ]);
    world.file("corpus/synonyms.txt", "公积, 公积金\n");
    world.jida_ok(&["reindex"]);
    world.file("corpus/synonyms.txt", "公积, 公积金\n老本行 => 职业转换\n");
    world.jida_ok(&["reindex"]);
    world
}

#[test]
fn going_back_to_a_generation_takes_its_synonyms_and_keeps_the_newest_edits() {
    let world = world_with_a_new_synonym();
    assert_eq!(
        standings(&world),
        named(&[("generation-000002", "in_use"), ("generation-000001", "earlier")])
    );
    assert_eq!(world.search("老本行").ids(), ["a"]);
    world.entries("more.jsonl", [faq("c", "新增的事项丁", "到四号窗口")]);
    world.jida_ok(&["import", "more.jsonl"]);
    let said = world.jida_ok(&["generations", "activate", "generation-000001"]);
    assert!(said.out.contains("generation-000002"), "{}", said.out);
    assert!(world.search("老本行").ids().is_empty());
    assert_eq!(world.search("新增的事项丁").ids()[0], "c");
    assert_eq!(
        standings(&world),
        named(&[("generation-000002", "earlier"), ("generation-000001", "in_use")])
    );
    let listed = generations(&world);
    assert_eq!((&listed[1]["entries"], &listed[1]["last_change"]), (&json!(3), &json!(3)));
    world.jida_ok(&["generations", "activate", "generation-000002"]);
    assert_eq!(world.search("老本行").ids(), ["a"]);
    assert_eq!(world.search("新增的事项丁").ids()[0], "c");
}

#[test]
fn a_running_server_goes_back_with_the_others_and_follows_on() {
    let world = world_with_a_new_synonym();
    let server = world.serve();
    assert_eq!(server.search(&[("q", "老本行")]).ids(), ["a"]);
    world.jida_ok(&["generations", "activate", "generation-000001"]);
    until(SOON, "the earlier generation", || {
        server.search(&[("q", "老本行")]).ids().is_empty().then_some(())
    });
    world.entries("more.jsonl", [faq("c", "新增的事项丁", "到四号窗口")]);
    world.jida_ok(&["import", "more.jsonl"]);
    until(SOON, "the new entry", || {
        server.search(&[("q", "新增的事项丁")]).ids().contains(&"c").then_some(())
    });
    assert_eq!(standings(&world)[1].1, "in_use");
}

#[test]
fn a_generation_that_is_not_there_or_damaged_is_refused_in_chinese() {
    let world = world_with_a_new_synonym();
    let said = world.jida(&["generations", "activate", "generation-000009"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("没有索引代 generation-000009"), "{}", said.err);
    fs::write(world.index().join("generation-000001/meta.json"), "{").expect("written");
    let said = world.jida(&["generations", "activate", "generation-000001"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("generation-000001 不能用"), "{}", said.err);
    assert_eq!(world.search("老本行").ids(), ["a"]);
}

#[test]
fn a_reindex_takes_in_files_that_changed() {
    let world = World::of([faq("a", "甲事怎么办", "到一号窗口")]);
    world.jida_ok(&["reindex"]);
    world.entries("corpus/more.jsonl", [with(faq("b", "乙事怎么办", "二号"), json!({ "keywords": ["丁"] }))]);
    world.jida_ok(&["reindex"]);
    assert_eq!(world.search("乙事怎么办").ids()[0], "b");
}

/// A world whose build takes a moment.
fn world_of_many() -> World {
    World::of((0..4_000).map(|at| {
        let body = format!("第{at}号事项带身份证到第{}号窗口办理，编码X{at}Y。", at % 97).repeat(12);
        faq(&format!("row-{at}"), &format!("事项{at}怎么办"), &body)
    }))
}

/// Asks for a reindex; returns its number.
fn asked_for(server: &Server, key: &str) -> u64 {
    let reply = server.call("POST", "/v1/reindex", key, &[], &json!({ "reason": "测试" }).to_string());
    assert_eq!(reply.status, 202, "{}", reply.text);
    reply.json()["job"]["id"].as_u64().expect("a number")
}

/// Waits for a job's end.
fn ended(server: &Server, key: &str, job: u64) -> Value {
    until(PATIENCE, "the job's end", || {
        let view = server.get_as(key, &format!("/v1/jobs/{job}")).good();
        (!["queued", "running"].contains(&view["state"].as_str().expect("a state"))).then_some(view)
    })
}

#[test]
fn a_reindex_over_http_is_a_job_one_at_a_time_and_its_edits_are_in() {
    let world = world_of_many();
    let server = world.serve();
    let (key, agent) = (world.key("editor", &[]), world.key("agent", &[]));
    server.call("POST", "/v1/reindex", &agent, &[], "{\"reason\":\"测试\"}").problem(403, "forbidden");
    server.call("POST", "/v1/reindex", &key, &[], "{}").problem(400, "invalid_request");
    let job = asked_for(&server, &key);
    let second = server.call("POST", "/v1/reindex", &key, &[], "{\"reason\":\"测试\"}");
    second.problem(409, "conflict");
    world.entries("more.jsonl", [faq("c", "新增的事项丁", "到四号窗口")]);
    world.jida_ok(&["import", "more.jsonl"]);
    assert_eq!(server.search(&[("q", "X7Y")]).ids(), ["row-7"]);
    let view = ended(&server, &key, job);
    assert_eq!(
        (&view["state"], &view["generation"]),
        (&json!("done"), &json!("generation-000002")),
        "{view}"
    );
    assert_eq!(view["result"]["report"]["verdict"], "passes");
    until(SOON, "the new entry", || {
        server.search(&[("q", "新增的事项丁")]).ids().contains(&"c").then_some(())
    });
    assert_eq!(standings(&world)[0].1, "in_use");
    let watched = server.get_as(&key, &format!("/v1/jobs/{job}/events"));
    assert!(watched.content_type.starts_with("text/event-stream"), "{watched:?}");
    assert!(
        watched.text.contains("event: job") && watched.text.contains("\"state\":\"done\""),
        "{watched:?}"
    );
    server.get_as(&key, "/v1/jobs/99").problem(404, "job_not_found");
    assert_eq!(server.get_as(&key, "/v1/jobs").good().as_array().expect("a list").len(), 1);
}

#[test]
fn a_job_is_watched_to_its_end_and_says_how_fast_it_goes() {
    let world = world_of_many();
    let server = world.serve();
    let key = world.key("editor", &[]);
    let job = asked_for(&server, &key);
    let watched = server.get_as(&key, &format!("/v1/jobs/{job}/events")).text;
    let events: Vec<Value> = watched
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    let last = events.last().expect("an event");
    assert_eq!(last["state"], "done", "{watched}");
    assert!(events.len() >= 2, "{watched}");
}

#[test]
fn a_cancelled_job_leaves_the_generation_in_use_and_nothing_else() {
    let world = world_of_many();
    let server = world.serve();
    let key = world.key("editor", &[]);
    let job = asked_for(&server, &key);
    let reply = server.call("POST", &format!("/v1/jobs/{job}/cancel"), &key, &[], "");
    assert_eq!(reply.status, 200, "{}", reply.text);
    let view = ended(&server, &key, job);
    assert_eq!(view["state"], "cancelled", "{view}");
    assert_eq!(standings(&world), named(&[("generation-000001", "in_use")]));
    let again = server.call("POST", &format!("/v1/jobs/{job}/cancel"), &key, &[], "");
    again.problem(409, "conflict");
    assert_eq!(ended(&server, &key, asked_for(&server, &key))["state"], "done");
}

#[test]
fn a_job_is_taken_up_again_after_the_server_was_killed_or_stopped() {
    let world = world_of_many();
    let mut server = world.serve();
    let key = world.key("editor", &[]);
    let job = asked_for(&server, &key);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(200));
        drop(server);
        server = world.serve();
    }
    assert_eq!(ended(&server, &key, job)["state"], "done");
    let job = asked_for(&server, &key);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.told_to_stop(), Some(0));
    let server = world.serve();
    assert_eq!(ended(&server, &key, job)["state"], "done");
    assert_eq!(server.search(&[("q", "X7Y")]).ids(), ["row-7"]);
    assert_eq!(standings(&world)[0].1, "in_use");
}

#[test]
fn a_generation_is_activated_over_http_by_a_reviewer_with_a_reason() {
    let world = world_with_a_new_synonym();
    let server = world.serve();
    let (editor, reviewer) = (world.key("editor", &[]), world.key("reviewer", &[]));
    let path = "/v1/generations/generation-000001/activate";
    let body = "{\"reason\":\"回到以前\"}";
    server.call("POST", path, &editor, &[], body).problem(403, "forbidden");
    server.call("POST", path, &reviewer, &[], "{}").problem(400, "invalid_request");
    let missing = "/v1/generations/generation-000009/activate";
    server.call("POST", missing, &reviewer, &[], body).problem(404, "generation_not_found");
    let view = server.call("POST", path, &reviewer, &[], body).good();
    assert_eq!(
        (&view["in_use"], &view["before"]),
        (&json!("generation-000001"), &json!("generation-000002"))
    );
    until(SOON, "the earlier generation", || {
        server.search(&[("q", "老本行")]).ids().is_empty().then_some(())
    });
    let listed = server.get_as(&editor, "/v1/generations").good();
    assert_eq!((&listed[0]["standing"], &listed[1]["standing"]), (&json!("earlier"), &json!("in_use")));
}
