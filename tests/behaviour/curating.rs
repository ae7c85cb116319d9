//! What editors lay over the search counts at once, without a new index: pins
//! and hides for a question, urgent notices, collections. Every version stays.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Reply, Server, World, encoded, faq, with};

struct Desk {
    world: World,
    server: Server,
    editor: String,
}

fn desk() -> Desk {
    let of = |id: &str, title: &str, category: &str, department: &str| {
        with(
            faq(id, title, &format!("{title}：请到窗口办理")),
            json!({"category": category, "department": department}),
        )
    };
    let world = World::of([
        of("heat", "供暖补贴怎么领", "民政/补贴", "民政局"),
        of("rent", "租房补贴怎么领", "住房", "住建局"),
        of("car", "购车补贴怎么领", "商务", "商务局"),
    ]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    Desk { world, server, editor }
}

impl Desk {
    fn put(&self, path: &str, thing: Value) -> Reply {
        self.put_against(path, ("if-none-match", "*"), thing)
    }

    fn put_against(&self, path: &str, header: (&str, &str), thing: Value) -> Reply {
        let body = with(thing, json!({"reason": "需要"})).to_string();
        self.server.call("PUT", path, &self.editor, &[header], &body)
    }

    fn ids(&self, parameters: &[(&str, &str)]) -> Vec<String> {
        self.server.search(parameters).ids().into_iter().map(str::to_owned).collect()
    }
}

#[test]
fn a_pin_stands_first_and_a_hidden_entry_is_gone_for_that_question_only() {
    let desk = desk();
    let rule = json!({"questions": ["补贴怎么领"], "pins": ["car"], "hides": ["rent"]});
    assert_eq!(desk.put("/v1/rules/r", rule).status, 201);
    let found = desk.server.search(&[("q", "补贴，怎么领？")]);
    assert_eq!((found.ids()[0], found.matched_by()[0]), ("car", "pinned"));
    assert!(!found.ids().contains(&"rent"), "{found:?}");
    assert_eq!(desk.ids(&[("q", "租房补贴怎么领")])[0], "rent");
    let answer = desk.server.answer("补贴怎么领");
    assert_eq!(answer["answer"]["id"], "car", "{answer}");
}

#[test]
fn a_rule_ends_when_it_is_taken_away_or_its_time_is_over() {
    let desk = desk();
    let ends = (jiff::Timestamp::now() + Duration::from_secs(3600)).to_string();
    let rule = json!({"questions": ["补贴怎么领"], "pins": ["car"], "ends_at": ends});
    desk.put("/v1/rules/r", rule.clone());
    assert_eq!(desk.ids(&[("q", "补贴怎么领")])[0], "car");
    let over = with(rule, json!({"ends_at": "2020-01-01T00:00:00Z"}));
    desk.put_against("/v1/rules/r", ("if-match", "\"1\""), over).good();
    let natural = desk.ids(&[("q", "补贴怎么领")]);
    desk.put_against(
        "/v1/rules/r",
        ("if-match", "\"2\""),
        json!({"questions": ["补贴怎么领"], "pins": [natural[2]]}),
    )
    .good();
    assert_eq!(desk.ids(&[("q", "补贴怎么领")])[0], natural[2]);
    let headers = [("if-match", "\"3\"")];
    let gone = desk.server.call("DELETE", "/v1/rules/r?reason=x", &desk.editor, &headers, "");
    assert_eq!(gone.status, 204);
    assert_eq!(desk.ids(&[("q", "补贴怎么领")]), natural);
    let past = desk.server.get_as(&desk.editor, "/v1/rules/r").good();
    assert_eq!(past["versions"].as_array().unwrap().len(), 4);
}

#[test]
fn two_editors_of_one_rule_do_not_overwrite_each_other() {
    let desk = desk();
    let rule = |pin: &str| json!({"questions": ["补贴"], "pins": [pin]});
    desk.put("/v1/rules/r", rule("car"));
    desk.put("/v1/rules/r", rule("rent")).problem(409, "conflict");
    desk.put_against("/v1/rules/r", ("if-match", "\"1\""), rule("rent")).good();
    let late = desk
        .put_against("/v1/rules/r", ("if-match", "\"1\""), rule("heat"))
        .problem(412, "precondition_failed");
    assert_eq!(late["current"]["content"]["pins"], json!(["rent"]));
}

#[test]
fn a_pin_cannot_bring_back_what_a_caller_may_not_see_or_what_is_over() {
    let desk = desk();
    let key = desk.world.key("chatbot", &["--category", "民政"]);
    desk.put("/v1/rules/r", json!({"questions": ["补贴怎么领"], "pins": ["car"]}));
    let path = format!("/v1/search?q={}", encoded("补贴怎么领"));
    crate::world::until(Duration::from_secs(5), "the key works", || {
        (desk.server.get_as(&key, &path).status == 200).then_some(())
    });
    assert!(!desk.server.get_as(&key, &path).text.contains("购车"));
}

#[test]
fn a_notice_is_shown_in_its_region_until_its_end() {
    let desk = desk();
    let ends = (jiff::Timestamp::now() + Duration::from_secs(3600)).to_string();
    let notice = json!({"title": "临时停水", "text": "明早恢复", "region": "210100", "ends_at": ends});
    assert_eq!(desk.put("/v1/notices/water", notice).status, 201);
    let here = desk.server.search(&[("q", "补贴"), ("region", "210102")]);
    assert_eq!(here.0["notices"][0]["title"], "临时停水");
    let there = desk.server.search(&[("q", "补贴"), ("region", "330100")]);
    assert!(there.0.get("notices").is_none());
    assert_eq!(desk.server.get("/v1/notices?region=210100").good()["notices"][0]["id"], "water");
    let endless = desk.put("/v1/notices/x", json!({"title": "没有结束"})).problem(422, "validation_failed");
    assert_eq!(endless["errors"][0]["pointer"], "/ends_at");
}

#[test]
fn a_collection_narrows_search_answers_and_suggestions() {
    let desk = desk();
    let frequent = json!([{"label": "供暖补贴", "entry_id": "heat"}]);
    let home =
        json!({"name": "住房民政", "categories": ["民政"], "departments": ["住建局"], "frequent": frequent});
    assert_eq!(desk.put("/v1/collections/home", home).status, 201);
    let mut found = desk.ids(&[("q", "补贴怎么领"), ("collection", "home")]);
    found.sort();
    assert_eq!(found, ["heat", "rent"]);
    assert_eq!(desk.ids(&[("q", "补贴怎么领")]).len(), 3);
    let suggested = desk.server.get_with("/v1/suggest", &[("q", "购车"), ("collection", "home")]).good();
    assert_eq!(suggested["suggestions"], json!([]));
    let unknown = desk.server.get_with("/v1/search", &[("q", "补贴"), ("collection", "none")]);
    unknown.problem(400, "invalid_request");
    let listed = desk.server.get("/v1/collections").good();
    assert_eq!(listed["collections"][0]["frequent"][0]["label"], "供暖补贴");
}

#[test]
fn a_collections_synonyms_count_at_once_and_there_only() {
    let desk = desk();
    let home = json!({"name": "民政", "categories": ["民政"], "synonyms": ["围裙钱 => 供暖补贴"]});
    assert_eq!(desk.put("/v1/collections/home", home).status, 201);
    let found = desk.server.search(&[("q", "围裙钱"), ("collection", "home")]);
    assert_eq!((found.ids()[0], found.matched_by()[0]), ("heat", "synonyms"), "{found:?}");
    let outside = desk.server.search(&[("q", "围裙钱")]);
    assert!(outside.ids().is_empty(), "{outside:?}");
    let bad = json!({"name": "民政", "categories": ["民政"], "synonyms": ["甲"], "words": ["一 二"]});
    let problem = desk.put("/v1/collections/bad", bad).problem(422, "validation_failed");
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["/words", "/synonyms"], "{problem}");
}

