//! Gaps from the journal: lost calls put together by meaning, sized, given a
//! department, counted once; and real wordings offered to an entry's editor.

use std::sync::atomic::AtomicBool;

use jida::entry::Region;
use jida::journal::{Asked, Journal, Line, Outcome, Place, Subject, Told};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Server, World, faq, with};

/// Calls written into a world's journal, as the desks' server writes them.
struct Calls {
    journal: Journal,
    number: u32,
}

/// How a call went.
#[derive(Clone, Copy)]
enum Went {
    Dispatched(&'static str),
    Answered(&'static str),
    /// An entry was copied, and nothing more said.
    Copied(&'static str),
    Silent,
}

impl Calls {
    fn of(world: &World) -> Calls {
        Calls { journal: Journal::new(&world.corpus(), true), number: 0 }
    }

    /// A call some days ago with one question.
    fn call(&mut self, days_ago: i64, seat: &str, question: &str, shown: &[&str], went: Went) -> Uuid {
        self.number += 1;
        let at = Timestamp::now() - SignedDuration::from_hours(24 * days_ago + 1);
        let place = Place {
            call: Some(format!("call-{}", self.number)),
            seat: Some(seat.to_owned()),
            line: Some(Line::Line12345),
            key_id: String::new(),
        };
        let search_id = Uuid::now_v7();
        self.journal.asked(Asked {
            search_id,
            at,
            question: question.to_owned(),
            region: Region::parse("210100"),
            collection: None,
            place: place.clone(),
            shown: shown.iter().map(|id| (*id).to_owned()).collect(),
            confidence: 0.5,
            answered: None,
            subject: Subject::of("", if shown.is_empty() { "" } else { "公安局" }),
        });
        let (outcome, entry, department) = match went {
            Went::Dispatched(department) => (Outcome::Dispatched, None, Some(department)),
            Went::Answered(entry) => (Outcome::Answered, Some(entry), None),
            Went::Copied(entry) => (Outcome::Copied, Some(entry), None),
            Went::Silent => return search_id,
        };
        let told = Told {
            search_id: Some(search_id),
            at: at + SignedDuration::from_mins(5),
            outcome,
            entry_id: entry.map(str::to_owned),
            subject: None,
            department: department.map(str::to_owned),
            satisfaction: None,
            place,
            note: String::new(),
        };
        self.journal.told(told, Box::new(|written| written.expect("written")));
        search_id
    }

    fn written(&self) {
        self.journal.keep(&AtomicBool::new(true));
    }
}

fn world() -> World {
    World::of([
        faq("card", "社保卡丢了怎么补", "带身份证到银行网点补办。"),
        faq("night", "夜间施工扰民怎么投诉", "向生态环境部门投诉。"),
    ])
}

fn gathered(server: &Server, reviewer: &str) -> Value {
    server.call("POST", "/v1/gaps/gather", reviewer, &[], "").good()
}

fn texts(gap: &Value) -> Vec<&str> {
    gap["questions"].as_array().unwrap().iter().map(|question| question["text"].as_str().unwrap()).collect()
}

#[test]
fn lost_calls_become_gaps_by_meaning_the_largest_first() {
    let world = world();
    let reviewer = world.key("reviewer", &[]);
    let mut calls = Calls::of(&world);
    calls.call(2, "A1", "暖气管道漏水找谁报修", &["night"], Went::Dispatched("供热办"));
    calls.call(3, "A2", "家里暖气管道漏水怎么报修", &["night"], Went::Dispatched("供热办"));
    let last = calls.call(4, "A1", "暖气管道漏水，找谁报修？", &["night"], Went::Dispatched("住建局"));
    calls.call(40, "A1", "暖气管道漏水找谁报修", &["night"], Went::Dispatched("住建局"));
    calls.call(1, "A1", "鹦鹉上飞机要什么证", &[], Went::Silent);
    calls.call(1, "A2", "鹦鹉上飞机要什么证", &["card"], Went::Silent);
    calls.call(1, "A2", "海豚怎么登记", &[], Went::Silent);
    calls.call(1, "A3", "社保卡丢了怎么补", &["card"], Went::Answered("card"));
    calls.written();
    let server = world.serve();
    let found = gathered(&server, &reviewer);
    let counts = ["calls", "lost", "new", "on_gaps"].map(|name| found[name].as_u64().unwrap());
    assert_eq!(counts, [7, 6, 2, 5], "{found}");

    let gaps = server.get_as(&reviewer, "/v1/gaps?status=open").good();
    let [heating, parrot] = gaps["gaps"].as_array().unwrap().as_slice() else { panic!("{gaps}") };
    assert_eq!(texts(heating), ["暖气管道漏水找谁报修", "家里暖气管道漏水怎么报修"], "{heating}");
    assert_eq!((heating["calls"].as_u64(), heating["calls_per_week"].as_f64()), (Some(3), Some(0.75)));
    assert_eq!(heating["region"], "210100");
    assert_eq!(
        (heating["department"].as_str(), heating["department_by"].as_str()),
        (Some("供热办"), Some("dispatched"))
    );
    assert!((heating["department_share"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(heating["reasons"]["dispatched"], 3);
    assert_eq!(
        parrot["reasons"],
        json!({"reported": 0, "dispatched": 0, "no_result": 1, "refused": 0, "not_opened": 1})
    );
    assert_eq!(
        (parrot["department"].as_str(), parrot["department_by"].as_str()),
        (Some("公安局"), Some("hits"))
    );
    let newest = server.get_as(&reviewer, "/v1/gaps?sort=newest&limit=1").good();
    let rest = server
        .get_as(&reviewer, &format!("/v1/gaps?sort=newest&after={}", newest["next"].as_str().unwrap()))
        .good();
    assert_ne!(newest["gaps"][0]["id"], rest["gaps"][0]["id"]);
    let after = format!("/v1/gaps?limit=1&after={}", heating["id"].as_str().unwrap());
    assert_eq!(server.get_as(&reviewer, &after).good()["gaps"][0]["id"], parrot["id"]);
    let of_department = format!("/v1/gaps?department={}", crate::world::encoded("供热办"));
    assert_eq!(server.get_as(&reviewer, &of_department).good()["gaps"][0]["id"], heating["id"]);
    server.get_as(&reviewer, "/v1/gaps?sort=colour").problem(400, "invalid_request");

    // Asked again nothing is counted twice, and what is told late counts.
    assert_eq!(gathered(&server, &reviewer)["new"], 0);
    let told = json!({"search_id": last, "outcome": "answered", "entry_id": "night"});
    server.call("POST", "/v1/feedback", "", &[], &told.to_string()).good();
    gathered(&server, &reviewer);
    let heating = server.get_as(&reviewer, &format!("/v1/gaps/{}", heating["id"].as_str().unwrap())).good();
    assert_eq!(
        (heating["calls"].as_u64(), heating["department_share"].as_f64()),
        (Some(2), Some(1.0)),
        "{heating}"
    );

    let said = world.jida_ok(&["gaps", "--top", "5"]).out;
    assert!(said.contains("1. ") && said.contains("转派 2") && said.contains("供热办（100 %）"), "{said}");
    let listed: Value = serde_json::from_str(&world.jida_ok(&["gaps", "--json"]).out).unwrap();
    assert_eq!(listed["gaps"][0]["calls"], 2, "{listed}");
}

#[test]
fn what_means_the_same_joins_the_gap_that_is_there_and_counts_once() {
    let world = world();
    let reviewer = world.key("reviewer", &[]);
    let mut calls = Calls::of(&world);
    let reported = calls.call(1, "A1", "鹦鹉上飞机要什么证", &["card"], Went::Dispatched("民航局"));
    calls.call(1, "A2", "带鹦鹉上飞机要什么证", &["card"], Went::Dispatched("民航局"));
    calls.written();
    let server = world.serve();
    let report = |question: &str, search_id: Value| -> String {
        let body = json!({"question": question, "region": "210100", "search_id": search_id});
        let reply = server.call("POST", "/v1/gaps", "", &[], &body.to_string());
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    };
    let first = report("鹦鹉上飞机要什么证", json!(reported));
    let other = report("鹦鹉上飞机要什么证件", Value::Null);
    assert_ne!(first, other);
    let found = gathered(&server, &reviewer);
    assert_eq!((found["new"].as_u64(), found["merged"].as_u64()), (Some(0), Some(1)), "{found}");
    let gap = server.get_as(&reviewer, &format!("/v1/gaps/{first}")).good();
    // The reported call, the other call, the report without a call.
    assert_eq!(
        (gap["calls"].as_u64(), gap["reports"].as_u64(), gap["wordings"].as_u64()),
        (Some(3), Some(2), Some(3)),
        "{gap}"
    );
    assert_eq!(
        (gap["reasons"]["reported"].as_u64(), gap["reasons"]["dispatched"].as_u64()),
        (Some(2), Some(1))
    );
    // The id that was given out leads to it, and so does the question.
    assert_eq!(server.get_as(&reviewer, &format!("/v1/gaps/{other}")).good()["id"], gap["id"]);
    assert_eq!(report("鹦鹉上飞机要什么证件", Value::Null), first);
    assert_eq!(server.get_as(&reviewer, "/v1/gaps").good()["gaps"].as_array().unwrap().len(), 1);
    // What is dismissed takes what comes later, so that it does not come back.
    let step = json!({"status": "dismissed", "reason": "与本市无关"});
    server.call("POST", &format!("/v1/gaps/{other}"), &reviewer, &[], &step.to_string()).good();
    assert_eq!(gathered(&server, &reviewer)["new"], 0);
    assert_eq!(server.get_as(&reviewer, "/v1/gaps?status=open").good()["gaps"], json!([]));
}

#[test]
fn nobody_below_an_editor_sees_what_was_asked() {
    let world = world();
    let keys = ["chatbot", "agent", "editor", "reviewer"].map(|role| world.key(role, &[]));
    let mut calls = Calls::of(&world);
    for _ in 0..2 {
        calls.call(1, "A1", "我叫王小明电话13812345678，鹦鹉上飞机要什么证", &[], Went::Silent);
        calls.call(1, "A2", "我叫王小明电话13812345678，社保卡掉了", &["card"], Went::Copied("card"));
        calls.call(1, "A3", "我叫王小明电话13812345678，社保卡掉了", &["card"], Went::Copied("card"));
    }
    calls.written();
    let server = world.serve();
    for (key, status, code) in
        [("", 401, "unauthorized"), (&keys[0], 403, "forbidden"), (&keys[1], 403, "forbidden")]
    {
        server.call("POST", "/v1/gaps/gather", key, &[], "").problem(status, code);
        server.get_as(key, "/v1/gaps").problem(status, code);
        server.get_as(key, "/v1/suggested-questions/card").problem(status, code);
        let body = json!({"refuse": "社保卡掉了"}).to_string();
        server.call("POST", "/v1/suggested-questions/card", key, &[], &body).problem(status, code);
    }
    let editor = &keys[2];
    server.call("POST", "/v1/gaps/gather", editor, &[], "").problem(403, "forbidden");
    gathered(&server, &keys[3]);
    let gaps = server.get_as(editor, "/v1/gaps");
    assert!(gaps.text.contains("鹦鹉上飞机") && !gaps.text.contains("13812345678"), "{}", gaps.text);
    assert!(!gaps.text.contains("王小明"), "{}", gaps.text);
    // What holds somebody's number is no similar question, masked or not.
    let offered = server.get_as(editor, "/v1/suggested-questions/card").good();
    assert_eq!(offered["questions"], json!([]));
}

#[test]
fn wordings_that_several_seats_used_an_entry_for_are_offered_to_its_editor() {
    let world = World::of([with(
        faq("card", "社保卡丢了怎么补", "带身份证到银行网点补办。"),
        json!({"similar_questions": ["社会保障卡补办"]}),
    )]);
    let editor = world.key("editor", &[]);
    let mut calls = Calls::of(&world);
    for seat in ["A1", "A2", "A2"] {
        calls.call(3, seat, "那个看病的卡掉了咋整", &["card"], Went::Copied("card"));
    }
    // One careless seat, however often.
    for _ in 0..50 {
        calls.call(2, "A9", "宠物寄养哪里便宜", &["card"], Went::Answered("card"));
    }
    for seat in ["A1", "A2"] {
        calls.call(2, seat, "社保卡丢了，怎么补？", &["card"], Went::Copied("card"));
        calls.call(2, seat, "医保凭证丢了去哪补", &["card"], Went::Answered("card"));
    }
    calls.written();
    let server = world.serve();
    let offered = || -> Vec<(String, u64, u64)> {
        let reply = server.get_as(&editor, "/v1/suggested-questions/card").good();
        let questions = reply["questions"].as_array().unwrap().iter();
        let one = |one: &Value| {
            (
                one["question"].as_str().unwrap().to_owned(),
                one["calls"].as_u64().unwrap(),
                one["seats"].as_u64().unwrap(),
            )
        };
        questions.map(one).collect()
    };
    assert_eq!(
        offered(),
        [("那个看病的卡掉了咋整".to_owned(), 3, 2), ("医保凭证丢了去哪补".to_owned(), 2, 2)]
    );
    let refuse = json!({"refuse": "医保凭证丢了去哪补"}).to_string();
    server.call("POST", "/v1/suggested-questions/card", &editor, &[], &refuse).good();
    assert_eq!(offered().len(), 1);
    let entry =
        json!({"similar_questions": ["社会保障卡补办", "那个看病的卡掉了咋整"], "reason": "补充相似问"});
    assert_eq!(server.write("PATCH", &editor, "card", 1, &entry).status, 200);
    assert_eq!(offered(), []);
    server.get_as(&editor, "/v1/suggested-questions/none").problem(404, "entry_not_found");
}

const HEAT: &str = "暖气管道漏水找谁报修";
const HEAT_TOO: &str = "家里暖气管道漏水怎么报修";
const STRAY: &str = "暖气管道漏水找谁赔偿";

fn step(server: &Server, key: &str, gap: &str, body: &Value) -> crate::world::Reply {
    server.call("POST", &format!("/v1/gaps/{gap}"), key, &[], &body.to_string())
}

#[test]
fn a_wording_that_does_not_belong_is_taken_out_and_stays_out() {
    let world = world();
    let (reviewer, agent, admin) =
        (world.key("reviewer", &[]), world.key("agent", &[]), world.key("admin", &[]));
    let mut calls = Calls::of(&world);
    for day in 1..=3 {
        calls.call(day, "A1", HEAT, &["night"], Went::Dispatched("供热办"));
        calls.call(day, "A2", HEAT_TOO, &["night"], Went::Dispatched("供热办"));
    }
    calls.call(4, "A1", HEAT, &["night"], Went::Dispatched("供热办"));
    calls.call(1, "A3", STRAY, &["night"], Went::Dispatched("法院"));
    calls.call(2, "A3", STRAY, &["night"], Went::Dispatched("法院"));
    calls.written();
    let server = world.serve();
    gathered(&server, &reviewer);
    let gaps = server.get_as(&reviewer, "/v1/gaps").good();
    let [gap] = gaps["gaps"].as_array().unwrap().as_slice() else { panic!("{gaps}") };
    let id = gap["id"].as_str().unwrap();
    assert_eq!((texts(gap).len(), gap["calls"].as_u64()), (3, Some(9)), "{gap}");

    server.call("POST", &format!("/v1/gaps/{id}"), &agent, &[], "{}").problem(403, "forbidden");
    for (taken, reason) in [("海豚怎么登记", "不属于"), ("", "不属于"), (STRAY, "")] {
        step(&server, &reviewer, id, &json!({"take_out": taken, "reason": reason}))
            .problem(400, "invalid_request");
    }
    let both = json!({"take_out": STRAY, "status": "dismissed", "reason": "不属于"});
    step(&server, &reviewer, id, &both).problem(400, "invalid_request");

    let take_out = json!({"take_out": "暖气管道漏水，找谁赔偿？", "reason": "问的是赔偿"});
    let left = step(&server, &reviewer, id, &take_out).good();
    assert_eq!((texts(&left), left["calls"].as_u64()), (vec![HEAT, HEAT_TOO], Some(7)), "{left}");
    assert_eq!(left["taken_out"], json!([STRAY]), "{left}");
    step(&server, &reviewer, "none", &take_out).problem(404, "gap_not_found");

    // It becomes a gap of its own, and does not come back however often one looks.
    for _ in 0..3 {
        gathered(&server, &reviewer);
        let gaps = server.get_as(&reviewer, "/v1/gaps").good();
        let [heating, damages] = gaps["gaps"].as_array().unwrap().as_slice() else { panic!("{gaps}") };
        assert_eq!((heating["id"].as_str(), texts(heating)), (Some(id), vec![HEAT, HEAT_TOO]), "{gaps}");
        assert_eq!(
            (texts(damages), damages["calls"].as_u64(), damages["department"].as_str()),
            (vec![STRAY], Some(2), Some("法院")),
            "{gaps}"
        );
    }
    // The last wording stays: a gap without one would be nothing.
    step(&server, &reviewer, id, &json!({"take_out": HEAT, "reason": "试"})).good();
    step(&server, &reviewer, id, &json!({"take_out": HEAT_TOO, "reason": "试"}))
        .problem(400, "invalid_request");
    let back = step(&server, &reviewer, id, &json!({"put_back": HEAT, "reason": "点错了"})).good();
    assert_eq!(back["taken_out"], json!([STRAY]), "{back}");
    step(&server, &reviewer, id, &json!({"put_back": HEAT, "reason": "点错了"}))
        .problem(400, "invalid_request");
    gathered(&server, &reviewer);
    let gap = server.get_as(&reviewer, &format!("/v1/gaps/{id}")).good();
    assert_eq!(texts(&gap), [HEAT, HEAT_TOO], "{gap}");

    // What stays is asked again when it is closed, and nothing else.
    let entry = json!({"id": "leak", "kind": "faq", "title": HEAT, "similar_questions": [HEAT_TOO],
        "body": "向供热单位报修。", "region": "210100", "status": "published", "reason": "补缺口"});
    let new = [("if-none-match", "*")];
    let put = server.call("PUT", "/v1/entries/leak", &reviewer, &new, &entry.to_string());
    assert!(matches!(put.status, 200 | 201), "{}", put.text);
    let checked =
        server.call("POST", &format!("/v1/gaps/{id}/check"), &reviewer, &[], r#"{"entry_id": "leak"}"#);
    let asked: Vec<Value> =
        checked.good()["questions"].as_array().unwrap().iter().map(|one| one["question"].clone()).collect();
    assert_eq!(asked, [json!(HEAT), json!(HEAT_TOO)]);
    let close = json!({"status": "closed", "entry_id": "leak", "reason": "写好了"});
    crate::world::until(crate::world::PATIENCE, "it closes", || {
        (step(&server, &reviewer, id, &close).status == 200).then_some(())
    });
    let audit = server.get_as(&admin, &format!("/v1/audit?object={id}")).good();
    let lines: Vec<(&str, &str)> = audit["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["reason"].as_str().unwrap()))
        .collect();
    assert!(lines.contains(&("gap.wording_taken_out", &format!("“{STRAY}”：问的是赔偿"))), "{lines:?}");
    assert!(lines.contains(&("gap.wording_put_back", &format!("“{HEAT}”：点错了"))), "{lines:?}");
}

#[test]
fn a_report_that_does_not_belong_is_a_gap_of_its_own_again() {
    let world = world();
    let reviewer = world.key("reviewer", &[]);
    let mut calls = Calls::of(&world);
    let first = calls.call(1, "A1", "鹦鹉上飞机要什么证", &["card"], Went::Dispatched("民航局"));
    calls.written();
    let server = world.serve();
    let report = |question: &str, search_id: Value, note: &str| -> String {
        let body = json!({"question": question, "region": "210100", "search_id": search_id, "note": note});
        let reply = server.call("POST", "/v1/gaps", "", &[], &body.to_string());
        reply.json()["id"].as_str().unwrap().to_owned()
    };
    let gap = report("鹦鹉上飞机要什么证", json!(first), "");
    let other = report("鹦鹉上飞机要什么证明", Value::Null, "问的是检疫");
    gathered(&server, &reviewer);
    let shown = |id: &str| server.get_as(&reviewer, &format!("/v1/gaps/{id}")).good();
    assert_eq!(shown(&other)["id"], json!(gap));
    let take_out = json!({"take_out": "鹦鹉上飞机要什么证明", "reason": "另一回事"});
    for _ in 0..2 {
        // Taken out it stands where it was reported, with its note, and new reports go there.
        let left = step(&server, &reviewer, &gap, &take_out);
        assert!(matches!(left.status, 200 | 400), "{}", left.text);
        gathered(&server, &reviewer);
        let (gap, other) = (shown(&gap), shown(&other));
        assert_eq!((texts(&gap), gap["reports"].as_u64()), (vec!["鹦鹉上飞机要什么证"], Some(1)), "{gap}");
        assert_eq!(texts(&other), ["鹦鹉上飞机要什么证明"], "{other}");
        assert_eq!((&other["status"], &other["notes"]), (&json!("open"), &json!(["问的是检疫"])), "{other}");
    }
    assert_eq!(report("鹦鹉上飞机要什么证明？", Value::Null, ""), other);
    // The wording a gap began with can be taken out as well.
    let merged = report("带鹦鹉上飞机要什么证", Value::Null, "");
    gathered(&server, &reviewer);
    assert_eq!(shown(&merged)["id"], json!(gap), "{}", shown(&merged));
    step(&server, &reviewer, &gap, &json!({"take_out": "鹦鹉上飞机要什么证", "reason": "试"})).good();
    gathered(&server, &reviewer);
    assert_eq!(texts(&shown(&gap)), ["带鹦鹉上飞机要什么证"]);
    let own = report("鹦鹉上飞机要什么证", Value::Null, "");
    assert_ne!(own, gap);
    assert!(texts(&shown(&own)).contains(&"鹦鹉上飞机要什么证"), "{}", shown(&own));
}

#[test]
fn a_gap_on_which_nothing_is_lost_any_more_leaves_the_list() {
    let world = world();
    let reviewer = world.key("reviewer", &[]);
    let mut calls = Calls::of(&world);
    let lost = ["A1", "A2"].map(|seat| calls.call(1, seat, "鹦鹉上飞机要什么证", &[], Went::Silent));
    calls.written();
    let server = world.serve();
    gathered(&server, &reviewer);
    let listed = || server.get_as(&reviewer, "/v1/gaps?status=open").good()["gaps"].clone();
    let id = listed()[0]["id"].as_str().unwrap().to_owned();
    for search_id in lost {
        let told = json!({"search_id": search_id, "outcome": "answered", "entry_id": "card"});
        server.call("POST", "/v1/feedback", "", &[], &told.to_string()).good();
    }
    gathered(&server, &reviewer);
    assert_eq!(listed(), json!([]));
    let gap = server.get_as(&reviewer, &format!("/v1/gaps/{id}")).good();
    assert_eq!((&gap["calls"], &gap["questions"]), (&json!(0), &json!([])), "{gap}");
}
