//! Suggestions while somebody types: by characters, pinyin and initials, of
//! what is in force where the caller is, each leading to its entry.

use std::fs;
use std::path::Path;

use jida::corpus::{self, Manifest};
use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, World, faq, until, with};

fn library() -> World {
    let guide = |id: &str, title: &str, more: Value| {
        with(faq(id, title, &format!("{title}的办理说明。")), with(json!({ "kind": "guide" }), more))
    };
    let world = World::of([
        with(
            faq("card-lost", "社保卡丢了怎么办", "到网点挂失。"),
            json!({ "similar_questions": ["怎么挂失社保卡"] }),
        ),
        guide("card-new", "社保卡申领", json!({})),
        guide("sub-card", "补办社保卡", json!({})),
        faq("bank", "银行卡能领养老金吗", "可以。"),
        faq("etc", "ETC怎么办理", "到网点办理。"),
        faq("law", "女职工律师在哪里找", "到法律援助中心。"),
        faq("quoted", "“非接触式”办税怎么办", "在网上办。"),
        with(faq("birthday", "查询120周年展览", "在博物馆。"), json!({})),
        with(faq("ambulance", "急救电话", "拨打120。"), json!({})),
        guide("shenyang", "居住证办理", json!({ "region": "210100" })),
        guide("dalian", "居住证办理", json!({ "region": "210200" })),
        guide("liaoning", "居住证签注", json!({ "region": "210000" })),
        with(faq("expired", "居住证旧办法", "已失效。"), json!({ "expires_on": "2001-01-01" })),
        with(faq("upcoming", "居住证新办法", "还没有施行。"), json!({ "effective_from": "2999-01-01" })),
        with(faq("draft", "居住证草稿", "草稿。"), json!({ "status": "draft" })),
        with(faq("traditional", "居留證遺失如何申請補發？", "請洽服務站。"), json!({})),
    ]);
    world.file(
        "corpus/law/城市养犬管理条例.md",
        "# 城市养犬管理条例\n\n第一条 为了规范养犬，制定本条例。\n\n第二条 养犬应当登记。\n\n第三条 犬只应当免疫。\n",
    );
    world
}

fn suggestions(server: &Server, parameters: &[(&str, &str)]) -> Vec<Value> {
    let view = server.get_with("/v1/suggest", parameters).good();
    assert!(view["took_ms"].as_f64().is_some_and(|took| took >= 0.0), "{view}");
    view["suggestions"].as_array().expect("a list").clone()
}

/// The suggested texts.
fn texts(server: &Server, parameters: &[(&str, &str)]) -> Vec<String> {
    let text = |suggestion: &Value| suggestion["text"].as_str().expect("a text").to_owned();
    suggestions(server, parameters).iter().map(text).collect()
}

/// The marked pieces of a suggestion.
fn marked(suggestion: &Value) -> Vec<String> {
    let text: Vec<char> = suggestion["text"].as_str().expect("a text").chars().collect();
    let marks = suggestion["highlights"].as_array().expect("marks").iter();
    let place = |mark: &Value, end: &str| mark[end].as_u64().expect("an offset") as usize;
    marks.map(|mark| text[place(mark, "start")..place(mark, "end")].iter().collect()).collect()
}

#[test]
fn a_beginning_comes_before_a_word_inside_and_shorter_before_longer() {
    let server = library().serve();
    let found = texts(&server, &[("q", "社保卡")]);
    assert_eq!(found, ["社保卡申领", "社保卡丢了怎么办", "补办社保卡", "怎么挂失社保卡"]);
    assert_eq!(texts(&server, &[("q", "卡申")]), ["社保卡申领"]);
}

