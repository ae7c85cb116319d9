//! What editors look up and try before anything counts: lists with filters and
//! figures, the check while writing, rules and words on trial, the golden
//! questions on what is served.

use serde_json::{Value, json};

use crate::world::{Reply, Server, World, encoded, faq, with};

struct Desk {
    server: Server,
    editor: String,
    _world: World,
}

fn desk() -> Desk {
    let of = |id: &str, title: &str, more: Value| with(faq(id, title, "请到窗口办理。"), more);
    let world = World::of([
        of(
            "heat",
            "供暖补贴怎么领",
            json!({"category": "民政/补贴", "department": "民政局",
            "next_review_on": "2026-03-01", "similar_questions": ["取暖钱在哪领"]}),
        ),
        of(
            "rent",
            "租房补贴怎么领",
            json!({"category": "住房", "department": "住建局", "region": "210100",
            "next_review_on": "2026-02-01", "expires_on": "2020-12-31"}),
        ),
        of(
            "car",
            "购车补贴怎么领",
            json!({"category": "民政", "department": "商务局",
            "expires_on": "2999-12-31"}),
        ),
        with(of("plan", "补贴办法_2026", json!({"category": "民政%"})), json!({"kind": "policy"})),
        with(of("old", "粮食补贴怎么领", json!({})), json!({"status": "draft"})),
    ]);
    world.file("corpus/cases.txt", "问题,期望,编号\n供暖补贴怎么领,第一,heat\n供暖补贴怎么领,不出现,car\n");
    let editor = world.key("editor", &[]);
    Desk { server: world.serve(), editor, _world: world }
}

impl Desk {
    fn ids(&self, query: &str) -> Vec<String> {
        let list = self.server.get_as(&self.editor, &format!("/v1/entries?{query}")).good();
        list["entries"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().into()).collect()
    }

    fn post(&self, path: &str, body: Value) -> Reply {
        self.server.call("POST", path, &self.editor, &[], &body.to_string())
    }
}

#[test]
fn a_list_is_filtered_by_what_editors_go_by() {
    let desk = desk();
    assert_eq!(desk.ids("kind=policy"), ["plan"]);
    assert_eq!(desk.ids(&format!("category={}", encoded("民政"))), ["car", "heat"]);
    // A sign of patterns is a letter like any other.
    assert_eq!(desk.ids(&format!("category={}", encoded("民政%"))), ["plan"]);
    assert_eq!(desk.ids("q=_2026"), ["plan"]);
    assert_eq!(desk.ids("q=%25"), Vec::<String>::new());
    assert_eq!(desk.ids("q=RENT"), ["rent"]);
    assert_eq!(desk.ids(&format!("q={}&department={}", encoded("补贴"), encoded("住建局"))), ["rent"]);
    assert_eq!(desk.ids("region=210100"), ["rent"]);
    assert_eq!(desk.ids("expired=true"), ["rent"]);
    desk.server.get_as(&desk.editor, "/v1/entries?sort=x").problem(400, "invalid_request");
}

#[test]
fn each_order_is_paged_to_its_end_without_a_gap_or_a_repeat() {
    let desk = desk();
    for (sort, expected) in [
        ("id", ["car", "heat", "old", "plan", "rent"]),
        ("review", ["rent", "heat", "car", "old", "plan"]),
        ("expiry", ["rent", "car", "heat", "old", "plan"]),
        ("updated", ["old", "plan", "car", "rent", "heat"]),
    ] {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/entries?sort={sort}&limit=2{after}");
            let page = desk.server.get_as(&desk.editor, &path).good();
            let ids = page["entries"].as_array().unwrap().iter();
            all.extend(ids.map(|one| one["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={}", encoded(next)),
                None => break,
            }
        }
        assert_eq!(all, expected, "{sort}");
    }
}

#[test]
fn facets_count_what_the_filter_leaves_and_the_key_may_read() {
    let desk = desk();
    let path = format!("/v1/entries?facets=true&q={}", encoded("补贴"));
    let facets = desk.server.get_as(&desk.editor, &path).good();
    assert_eq!(facets["total"], 5);
    assert_eq!(facets["status"], json!({"draft": 1, "published": 4}));
    assert_eq!(facets["category"]["民政"], 2);
    let region = json!({"code": "210100", "name": "沈阳市", "count": 1});
    assert!(facets["region"].as_array().unwrap().contains(&region), "{facets}");
    let limited = desk._world.key("editor", &["--category", "民政"]);
    let facets = desk.server.get_as(&limited, "/v1/entries?facets=true");
    let facets = if facets.status == 401 { follow(&desk, &limited) } else { facets.good() };
    assert_eq!((&facets["total"], &facets["department"]["住建局"]), (&json!(2), &Value::Null));
}

/// A key made beside the server is known within a second.
fn follow(desk: &Desk, key: &str) -> Value {
    crate::world::until(crate::world::PATIENCE, "the key works", || {
        let reply = desk.server.get_as(key, "/v1/entries?facets=true");
        (reply.status == 200).then(|| reply.good())
    })
}

