//! Proves that a reindex is whole or not at all, that earlier generations can
//! be gone back to at once, and that no edit is lost on the way.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{World, faq, until, with};

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