#[test]
fn pinyin_initials_and_mixtures_find_what_characters_find() {
    let server = library().serve();
    for (typed, by) in [
        ("社保卡d", "pinyin"),
        ("shebaokadiu", "pinyin"),
        ("she bao ka diul", "pinyin"),
        ("社保ka丢", "pinyin"),
        ("ＳｈｅＢａｏＫａＤｉｕ", "pinyin"),
        ("社保卡丢", "characters"),
        ("社保卡丟了", "characters"),
        ("sbkdl", "initials"),
        ("shbkd", "initials"),
        ("sbk丢", "initials"),
    ] {
        let found = suggestions(&server, &[("q", typed)]);
        assert_eq!(found.len(), 1, "{typed}: {found:?}");
        assert_eq!((&found[0]["entry_id"], &found[0]["matched_by"]), (&json!("card-lost"), &json!(by)));
    }
    assert_eq!(texts(&server, &[("q", "shebaoka")]), texts(&server, &[("q", "社保卡")]));
    assert_eq!(texts(&server, &[("q", "shebaok")]).len(), 4);
    assert_eq!(texts(&server, &[("q", "lvshi")]), ["女职工律师在哪里找"]);
    assert_eq!(texts(&server, &[("q", "yinhang")]), ["银行卡能领养老金吗"]);
    assert_eq!(texts(&server, &[("q", "etcb")]), [""; 0]);
    assert_eq!(texts(&server, &[("q", "etczmbl")]), ["ETC怎么办理"]);
}

#[test]
fn marks_are_offsets_into_the_text_as_it_is_shown() {
    let server = library().serve();
    for (typed, pieces) in [
        ("社保", vec!["社保"]),
        ("baoka", vec!["保卡"]),
        ("sbk", vec!["社保卡"]),
        ("居留证遗失", vec!["居留證遺失"]),
        ("fjcsbs", vec!["非接触式", "办税"]),
    ] {
        let found = suggestions(&server, &[("q", typed)]);
        assert_eq!(marked(&found[0]), pieces, "{typed}: {}", found[0]);
    }
}

#[test]
fn only_what_is_in_force_where_the_caller_is() {
    let server = library().serve();
    let typed = [("q", "居住证")];
    assert_eq!(texts(&server, &typed), ["居住证办理", "居住证签注"]);
    for (region, id) in [("210100", "shenyang"), ("210203", "dalian")] {
        let found = suggestions(&server, &[("q", "居住证"), ("region", region)]);
        let ids: Vec<_> = found.iter().map(|suggestion| suggestion["entry_id"].as_str().unwrap()).collect();
        assert_eq!(ids, [id, "liaoning"]);
    }
    assert_eq!(texts(&server, &[("q", "居住证"), ("region", "310000")]), [""; 0]);
}

#[test]
fn a_document_is_suggested_once_by_its_title() {
    let server = library().serve();
    let found = suggestions(&server, &[("q", "yangquan")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["text"], "城市养犬管理条例");
    assert_eq!(found[0]["kind"], "policy");
    assert!(found[0]["entry_id"].as_str().is_some_and(|id| id.ends_with("#第一条")), "{found:?}");
    assert_eq!(server.answer("城市养犬管理条例")["status"], "unsure");
    assert_eq!(texts(&server, &[("q", "yangquan"), ("kind", "faq")]), [""; 0]);
}

#[test]
fn a_kind_and_a_number_of_suggestions_can_be_asked_for() {
    let server = library().serve();
    let found = suggestions(&server, &[("q", "社保卡"), ("kind", "guide"), ("limit", "1")]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["entry_id"], "card-new");
    assert_eq!(texts(&server, &[("q", "e"), ("limit", "20")]).len(), 1);
}

#[test]
fn every_suggestion_finds_its_entry_when_it_is_asked() {
    let server = library().serve();
    let keys = ('a'..='z').map(String::from);
    let mut asked = 0;
    for suggestion in keys.flat_map(|key| suggestions(&server, &[("q", &key), ("limit", "20")])) {
        let text = suggestion["text"].as_str().expect("a text");
        let found = server.search(&[("q", text)]);
        assert_eq!(found.matched_by()[0], "title", "{text}: {}", found.first());
        assert!(found.ids().contains(&suggestion["entry_id"].as_str().expect("an id")), "{suggestion}");
        asked += 1;
    }
    assert!(asked > 20);
}

/// Every tenth title and similar question of our own corpus.
#[test]
fn what_our_own_entries_are_asked_by_is_suggested_and_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let manifest = Manifest::beside(&folder).expect("a manifest");
    let files = corpus::files(&folder).expect("files").into_iter();
    let entries =
        files.flat_map(|file| corpus::read(&file, &fs::read(&file.path).expect("a file"), &manifest).entries);
    let asked: Vec<String> =
        entries.flat_map(|entry| std::iter::once(entry.title).chain(entry.similar_questions)).collect();
    let world = World::new();
    world.jida_ok(&["import", folder.to_str().expect("a path")]);
    let server = world.serve();
    for text in asked.iter().step_by(10) {
        let suggested = suggestions(&server, &[("q", text)]);
        let first = suggested.first().unwrap_or_else(|| panic!("not suggested: {text}"));
        assert_eq!(first["matched_by"], "characters", "{text}");
        let found = server.search(&[("q", first["text"].as_str().expect("a text"))]);
        assert!(found.ids().contains(&first["entry_id"].as_str().expect("an id")), "{text}: {first}");
    }
    assert!(asked.len() > 1_000);
}