#[test]
fn an_entry_is_checked_by_the_rules_of_writing_and_for_its_title() {
    let desk = desk();
    let check = |entry: Value| desk.post("/v1/check", json!({ "entry": entry })).good();
    let codes = |view: &Value| -> Vec<String> {
        let findings = view["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    let fine = check(json!({"kind": "faq", "title": "新问题", "body": "答", "region": "210100"}));
    assert_eq!((fine["ok"].as_bool(), fine["region_name"].as_str()), (Some(true), Some("沈阳市")));
    let empty = check(json!({"kind": "faq", "title": ""}));
    assert_eq!(
        (empty["ok"].as_bool(), codes(&empty)),
        (Some(false), vec!["title_missing".into(), "body_missing".into()])
    );
    let draft = check(json!({"kind": "faq", "title": "新问题", "status": "draft"}));
    assert_eq!(draft["ok"], true);
    let twin = check(json!({"kind": "faq", "title": "供暖补贴怎么领", "body": "答"}));
    assert_eq!((twin["ok"].as_bool(), codes(&twin)), (Some(true), vec!["title_taken".into()]));
    let own = check(json!({"id": "heat", "kind": "faq", "title": "供暖补贴怎么领", "body": "答"}));
    assert_eq!(codes(&own), Vec::<String>::new());
    assert_eq!(check(json!({"kind": "faq", "titel": "错"}))["ok"], false);
}

#[test]
fn a_rule_on_trial_names_the_questions_it_moves_and_counts_for_nobody() {
    let desk = desk();
    let rule = json!({"questions": ["供暖补贴怎么领"], "pins": ["car"], "hides": ["heat"]});
    let tried = desk.post("/v1/preview", json!({ "rule": rule })).good();
    assert_eq!(tried["report"]["broken"].as_array().unwrap().len(), 1, "{tried}");
    assert_eq!(tried["report"]["broken"][0]["question"], "供暖补贴怎么领");
    assert_eq!(tried["report"]["verdict"], "waits");
    let unknown = json!({"questions": ["买车给钱吗"], "pins": ["car"]});
    let tried = desk.post("/v1/preview", json!({ "rule": unknown })).good();
    assert_eq!(tried["report"]["answers"][0]["after"], "car", "{tried}");
    assert_eq!(desk.server.search(&[("q", "供暖补贴怎么领")]).ids()[0], "heat");

    let body = with(rule, json!({"reason": "试"})).to_string();
    let new = [("if-none-match", "*")];
    assert_eq!(desk.server.call("PUT", "/v1/rules/r", &desk.editor, &new, &body).status, 201);
    let gone = desk.post("/v1/preview", json!({ "rule_id": "r" })).good();
    assert_eq!(gone["report"]["gains"][0]["question"], "供暖补贴怎么领", "{gone}");
    desk.post("/v1/preview", json!({ "rule_id": "none" })).problem(400, "invalid_request");
    desk.post("/v1/preview", json!({ "rule": {"questions": []} })).problem(422, "validation_failed");
}

#[test]
fn words_on_trial_cut_the_entries_that_hold_them_anew() {
    let desk = desk();
    let tried = desk.post("/v1/preview", json!({ "words": ["供暖补贴"] })).good();
    assert_eq!(tried["entries"], 1, "{tried}");
    assert!(tried["report"]["questions"].as_u64() >= Some(2), "{tried}");
    desk.post("/v1/preview", json!({ "words": ["一"] })).problem(400, "invalid_request");
    desk.post("/v1/preview", json!({ "words": [] })).problem(400, "invalid_request");
}

#[test]
fn cases_are_kept_like_a_list_and_asked_of_what_is_served() {
    let desk = desk();
    let run = desk.post("/v1/golden/run", json!({})).good();
    assert_eq!((&run["cases"]["asked"], &run["cases"]["met"]), (&json!(2), &json!(1)), "{run}");
    let failed = run["results"].as_array().unwrap().iter().find(|one| one["met"] == false).unwrap();
    assert_eq!(
        (failed["expectation"].as_str(), failed["entries"][0].as_str()),
        (Some("absent"), Some("car"))
    );
    assert_eq!(run["others"]["asked"], 1);

    let unsaved = json!({ "cases": "问题,期望,编号\n供暖补贴怎么领,前三,heat\n错的一行,第九,heat\n" });
    let tried = desk.post("/v1/golden/run", unsaved.clone()).good();
    assert_eq!((&tried["cases"]["asked"], &tried["cases"]["met"]), (&json!(1), &json!(1)), "{tried}");
    assert_eq!(tried["findings"][0]["line"], 3);

    let text =
        desk.server.get_as(&desk.editor, "/v1/lists/cases").good()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("不出现"));
    let tag = |text: &str| format!("\"{}\"", &blake3::hash(text.as_bytes()).to_hex()[..16]);
    let tag = tag(&text);
    let put = |text: &str| {
        let body = json!({ "text": text, "reason": "核对" }).to_string();
        desk.server.call("PUT", "/v1/lists/cases", &desk.editor, &[("if-match", &tag)], &body)
    };
    let refused = put(unsaved["cases"].as_str().unwrap()).problem(422, "validation_failed");
    assert!(refused["detail"].as_str().unwrap().contains("第 3 行"), "{refused}");
    put("问题,期望,编号\n供暖补贴怎么领,第一,heat\n").good();
    let run = desk.post("/v1/golden/run", json!({ "sample": 0 })).good();
    assert_eq!((&run["cases"]["asked"], &run["others"]["asked"]), (&json!(1), &json!(0)));
    put("问题,期望,编号\n").problem(412, "precondition_failed");
}
