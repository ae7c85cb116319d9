//! An honest refusal where there is no answer: nonsense, other cities' and
//! personal matters, made-up notions (`tests/relevance/unanswerable.txt`).

use serde_json::json;

use crate::world::World;

/// Of our own 515 entries a made-up notion (呼吸税) is sometimes taken for a real
/// one; more than this and the certainty is no longer told right.
const MOST_ANSWERED: usize = 12;

#[test]
fn what_the_library_does_not_hold_is_refused() {
    let world = World::new();
    world.jida_ok(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/corpus")]);
    let server = world.serve();
    let questions = include_str!("../relevance/unanswerable.txt");
    let questions = questions.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("# "));
    let answered: Vec<&str> =
        questions.clone().filter(|question| server.answer(question)["status"] == "answered").collect();
    assert!(questions.count() >= 200);
    assert!(answered.len() <= MOST_ANSWERED, "{answered:?}");
}

#[test]
fn what_it_holds_is_answered_and_the_rest_is_sent_to_a_department() {
    let world = World::new();
    world.jida_ok(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/corpus")]);
    let server = world.serve();
    let answer = server.answer("单位拖欠工资该找谁管");
    assert_eq!(answer["status"], "answered", "{answer}");
    assert_eq!(answer["answer"]["id"], "faq-labour-unpaid-wages");
    let refusal = server.answer("上海地铁末班车几点");
    assert_eq!(refusal["status"], "unsure", "{refusal}");
    assert_eq!(refusal.get("route"), None, "the nearest entries say nothing of it: {refusal}");
    let refusal = server.answer("我公积金账户里还剩多少钱");
    assert_eq!(refusal["status"], "unsure", "{refusal}");
    let share = refusal["route"]["share"].as_f64().expect("a share of votes");
    assert!(refusal["route"]["department"].is_string() && (0.7..=1.0).contains(&share), "{refusal}");
}

#[test]
fn a_question_an_editor_excluded_is_not_answered_however_near() {
    let world = World::new();
    let table = "编号,标准问,相似问,反例问,答案\nlost,身份证丢了怎么补办,身份证掉了怎么办,护照丢了怎么补办,到派出所补领。\n";
    world.file("corpus/faq.csv", table);
    let server = world.serve();
    assert_eq!(server.answer("身份证丢了怎么补办")["status"], "answered");
    assert_eq!(server.answer("护照丢了怎么补办")["status"], "unsure");
    assert_eq!(server.answer("护照丢了要怎么补办啊")["status"], "unsure");
}

#[test]
fn a_refusal_names_a_department_with_the_telephone_its_entries_give() {
    let guide = |id: &str, title: &str, phone: Option<&str>| {
        let places = json!([{ "name": "窗口", "phone": phone }]);
        let guide = json!({ "materials": ["身份证"], "places": places });
        json!({ "id": id, "kind": "guide", "title": title, "body": format!("{title}请到窗口。"), "department": "供热办", "guide": guide })
    };
    let one = guide("heat", "供热缴费登记", None);
    let other = guide("pipe", "供热管道报修登记", Some("024-00000000"));
    let server = World::of([one, other]).serve();
    let refusal = server.answer("供热登记找谁");
    assert_eq!(refusal["status"], "unsure", "{refusal}");
    assert_eq!(refusal["route"]["department"], "供热办");
    assert_eq!(refusal["route"]["phone"], "024-00000000");
}