#[test]
fn a_collections_words_are_cut_whole_in_the_next_generation() {
    let desk = desk();
    let home = json!({"name": "民政", "categories": ["民政"], "words": ["暖心卡证"]});
    assert_eq!(desk.put("/v1/collections/home", home).status, 201);
    let before_now = || {
        let body = json!({"text": "暖心卡证"}).to_string();
        desk.server.call("POST", "/v1/cut", &desk.editor, &[], &body).good()["before"].clone()
    };
    assert_ne!(before_now(), json!(["暖心卡证"]));
    let body = json!({"reason": "新词"}).to_string();
    let job = desk.server.call("POST", "/v1/reindex", &desk.editor, &[], &body);
    assert!(job.status < 300, "{}", job.text);
    crate::world::until(Duration::from_secs(60), "the word is cut whole", || {
        (before_now() == json!(["暖心卡证"])).then_some(())
    });
}

#[test]
fn a_key_has_a_collection_of_its_own_and_still_asks_the_whole_library() {
    let desk = desk();
    desk.put("/v1/collections/home", json!({"name": "民政", "categories": ["民政"]}));
    let key = desk.world.key("agent", &["--collection", "home"]);
    let path = format!("/v1/search?q={}", encoded("补贴怎么领"));
    crate::world::until(Duration::from_secs(5), "the key works", || {
        (desk.server.get_as(&key, &path).status == 200).then_some(())
    });
    let count = |path: &str| desk.server.get_as(&key, path).good()["hits"].as_array().unwrap().len();
    assert_eq!(count(&path), 1);
    assert_eq!(count(&format!("{path}&collection=")), 3);
}

