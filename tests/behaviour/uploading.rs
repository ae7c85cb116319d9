//! A file sent over HTTP: what it would do is shown first, then all of it or
//! what was chosen is loaded; a key writes only what it reaches.

use serde_json::{Value, json};

use crate::world::{Reply, Server, World, encoded, faq, with};

const TABLE: &str = "编号,标准问,答案,部门\n\
    a,补贴怎么领,新的答案,民政局\n\
    n,护照怎么办,到大厅办理,公安局\n\
    x,,没有标题,民政局\n";

struct Desk {
    world: World,
    server: Server,
}

fn desk() -> (Desk, String) {
    let world = World::of([with(faq("a", "补贴怎么领", "到窗口领取"), json!({"department": "民政局"}))]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    (Desk { world, server }, editor)
}

impl Desk {
    fn send(&self, key: &str, name: &str, text: &str) -> Reply {
        let path = format!("/v1/imports?name={}", encoded(name));
        self.server.call("POST", &path, key, &[], text)
    }

    fn apply(&self, key: &str, import: &Value, choice: Value) -> Reply {
        let path = format!("/v1/imports/{}", import["id"].as_str().expect("an id"));
        self.server.call("POST", &path, key, &[], &with(choice, json!({"reason": "季度更新"})).to_string())
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[test]
fn what_a_file_would_do_is_shown_and_nothing_is_done() {
    let (desk, editor) = desk();
    let sent = desk.send(&editor, "常见问题.csv", TABLE);
    assert_eq!(sent.status, 201, "{}", sent.text);
    let plan = &sent.json()["plan"];
    assert_eq!((ids(&plan["added"]), ids(&plan["changed"])), (vec!["n"], vec!["a"]));
    assert_eq!(plan["changed"][0]["fields"][0]["field"], "body");
    assert!(!sent.text.contains(".imports"), "{}", sent.text);
    let refused = &plan["findings"][0];
    assert_eq!((refused["code"].as_str(), refused["line"].as_u64()), (Some("title_missing"), Some(4)));
    assert_eq!(refused["file"], "常见问题.csv");
    assert_eq!(desk.server.entry("a").good()["body"], "到窗口领取");
}

#[test]
fn all_of_it_or_what_was_chosen_is_loaded_once() {
    let (desk, editor) = desk();
    let first = desk.send(&editor, "常见问题.csv", TABLE).json();
    let slip = desk.apply(&editor, &first, json!({"only": ["zzz"]}));
    assert!(slip.problem(400, "invalid_request")["detail"].as_str().unwrap().contains("什么都没有导入"));
    let report = desk.apply(&editor, &first, json!({"only": ["n"]})).good();
    assert_eq!(
        (report["report"]["added"].as_u64(), report["report"]["changed"].as_u64()),
        (Some(1), Some(0))
    );
    assert_eq!(desk.server.entry("a").good()["body"], "到窗口领取");
    desk.apply(&editor, &first, json!({})).problem(404, "import_not_found");
    let second = desk.send(&editor, "常见问题.csv", TABLE).json();
    assert_eq!(desk.apply(&editor, &second, json!({})).good()["report"]["changed"], 1);
    assert_eq!(desk.server.entry("a").good()["body"], "新的答案");
    let revisions = desk.server.get_as(&editor, "/v1/revisions/a").good();
    assert_eq!(revisions["revisions"][1]["reason"], "季度更新（导入 常见问题.csv）");
    desk.world.jida_ok(&["reindex"]);
    assert_eq!(desk.server.entry("a").good()["body"], "新的答案");
}

#[test]
fn a_department_loads_its_own_rows_only() {
    let (desk, _) = desk();
    let own = desk.world.key("editor", &["--department", "民政局"]);
    crate::world::until(std::time::Duration::from_secs(5), "the key works", || {
        (desk.server.get_as(&own, "/v1/settings").status == 200).then_some(())
    });
    let sent = desk.send(&own, "常见问题.csv", TABLE).json();
    assert_eq!((ids(&sent["plan"]["added"]).len(), ids(&sent["plan"]["changed"])), (0, vec!["a"]));
    assert!(sent["plan"].to_string().contains("not_yours"), "{sent}");
    desk.apply(&own, &sent, json!({})).good();
    desk.server.entry("n").problem(404, "entry_not_found");
}

#[test]
fn where_two_persons_are_asked_for_another_one_loads_it() {
    let (desk, editor) = desk();
    let admin = desk.world.key("admin", &[]);
    let reviewer = desk.world.key("reviewer", &[]);
    crate::world::until(std::time::Duration::from_secs(5), "the keys work", || {
        (desk.server.get_as(&reviewer, "/v1/settings").status == 200).then_some(())
    });
    let on = json!({"four_eyes": true, "reason": "制度"}).to_string();
    desk.server.call("PUT", "/v1/settings", &admin, &[], &on).good();
    let sent = desk.send(&editor, "常见问题.csv", TABLE).json();
    desk.apply(&editor, &sent, json!({})).problem(403, "forbidden");
    desk.apply(&reviewer, &sent, json!({})).good();
}

#[test]
fn a_file_that_is_no_table_and_a_name_that_leads_elsewhere_are_refused() {
    let (desk, editor) = desk();
    let sent = desk.send(&editor, "../../etc/说明.xyz", "没有表头").json();
    assert_eq!(sent["name"], "说明.xyz");
    assert_eq!(sent["plan"]["findings"][0]["code"], "format_unknown", "{sent}");
    desk.send(&editor, "", "x").problem(400, "invalid_request");
    desk.send("", "常见问题.csv", TABLE).problem(401, "unauthorized");
    desk.server.get_as(&editor, "/v1/imports/..%2F..%2Fx").problem(404, "import_not_found");
}
