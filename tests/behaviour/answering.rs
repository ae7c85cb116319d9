//! What an answer has to fulfil besides being near: a source that can be named,
//! the numbers and the place of the question, in force on the day.

use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, World, faq, until, with};

fn status(server: &Server, question: &str) -> Value {
    server.answer(question)["status"].clone()
}

#[test]
fn the_rule_for_three_months_does_not_answer_for_six() {
    let entry = faq("gap", "职工医保断缴三个月还能报销吗", "断缴期间不能报销，补缴后恢复待遇。");
    let server = World::of([with(entry, json!({ "department": "医保局" }))]).serve();
    assert_eq!(status(&server, "职工医保断缴三个月还能报销吗"), "answered");
    assert_eq!(status(&server, "职工医保断缴3个月了还能报销吗"), "answered");
    assert_eq!(status(&server, "职工医保断缴六个月还能报销吗"), "unsure");
    assert_eq!(status(&server, "职工医保断缴半年还能报销吗"), "unsure");
}

#[test]
fn an_entry_from_a_file_rests_on_the_file_and_one_from_nowhere_on_nothing() {
    let world = World::of([faq("filed", "路灯不亮找谁报修", "拨打路灯报修电话。")]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let told = server.answer("路灯不亮找谁报修");
    assert_eq!(told["status"], "answered", "{told}");
    assert_eq!(told["citations"], json!([{ "text": "文件 entries.jsonl", "entry_id": "filed" }]));
    let new = with(faq("written", "井盖丢了找谁处理", "拨打城管电话。"), json!({ "reason": "新写" }));
    let made = server.call("POST", "/v1/entries", &editor, &[], &new.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    let found = || server.search(&[("q", "井盖丢了找谁处理")]).ids().contains(&"written");
    until(PATIENCE, "it is found", || found().then_some(()));
    assert_eq!(status(&server, "井盖丢了找谁处理"), "unsure", "nothing says where it comes from");
    server.write("PATCH", &editor, "written", 1, &json!({ "department": "城管局", "reason": "补" })).good();
    let told = until(PATIENCE, "it is answered", || {
        Some(server.answer("井盖丢了找谁处理")).filter(|told| told["status"] == "answered")
    });
    assert_eq!(told["citations"], json!([{ "text": "城管局", "entry_id": "written" }]));
}

#[test]
fn a_question_about_another_place_is_not_answered() {
    let entry = with(faq("fund", "公积金怎么提取", "到公积金中心窗口提取。"), json!({ "region": "210100" }));
    let server = World::of([entry]).serve();
    assert_eq!(status(&server, "公积金怎么提取"), "answered");
    assert_eq!(status(&server, "沈阳公积金怎么提取"), "answered");
    assert_eq!(status(&server, "大连公积金怎么提取"), "unsure");
}

#[test]
fn what_its_title_calls_repealed_is_not_answered() {
    let server = World::of([
        faq("repealed", "临时救助办法（已废止）", "临时救助按户申请。"),
        with(
            faq("cites", "高龄津贴发多少", "每月一百元。"),
            json!({ "source": [{ "title": "高龄津贴办法（有效期至2020年12月31日）" }] }),
        ),
    ])
    .serve();
    assert_eq!(status(&server, "临时救助办法（已废止）"), "unsure");
    assert_eq!(status(&server, "高龄津贴发多少"), "unsure");
}

#[test]
fn an_entry_whose_place_another_one_takes_is_superseded_though_it_does_not_say_so() {
    let server = World::of([
        faq("old", "育儿补贴发多少钱", "每月三百元。"),
        with(faq("new", "育儿补贴标准", "每年三千六百元。"), json!({ "supersedes": "old" })),
        with(
            faq("later", "育儿补贴标准调整", "每年四千元。"),
            json!({ "supersedes": "new", "effective_from": "2099-01-01" }),
        ),
    ])
    .serve();
    assert_eq!(server.search(&[("q", "育儿补贴")]).ids(), ["new"]);
    let all = server.search(&[("q", "育儿补贴发多少钱"), ("validity", "all")]);
    assert_eq!(all.first()["validity"], json!({ "state": "superseded", "by": "new" }));
    assert_ne!(server.answer("育儿补贴发多少钱")["answer"]["id"], "old");
    let later = server.search(&[("q", "育儿补贴"), ("as_of", "2099-01-02")]);
    assert_eq!(later.ids(), ["later"]);
}

#[test]
fn no_department_is_named_where_the_nearest_entries_do_not_agree() {
    let of = |id: &str, title: &str, department: &str| {
        with(faq(id, title, &format!("{title}请到窗口咨询。")), json!({ "department": department }))
    };
    let server = World::of([
        of("a", "供热缴费登记", "供热办"),
        of("b", "供热管道登记", "住建局"),
        of("c", "供热用户登记", "街道"),
        of("d", "供热面积登记", ""),
    ])
    .serve();
    let refusal = server.answer("供热登记找谁");
    assert_eq!(refusal["status"], "unsure", "{refusal}");
    assert_eq!(refusal.get("route"), None, "{refusal}");
}