#[test]
fn a_collection_is_changed_by_its_editors_and_by_reviewers() {
    let desk = desk();
    let other = desk.world.key("editor", &[]);
    let id = desk.world.jida_ok(&["key", "list", "--json"]).out;
    let keys: Value = serde_json::from_str(&id).unwrap();
    let own = keys["keys"][0]["id"].as_str().unwrap();
    let collection = json!({"name": "民政", "categories": ["民政"], "editors": [own]});
    desk.put("/v1/collections/home", collection.clone());
    let body = with(collection.clone(), json!({"reason": "改"})).to_string();
    let path = "/v1/collections/home";
    crate::world::until(Duration::from_secs(5), "the key works", || {
        (desk.server.get_as(&other, "/v1/settings").status == 200).then_some(())
    });
    let refused = desk.server.call("PUT", path, &other, &[("if-match", "\"1\"")], &body);
    refused.problem(403, "forbidden");
    desk.put_against(path, ("if-match", "\"1\""), collection).good();
    assert!(!desk.server.get("/v1/collections").text.contains("editors"));
}

#[test]
fn a_word_list_is_put_whole_against_what_was_seen_and_counts_from_the_next_index_on() {
    let desk = desk();
    let list = "/v1/lists/synonyms";
    let seen = desk.server.get_as(&desk.editor, list).good();
    assert!(seen["text"].as_str().unwrap().contains("医保"), "the shipped list");
    assert_eq!(desk.server.search(&[("q", "唧唧复唧唧")]).ids(), [""; 0]);
    let put = |tag: &str, text: &str| {
        let body = json!({"text": text, "reason": "新词"}).to_string();
        desk.server.call("PUT", list, &desk.editor, &[("if-match", tag)], &body)
    };
    put("\"0\"", "唧唧复唧唧 => 购车补贴\n").problem(412, "precondition_failed");
    let tag = tag_of(&desk, list);
    let refused = put(&tag, "唧唧复唧唧 => \n").problem(422, "validation_failed");
    assert!(refused["detail"].as_str().unwrap().contains("第 1 行"), "{refused}");
    put(&tag, "唧唧复唧唧 => 购车补贴\n").good();
    assert_eq!(
        std::fs::read_to_string(desk.world.path("corpus/synonyms.txt")).unwrap(),
        "唧唧复唧唧 => 购车补贴\n"
    );
    desk.world.jida_ok(&["reindex"]);
    crate::world::until(Duration::from_secs(10), "the synonym counts", || {
        (desk.ids(&[("q", "唧唧复唧唧")]).first().map(String::as_str) == Some("car")).then_some(())
    });
    let versions = desk.server.get_as(&desk.editor, list).good();
    assert_eq!(versions["versions"][0]["reason"], "新词");
}

/// The ETag of a list.
fn tag_of(desk: &Desk, list: &str) -> String {
    let text = desk.server.get_as(&desk.editor, list).good()["text"].as_str().unwrap().to_owned();
    format!("\"{}\"", &blake3::hash(text.as_bytes()).to_hex()[..16])
}

#[test]
fn words_without_weight_are_the_editors_to_choose() {
    let desk = desk();
    let list = "/v1/lists/question_words";
    let shipped = desk.server.get_as(&desk.editor, list).good()["text"].as_str().unwrap().to_owned();
    let body = json!({"text": format!("{shipped}\n补贴\n"), "reason": "太常见"}).to_string();
    let tag = tag_of(&desk, list);
    desk.server.call("PUT", list, &desk.editor, &[("if-match", &tag)], &body).good();
    assert_eq!(desk.server.search(&[("q", "供暖补贴")]).ids().len(), 3);
    desk.world.jida_ok(&["reindex"]);
    crate::world::until(Duration::from_secs(10), "the word is without weight", || {
        (desk.ids(&[("q", "供暖补贴")]) == ["heat"]).then_some(())
    });
}

#[test]
fn the_cut_is_shown_before_and_after_a_word() {
    let desk = desk();
    let body = json!({"text": "网约车证怎么办", "words": ["网约车证"]}).to_string();
    let cut = desk.server.call("POST", "/v1/cut", &desk.editor, &[], &body).good();
    assert!(cut["after"].as_array().unwrap().contains(&json!("网约车证")), "{cut}");
    assert!(!cut["before"].as_array().unwrap().contains(&json!("网约车证")), "{cut}");
}
