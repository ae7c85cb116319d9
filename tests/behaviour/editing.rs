//! Editing over HTTP: an edit is found within a second, a lost update is
//! refused, nothing is overwritten or lost, and where two persons are asked for
//! it takes two.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Server, World, faq, until, with};

const PATIENCE: Duration = Duration::from_secs(5);

struct Desk {
    world: World,
    server: Server,
    editor: String,
}

fn desk() -> Desk {
    let world = World::of([faq("a", "补贴怎么领", "到窗口领取"), faq("b", "护照怎么办", "到大厅办理")]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    Desk { world, server, editor }
}

impl Desk {
    fn patch(&self, id: &str, version: u64, changes: Value) -> crate::world::Reply {
        self.server.write("PATCH", &self.editor, id, version, &with(changes, json!({"reason": "更正"})))
    }

    fn is_found(&self, question: &str, id: &str) -> bool {
        self.server.search(&[("q", question)]).ids().contains(&id)
    }

    fn until_found(&self, question: &str, id: &str) {
        until(PATIENCE, "it is found", || self.is_found(question, id).then_some(()));
    }
}

#[test]
fn a_new_entry_is_found_and_a_retired_one_no_more() {
    let desk = desk();
    let new = with(faq("n", "居住证怎么签注", "每年签注一次"), json!({"reason": "新增"}));
    let made = desk.server.call("POST", "/v1/entries", &desk.editor, &[], &new.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    desk.until_found("居住证签注", "n");
    let headers = [("if-match", "\"1\"")];
    let gone = desk.server.call("DELETE", "/v1/entries/n?reason=x", &desk.editor, &headers, "").good();
    assert_eq!((gone["status"].as_str(), gone["version"].as_u64()), (Some("retired"), Some(2)));
    until(PATIENCE, "it is gone", || (!desk.is_found("居住证签注", "n")).then_some(()));
    assert_eq!(desk.server.entry("n").good()["status"], "retired");
}

#[test]
fn an_id_is_given_where_there_is_none() {
    let desk = desk();
    let mut new = with(faq("x", "新问题", "新答案"), json!({"reason": "新增"}));
    new.as_object_mut().unwrap().remove("id");
    let made = desk.server.call("POST", "/v1/entries", &desk.editor, &[], &new.to_string()).json();
    assert!(made["id"].as_str().unwrap().starts_with("faq-"), "{made}");
}

#[test]
fn fields_are_changed_taken_away_and_kept() {
    let desk = desk();
    let changed = desk.patch("a", 1, json!({"script": "到窗口领", "keywords": ["补贴"]})).good();
    assert_eq!(changed["body"], "到窗口领取");
    let changed = desk.patch("a", 2, json!({"script": null})).good();
    assert!(changed.get("script").is_none() && changed["keywords"] == json!(["补贴"]), "{changed}");
}

#[test]
fn a_lost_update_is_refused_and_both_versions_are_shown() {
    let desk = desk();
    desk.patch("a", 1, json!({"body": "甲写的"})).good();
    let refused = desk.patch("a", 1, json!({"body": "乙写的"})).problem(412, "precondition_failed");
    assert_eq!(refused["current"]["body"], "甲写的");
    assert_eq!(refused["base"]["body"], "到窗口领取");
    assert_eq!(refused["yours"]["body"], "乙写的");
    assert!(refused["detail"].as_str().unwrap().contains("第 2 版"));
}

#[test]
fn a_write_says_against_which_version_and_why() {
    let desk = desk();
    let body = json!({"body": "新", "reason": "改"}).to_string();
    let without = desk.server.call("PATCH", "/v1/entries/a", &desk.editor, &[], &body);
    without.problem(428, "precondition_required");
    let no_reason = desk.server.write("PATCH", &desk.editor, "a", 1, &json!({"body": "新"}));
    assert!(no_reason.problem(400, "invalid_request")["detail"].as_str().unwrap().contains("原因"));
    desk.server
        .write("PATCH", &desk.editor, "none", 1, &json!({"reason": "x"}))
        .problem(404, "entry_not_found");
}

#[test]
fn a_bad_entry_is_refused_field_by_field() {
    let desk = desk();
    let long = "长".repeat(129);
    let refused = desk.patch("a", 1, json!({"title": long})).problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["pointer"], "/title");
    let unknown = desk.patch("a", 1, json!({"titel": "x"})).problem(422, "validation_failed");
    assert!(unknown["detail"].as_str().unwrap().contains("titel"), "{unknown}");
    let day = desk.patch("a", 1, json!({"expires_on": "下周"})).problem(422, "validation_failed");
    assert_eq!(day["errors"][0]["pointer"], "/expires_on");
    assert_eq!(desk.server.entry("a").good()["version"], 1);
}

#[test]
fn the_same_again_makes_no_version() {
    let desk = desk();
    let same = desk.patch("a", 1, json!({"body": "到窗口领取"})).good();
    assert_eq!(same["version"], 1);
}

#[test]
fn a_draft_of_a_published_entry_is_seen_by_editors_only_and_the_published_one_answers() {
    let desk = desk();
    desk.patch("a", 1, json!({"body": "草稿内容蓝色", "status": "draft"})).good();
    assert_eq!(desk.server.entry("a").good()["body"], "到窗口领取");
    let newest = desk.server.get_as(&desk.editor, "/v1/entries/a?version=newest").good();
    assert_eq!(newest["body"], "草稿内容蓝色");
    desk.server.get("/v1/entries/a?version=newest").problem(401, "unauthorized");
    let listed = desk.server.get_as(&desk.editor, "/v1/entries?status=draft").good();
    assert_eq!(listed["entries"][0]["live_status"], "published", "{listed}");
    assert!(desk.is_found("补贴怎么领", "a"));
    desk.patch("a", 2, json!({"status": "published"})).good();
    desk.until_found("草稿内容蓝色", "a");
}

#[test]
fn publishing_what_repeals_a_document_proposes_its_retirement() {
    let desk = desk();
    let number = json!([{"title": "旧补贴办法", "number": "示例〔2019〕3号"}]);
    for (id, title, more) in [
        ("old", "旧补贴办法", json!({"source": number})),
        ("older", "更旧的补贴办法", json!({})),
        ("other", "另一个办法", json!({})),
    ] {
        let entry =
            with(with(faq(id, title, "发放补贴"), more), json!({"kind": "policy", "reason": "旧文件"}));
        assert_eq!(
            desk.server.call("POST", "/v1/entries", &desk.editor, &[], &entry.to_string()).status,
            201
        );
    }
    desk.until_found("另一个办法", "other");
    let body = "本办法自2026年1月1日起施行，《旧补贴办法》（示例〔2019〕3号）、《更旧的补贴办法》同时废止。《另一个办法》继续有效。";
    let new = with(faq("new", "新补贴办法", body), json!({"kind": "policy", "reason": "新文件"}));
    let made = desk.server.call("POST", "/v1/entries", &desk.editor, &[], &new.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let proposed: Vec<&str> =
        made["proposals"].as_array().unwrap().iter().filter_map(|one| one["entry_id"].as_str()).collect();
    assert_eq!(proposed, ["old", "older"], "{made}");
    assert_eq!(desk.server.entry("old").good()["status"], "published");
    assert_eq!(made["proposals"][0]["superseded_by"], "new");
    let retire = |query: &str| {
        let path = format!("/v1/entries/old?reason=x&superseded_by={query}");
        desk.server.call("DELETE", &path, &desk.editor, &[("if-match", "\"1\"")], "")
    };
    retire("none").problem(404, "entry_not_found");
    let retired = retire("new").good();
    assert_eq!(
        (retired["status"].as_str(), retired["superseded_by"].as_str()),
        (Some("retired"), Some("new"))
    );
    let draft = desk.patch("new", 1, json!({"status": "draft"})).good();
    assert!(draft.get("proposals").is_none());
}

#[test]
fn every_revision_is_kept_and_any_comes_back() {
    let desk = desk();
    desk.patch("a", 1, json!({"body": "第二版"})).good();
    let revisions = desk.server.get_as(&desk.editor, "/v1/revisions/a").good();
    let revisions = revisions["revisions"].as_array().unwrap().clone();
    assert_eq!(revisions.len(), 2);
    assert!(revisions[1]["made_by"].as_str().unwrap().starts_with("editor ("), "{revisions:?}");
    assert_eq!(revisions[1]["reason"], "更正");
    let compared = desk.server.get_as(&desk.editor, "/v1/differences/a?from=1&to=2").good();
    assert_eq!(compared["fields"][0]["field"], "body", "{compared}");
    assert_eq!(
        (&compared["fields"][0]["old"], &compared["fields"][0]["new"]),
        (&json!("到窗口领取"), &json!("第二版"))
    );
    desk.server.get_as(&desk.editor, "/v1/differences/a?from=1&to=9").problem(404, "entry_not_found");
    let body = json!({"version": 1, "reason": "改回"}).to_string();
    let headers = [("if-match", "\"2\"")];
    let back = desk.server.call("POST", "/v1/revisions/a", &desk.editor, &headers, &body).good();
    assert_eq!((back["body"].as_str(), back["version"].as_u64()), (Some("到窗口领取"), Some(3)));
    let first = desk.server.get_as(&desk.editor, "/v1/entries/a?version=2").good();
    assert_eq!(first["body"], "第二版");
}

#[test]
fn an_edit_stands_when_the_files_are_taken_in_again_and_a_conflict_is_shown() {
    let desk = desk();
    desk.patch("a", 1, json!({"body": "线上改的"})).good();
    desk.world.jida_ok(&["reindex"]);
    assert_eq!(desk.server.entry("a").good()["body"], "线上改的");
    desk.world.entries(
        "corpus/entries.jsonl",
        [faq("a", "补贴怎么领", "文件改的"), faq("b", "护照怎么办", "到大厅办理")],
    );
    let planned = desk.world.jida_ok(&["import", "corpus/entries.jsonl", "--dry-run", "--json"]);
    let planned: Value = serde_json::from_str(&planned.out).unwrap();
    assert_eq!((&planned["sums"]["conflicts"], &planned["conflicts"][0]["id"]), (&json!(1), &json!("a")));
    let said = desk.world.jida_ok(&["reindex"]);
    assert!(said.err.contains("冲突 1") && said.err.contains("jida conflicts"), "{}", said.err);
    assert_eq!(desk.server.entry("a").good()["body"], "线上改的");
    let conflicts = desk.server.get_as(&desk.editor, "/v1/conflicts").good();
    assert_eq!(conflicts["conflicts"][0]["wanted"]["body"], "文件改的");
    assert_eq!(conflicts["conflicts"][0]["here"]["body"], "线上改的");
    let body = json!({"keep": "origin", "reason": "文件对"}).to_string();
    let settled = desk.server.call("POST", "/v1/conflicts/a", &desk.editor, &[], &body).good();
    assert_eq!(settled["body"], "文件改的");
    desk.server.call("POST", "/v1/conflicts/a", &desk.editor, &[], &body).problem(404, "conflict_not_found");
    assert!(desk.world.jida_ok(&["conflicts"]).out.contains("共 0 条"));
}

#[test]
fn where_two_persons_are_asked_for_one_cannot_publish() {
    let desk = desk();
    let admin = desk.world.key("admin", &[]);
    let reviewer = desk.world.key("reviewer", &[]);
    let known = || desk.server.get_as(&reviewer, "/v1/settings").status == 200;
    until(PATIENCE, "the keys work", || known().then_some(()));
    let on = json!({"four_eyes": true, "reason": "制度"}).to_string();
    desk.server.call("PUT", "/v1/settings", &admin, &[], &on).good();
    let published = json!({"status": "published", "body": "新"});
    desk.patch("a", 1, published).problem(403, "forbidden");
    desk.patch("a", 1, json!({"status": "review", "body": "新"})).good();
    desk.patch("a", 2, json!({"status": "published"})).problem(403, "forbidden");
    let sneaked = json!({"status": "published", "body": "夹带", "reason": "批准"});
    desk.server.write("PATCH", &reviewer, "a", 2, &sneaked).problem(403, "forbidden");
    let approve = json!({"status": "published", "reason": "批准"});
    desk.server.write("PATCH", &reviewer, "a", 2, &approve).good();
    assert_eq!(desk.server.entry("a").good()["body"], "新");
    let own = json!({"status": "review", "body": "审核自己写的", "reason": "改"});
    desk.server.write("PATCH", &reviewer, "a", 3, &own).good();
    desk.server.write("PATCH", &reviewer, "a", 4, &approve).problem(403, "forbidden");
}

#[test]
fn a_schedule_is_carried_out_on_time() {
    let desk = desk();
    desk.patch("a", 1, json!({"status": "review", "body": "预定发布的内容"})).good();
    let due = (jiff::Timestamp::now() + Duration::from_secs(2)).to_string();
    let body = json!({"entry_id": "a", "version": 2, "status": "published", "due_at": due, "reason": "到点"});
    let made = desk.server.call("POST", "/v1/schedule", &desk.editor, &[], &body.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(desk.server.entry("a").good()["body"], "到窗口领取");
    let is_out = || desk.server.entry("a").good()["body"] == "预定发布的内容";
    until(PATIENCE, "it is published", || is_out().then_some(()));
    desk.until_found("预定发布", "a");
    let past = with(body, json!({"due_at": "2020-01-01T00:00:00Z"}));
    desk.server
        .call("POST", "/v1/schedule", &desk.editor, &[], &past.to_string())
        .problem(400, "invalid_request");
}

#[test]
fn what_is_due_for_review_is_listed() {
    let desk = desk();
    desk.patch("a", 1, json!({"next_review_on": "2026-12-01"})).good();
    desk.patch("b", 1, json!({"next_review_on": "2027-12-01"})).good();
    let due = desk.server.get_as(&desk.editor, "/v1/entries?review_by=2026-12-31").good();
    let ids: Vec<&str> =
        due["entries"].as_array().unwrap().iter().filter_map(|entry| entry["id"].as_str()).collect();
    assert_eq!(ids, ["a"]);
}

#[test]
fn ten_editors_at_once_lose_nothing() {
    let desk = desk();
    let each = 20;
    std::thread::scope(|scope| {
        for editor in 0..10 {
            let desk = &desk;
            scope.spawn(move || {
                for _ in 0..each {
                    loop {
                        let version = desk.server.entry("a").good()["version"].as_u64().unwrap();
                        let changes = json!({"keywords": [format!("第{editor}人{version}")]});
                        match desk.patch("a", version, changes).status {
                            200 => break,
                            412 => {}
                            other => panic!("{other}"),
                        }
                    }
                }
            });
        }
    });
    let revisions = desk.server.get_as(&desk.editor, "/v1/revisions/a").good();
    let versions: Vec<u64> = revisions["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|revision| revision["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, (1..=1 + 10 * each).collect::<Vec<u64>>());
}