#[test]
fn changes_are_followed() {
    let world = library();
    let server = world.serve();
    let more = world.entries("more.jsonl", [faq("new", "公积金怎么提取", "到中心提取。")]);
    world.jida_ok(&["import", more.to_str().expect("a path")]);
    let found = |typed: &str| texts(&server, &[("q", typed)]);
    until(PATIENCE, "the new entry", || (found("gjj") == ["公积金怎么提取"]).then_some(()));
    let retired = with(faq("new", "公积金怎么提取", "到中心提取。"), json!({ "status": "retired" }));
    world.entries("more.jsonl", [retired]);
    world.jida_ok(&["import", more.to_str().expect("a path")]);
    until(PATIENCE, "its end", || found("gjj").is_empty().then_some(()));
    assert_eq!(found("社保卡").len(), 4);
}

#[test]
fn nothing_to_suggest_is_a_good_answer() {
    let server = library().serve();
    let long = "加".repeat(512);
    let letters = "a".repeat(512);
    for typed in ["量子色动力学", "？！", "xqz", &long, &letters] {
        assert_eq!(texts(&server, &[("q", typed)]), [""; 0], "{typed}");
    }
}

#[test]
fn a_wrong_parameter_is_named() {
    let server = library().serve();
    let long = "加".repeat(513);
    for (parameters, pointer) in [
        (vec![], "/q"),
        (vec![("q", " ")], "/q"),
        (vec![("q", long.as_str())], "/q"),
        (vec![("q", "社保"), ("limit", "0")], "/limit"),
        (vec![("q", "社保"), ("limit", "21")], "/limit"),
        (vec![("q", "社保"), ("region", "辽宁")], "/region"),
        (vec![("q", "社保"), ("kind", "letter")], "/kind"),
        (vec![("q", "社保"), ("limt", "3")], "/limt"),
    ] {
        let problem = server.get_with("/v1/suggest", &parameters).problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{parameters:?}");
    }
    server.post("/v1/suggest", "application/json", "{}").problem(405, "method_not_allowed");
}

#[test]
fn the_command_line_suggests_the_same() {
    let world = library();
    let said = world.jida_ok(&["suggest", "sbk", "--json", "--limit", "2"]);
    let view: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(view["suggestions"][0]["entry_id"], "card-new", "{view}");
    assert_eq!(view["suggestions"][1]["matched_by"], "initials");
    let said = world.jida_ok(&["suggest", "居住证", "--region", "210100"]);
    assert!(said.out.starts_with("居住证办理  [shenyang]\n"), "{}", said.out);
    assert!(world.jida_ok(&["suggest", "xqz"]).out.contains("没有"));
}
