//! One question back where one choice decides: where, who, or what is to be
//! done; and silence where it would not help.

use serde_json::{Value, json};

use crate::world::{Server, World, faq, with};

fn guide(id: &str, title: &str, region: &str) -> Value {
    let body = format!("{title}：到 {id} 窗口办理，需要身份证明和申请表。");
    with(faq(id, title, &body), json!({ "kind": "guide", "region": region }))
}

fn served() -> Server {
    let tobacco = ["新办", "变更", "延续", "停业", "补办"];
    let tobacco = tobacco
        .map(|action| guide(&format!("tobacco-{action}"), &format!("烟草专卖零售许可证{action}"), "000000"));
    let others = [
        guide("dog-shenyang", "沈阳市养犬登记证办理", "210100"),
        guide("dog-dalian", "大连市养犬登记证办理", "210200"),
        guide("permit-shenyang", "居住证签注", "210100"),
        guide("permit-dalian", "居住证签注", "210200"),
        guide("fund-unit", "同期资料报告（企业）", "000000"),
        guide("fund-person", "同期资料报告（个人）", "000000"),
        guide("lone", "取水许可证变更", "000000"),
        guide("other", "结婚登记预约", "000000"),
    ];
    World::of(tobacco.into_iter().chain(others)).serve()
}

/// The question back, and the options' labels and what to send for each.
fn options(answer: &Value) -> Vec<(String, Value, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let options = answer["clarify"]["options"].as_array().unwrap_or_else(|| panic!("none: {answer}"));
    let parts =
        |option: &Value| (text(&option["label"]), option["region"].clone(), text(&option["question"]));
    options.iter().map(parts).collect()
}

fn answer_in(server: &Server, question: &str, region: &Value) -> Value {
    let mut body = json!({ "question": question });
    if region.is_string() {
        body["region"] = region.clone();
    }
    server.post("/v1/answer", "application/json", &body.to_string()).good()
}

/// Asks each option and returns the first entries, all different.
fn led_to(server: &Server, answer: &Value) -> Vec<String> {
    let first = |(_, region, question): (String, Value, String)| {
        answer_in(server, &question, &region)["candidates"][0]["id"].as_str().expect("an entry").to_owned()
    };
    let firsts: Vec<String> = options(answer).into_iter().map(first).collect();
    let different: std::collections::HashSet<&String> = firsts.iter().collect();
    assert_eq!(different.len(), firsts.len(), "{firsts:?}");
    firsts
}

fn labels(answer: &Value) -> Vec<String> {
    options(answer).into_iter().map(|(label, ..)| label).collect()
}

#[test]
fn what_is_to_be_done_is_asked_with_four_options_at_most() {
    let server = served();
    let answer = server.answer("烟草专卖零售许可证怎么办");
    assert_eq!(answer["status"], "unsure", "{answer}");
    assert_eq!(answer["clarify"]["about"], "action", "{answer}");
    assert_eq!(labels(&answer), ["新办", "变更", "延续", "补办"]);
    assert_eq!(led_to(&server, &answer), ["tobacco-新办", "tobacco-变更", "tobacco-延续", "tobacco-补办"]);
}

#[test]
fn who_asks_is_asked() {
    let server = served();
    let answer = server.answer("同期资料报告");
    assert_eq!(answer["clarify"]["question"], "您是个人办理还是单位办理？", "{answer}");
    assert_eq!(answer["clarify"]["about"], "subject");
    assert_eq!(labels(&answer), ["个人", "单位"]);
    assert_eq!(led_to(&server, &answer), ["fund-person", "fund-unit"]);
}

#[test]
fn where_it_is_is_asked_by_region() {
    let server = served();
    for (question, first) in [("养犬登记证办理", "dog"), ("居住证签注", "permit")] {
        let answer = server.answer(question);
        assert_eq!(answer["status"], "unsure", "{answer}");
        assert_eq!(answer["clarify"]["about"], "region", "{answer}");
        let mut places = options(&answer);
        places.sort_by_key(|place| place.0.clone());
        assert_eq!(places[0], ("大连市".to_owned(), json!("210200"), question.to_owned()));
        assert_eq!(places[1], ("沈阳市".to_owned(), json!("210100"), question.to_owned()));
        let mut entries = led_to(&server, &answer);
        entries.sort();
        assert_eq!(entries, [format!("{first}-dalian"), format!("{first}-shenyang")]);
    }
}

#[test]
fn nothing_is_asked_that_the_question_says_or_that_would_not_help() {
    let server = served();
    for question in [
        "烟草专卖零售许可证变更",
        "烟草专卖零售许可证要变更怎么办",
        "企业同期资料报告",
        "沈阳养犬登记证办理",
        "取水许可证",
        "结婚登记预约",
        "量子色动力学",
        "怎么办",
        "\"烟草专卖零售许可证\" -新办",
    ] {
        let answer = server.answer(question);
        assert_eq!(answer["clarify"], Value::Null, "{question}: {answer}");
    }
    for question in ["养犬登记证办理", "居住证签注"] {
        assert_eq!(answer_in(&server, question, &json!("210100"))["clarify"], Value::Null, "{question}");
    }
}

#[test]
fn beside_our_own_entries_it_asks_what_decides_and_is_silent_about_the_rest() {
    let world = World::new();
    world.jida_ok(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/corpus")]);
    let local = [
        guide("stay-shenyang", "沈阳市居住证签注预约", "210100"),
        guide("stay-dalian", "大连市居住证签注预约", "210200"),
        guide("well-new", "取水许可证新办", "210000"),
        guide("well-change", "取水许可证变更", "210000"),
        guide("well-cancel", "取水许可证注销", "210000"),
    ];
    let file = world.entries("local.jsonl", local);
    world.jida_ok(&["import", file.to_str().expect("a path")]);
    let server = world.serve();
    assert_eq!(labels(&server.answer("取水许可证怎么办理")), ["新办", "变更", "注销"]);
    assert_eq!(server.answer("居住证签注预约")["clarify"]["about"], "region");
    let strange = include_str!("../relevance/unanswerable.txt");
    let known = ["身份证", "驾驶证", "社保", "单位拖欠工资该找谁管", "公司注销", "护照", "参保登记"];
    for question in strange.lines().filter(|line| !line.starts_with("# ") && !line.is_empty()).chain(known) {
        let answer = server.answer(question);
        assert_eq!(answer["clarify"], Value::Null, "{question}: {answer}");
    }
}
