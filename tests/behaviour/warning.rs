//! Warnings: what flares up against its usual course is warned of once, to those
//! who may know; what needs attention is warned of at once, by rules an editor
//! writes; nobody's numbers are in either.

use std::sync::atomic::AtomicBool;

use jida::entry::Region;
use jida::journal::{Asked, Journal, Line, Place, Subject};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::receiver::{Receiver, SECRET};
use crate::world::{PATIENCE, Server, World, faq, until, with};

const PHONE: &str = "13812345678";
/// Days of everyday calls before the flare.
const DAYS: i64 = 60;
const FLARE: usize = 30;
const HEAT: &str = "家里暖气不热";

fn world() -> World {
    World::of([
        with(
            faq("heat", "供暖温度不达标怎么办", "先测温。"),
            json!({"category": "供热", "department": "供热办"}),
        ),
        with(faq("card", "社保卡丢了怎么补", "到网点补办。"), json!({"category": "社会保障"})),
    ])
}

fn asked(at: Timestamp, number: usize, region: &str, entry: &str, topic: &str, question: String) -> Asked {
    Asked {
        search_id: Uuid::now_v7(),
        at,
        question,
        region: Region::parse(region),
        collection: None,
        place: Place {
            call: Some(format!("{topic}-{}-{number}", at.as_second())),
            line: Some(Line::Line12345),
            key_id: "k".to_owned(),
            ..Place::default()
        },
        shown: vec![entry.to_owned()],
        confidence: 0.9,
        answered: None,
        subject: Subject::of(topic, ""),
    }
}

fn back(minutes: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_mins(minutes)
}

/// Four calls a day about heating and four about cards; with a flare, thirty
/// more about heating within the last minutes.
fn write_calls(world: &World, flare: usize) {
    let journal = Journal::new(&world.corpus(), true);
    for day in 1..=DAYS {
        for number in 0..4 {
            let at = back(day * 24 * 60 + number * 90);
            let usual = |region, entry, topic| asked(at, 0, region, entry, topic, format!("{topic}怎么办"));
            journal.asked(usual("210102", "heat", "供热"));
            journal.asked(usual("210202", "card", "社会保障"));
        }
    }
    for number in 0..flare {
        let question = format!("我叫王小明{PHONE}，{HEAT}");
        journal.asked(asked(back(number as i64 / 3), number, "210102", "heat", "供热", question));
    }
    journal.keep(&AtomicBool::new(true));
}

fn warnings(server: &Server, key: &str) -> Vec<Value> {
    let told = server.get_as(key, "/v1/warnings").good();
    told["warnings"].as_array().expect("a list").clone()
}

fn some(server: &Server, key: &str) -> Vec<Value> {
    until(PATIENCE, "a warning", || Some(warnings(server, key)).filter(|told| !told.is_empty()))
}

#[test]
fn a_flare_is_warned_of_once_and_told_to_those_who_may_know() {
    let receiver = Receiver::answering(&[(500, ""), (200, "{}")]);
    let world = world();
    world.file("corpus/jida.toml", receiver.settings("warnings"));
    write_calls(&world, FLARE);
    let (agent, editor, bot) = (world.key("agent", &[]), world.key("editor", &[]), world.key("chatbot", &[]));
    let elsewhere = world.key("editor", &["--region", "210200"]);
    let server = world.serve();
    let told = some(&server, &editor);
    // Topic, place, entry and topic in a place flared up together: one warning.
    assert_eq!(told.len(), 1, "{told:?}");
    let warning = &told[0];
    assert_eq!(
        (&warning["state"], &warning["questions"][0]),
        (&json!("open"), &json!(format!("我叫〔姓名〕〔号码〕，{HEAT}")))
    );
    let calls = warning["calls"].as_u64().unwrap() as usize;
    assert!((FLARE..FLARE + 8).contains(&calls) && warning["expected"].as_f64().unwrap() < 8.0, "{warning}");
    assert!(warning["also"].as_array().unwrap().len() >= 3, "{warning}");
    let place = &warning["places"][0];
    assert_eq!((&place["code"], &place["name"]), (&json!("210102"), &json!("沈阳市和平区")), "{warning}");
    assert!(place["calls"].as_u64().unwrap() >= FLARE as u64, "{warning}");
    assert_eq!(
        (&warning["entries"][0]["id"], &warning["entries"][0]["title"]),
        (&json!("heat"), &json!("供暖温度不达标怎么办"))
    );
    let days = warning["days"].as_array().unwrap();
    assert_eq!(days.len(), 35, "{warning}");
    let usual: Vec<u64> = days[..30].iter().map(|day| day["calls"].as_u64().unwrap()).collect();
    assert!(usual.iter().all(|calls| (1..=7).contains(calls)), "{usual:?}");

    // The message came signed, again after it was refused, and no second one.
    let came = until(PATIENCE, "two messages", || Some(receiver.came()).filter(|came| came.len() >= 2));
    assert_eq!(came[0].id(), came[1].id());
    assert!(came.iter().all(|message| message.is_signed_with(SECRET)));
    let body = came[1].json();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("warning.raised"), &warning["id"]));

    // Who may not know does not.
    let path = format!("/v1/warnings/{}", warning["id"]);
    let acknowledge =
        json!({"state": "acknowledged", "note": format!("已请供热办核实，{PHONE}")}).to_string();
    for path in ["/v1/warnings", &path] {
        server.get(path).problem(401, "unauthorized");
        server.get_as(&bot, path).problem(403, "forbidden");
        let reply = server.get_as(&agent, path);
        assert!(reply.status == 200 && !reply.text.contains(HEAT), "{}", reply.text);
    }
    server.call("POST", &path, &agent, &[], &acknowledge).problem(403, "forbidden");
    assert_eq!(warnings(&server, &elsewhere), [] as [Value; 0]);
    server.get_as(&elsewhere, &path).problem(404, "warning_not_found");
    server.get_as(&editor, "/v1/warnings/999").problem(404, "warning_not_found");
    server.get_as(&editor, "/v1/warnings/x").problem(404, "warning_not_found");
    server.get_as(&editor, "/v1/warnings?state=new").problem(400, "invalid_request");

    let seen = server.call("POST", &path, &editor, &[], &acknowledge).good();
    assert_eq!(
        (&seen["state"], &seen["acknowledged"]["note"]),
        (&json!("acknowledged"), &json!("已请供热办核实，〔号码〕"))
    );
    assert!(seen["acknowledged"]["by"].as_str().unwrap().contains("editor"), "{seen}");
    assert_eq!(server.get_as(&editor, "/v1/warnings?state=open").good()["warnings"], json!([]));

    let log = server.log();
    assert!(log.contains("warning 1: ") && !log.contains(HEAT), "{log}");
    for text in [&log, &came[1].body, &server.get_as(&editor, "/v1/warnings").text] {
        assert!(!text.contains(PHONE), "{text}");
    }
    assert!(!log.contains(SECRET));
    // A server that starts anew goes on with the same warning.
    drop(server);
    let server = world.serve();
    let before = seen["last_at"].as_str().unwrap().to_owned();
    let again = until(PATIENCE, "another look", || {
        Some(warnings(&server, &editor)).filter(|told| told[0]["last_at"].as_str().unwrap() > before.as_str())
    });
    assert_eq!((again.len(), &again[0]["state"]), (1, &json!("acknowledged")), "{again:?}");
    assert_eq!(receiver.came().len(), 2);
    let said = world.jida_ok(&["warnings", "--all"]).out;
    assert!(said.contains("已知悉") && said.contains(HEAT) && !said.contains(PHONE), "{said}");
    let json: Value = serde_json::from_str(&world.jida_ok(&["warnings", "--json"]).out).expect("JSON");
    assert_eq!(json, json!({"warnings": []}));
}

fn ask(server: &Server, call: &str, question: &str) {
    server.search(&[("q", question), ("call", call), ("line", "12345"), ("region", "210102")]);
}

#[test]
fn what_a_rule_names_is_warned_of_at_once_each_call_once() {
    let world = world();
    let (agent, editor) = (world.key("agent", &[]), world.key("editor", &[]));
    let server = world.serve();
    ask(&server, "call-1", &format!("楼道里燃气泄漏打我{PHONE}"));
    ask(&server, "call-1", "楼道里燃气泄漏没人管");
    ask(&server, "call-2", "社保卡丢了怎么补");
    let told = some(&server, &editor);
    assert_eq!(told.len(), 1, "{told:?}");
    let warning = &told[0];
    assert_eq!((&warning["kind"], &warning["name"]), (&json!("rule"), &json!("安全隐患")));
    assert_eq!(warning["title"], "沈阳市和平区有一通电话涉及“安全隐患”");
    assert_eq!(warning["questions"], json!(["楼道里燃气泄漏打我〔号码〕"]), "{warning}");
    assert!(warning["expected"].is_null() && warning["hours"].is_null(), "{warning}");

    // A note of a dispatched call counts as well.
    let note =
        json!({"outcome": "dispatched", "call": "call-3", "department": "公安局", "note": "反映民警打人"});
    server.call("POST", "/v1/feedback", &agent, &[], &note.to_string()).good();
    let told =
        until(PATIENCE, "the note", || Some(warnings(&server, &editor)).filter(|told| told.len() == 2));
    assert_eq!(told[0]["name"], "涉警违纪");

    // The rules are the editors' to write: what is wrong is said by its line,
    // what is right counts without a new index.
    let path = "/v1/lists/attention";
    let shown = server.get_as(&editor, path);
    assert!(shown.good()["text"].as_str().unwrap().contains("安全隐患"));
    let put = |text: &str, tag: &str| {
        let body = json!({"text": text, "reason": "试"}).to_string();
        server.call("PUT", path, &editor, &[("if-match", tag)], &body)
    };
    let refused =
        put("# 注释\n没有等号\n好 = 坍塌\n短 = 裂", &shown.header("etag")).problem(422, "validation_failed");
    let details: Vec<&str> =
        refused["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap()).collect();
    assert!(
        details.len() == 2 && details[0].contains("第 2 行") && details[1].contains("第 4 行"),
        "{details:?}"
    );
    server.call("PUT", path, &agent, &[("if-match", "\"x\"")], "{}").problem(403, "forbidden");
    assert_eq!(put("水质 = 自来水+发黄, 自来水*异味\n", &shown.header("etag")).status, 200);
    let told = until(PATIENCE, "the new rule", || {
        // Asked anew each time: the rules may just be read.
        std::thread::sleep(std::time::Duration::from_millis(300));
        ask(&server, &format!("call-{}", Uuid::now_v7()), "家里自来水这两天有异味");
        warnings(&server, &editor).into_iter().find(|warning| warning["name"] == "水质")
    });
    // Seen is over, where it is one call.
    let path = format!("/v1/warnings/{}", told["id"]);
    let seen = server.call("POST", &path, &editor, &[], r#"{"state": "acknowledged"}"#).good();
    assert_eq!(seen["state"], "over", "{seen}");
    assert!(!server.log().contains(PHONE) && !server.log().contains("自来水"), "{}", server.log());
}

#[test]
fn an_everyday_week_warns_of_nothing() {
    let world = world();
    write_calls(&world, 2);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    // A look has been taken once a rule's warning is there.
    ask(&server, "call-1", "楼道里燃气泄漏");
    let told = some(&server, &editor);
    assert!(told.iter().all(|warning| warning["kind"] == "rule"), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn what_is_reported_by_key_is_held_against_the_rules_once() {
    let receiver = Receiver::answering(&[(200, "{}"); 8]);
    let world = world();
    world.file("corpus/jida.toml", receiver.settings("warnings"));
    let (agent, editor) = (world.key("agent", &[]), world.key("editor", &[]));
    let server = world.serve();
    let asked = |call: &str, question: &str| -> Value {
        let asked = [("q", question), ("call", call), ("line", "12345"), ("region", "210102")];
        server.get_with("/v1/search", &asked).good()["search_id"].clone()
    };
    let report = |body: Value| {
        let reply = server.call("POST", "/v1/gaps", &agent, &[], &body.to_string());
        assert_eq!(reply.status, 201, "{}", reply.text);
    };
    let told = |count: usize| -> Vec<Value> {
        until(PATIENCE, "the report", || Some(warnings(&server, &editor)).filter(|told| told.len() == count))
    };
    // The note says what the question does not; the call is told of once.
    let smell = asked("call-1", "楼里的味道找谁管");
    for _ in 0..2 {
        let note = format!("来电人说是燃气泄漏，{PHONE}");
        report(json!({"question": "楼里的味道找谁管", "search_id": smell, "note": note}));
    }
    let first = &told(1)[0];
    assert_eq!((&first["kind"], &first["name"]), (&json!("rule"), &json!("安全隐患")), "{first}");
    assert_eq!(first["title"], "沈阳市和平区有一通电话涉及“安全隐患”");
    assert_eq!(first["questions"], json!(["来电人说是燃气泄漏，〔号码〕"]), "{first}");
    // A call whose question was warned of already is not warned of again for its report.
    let leak = asked("call-2", "楼道里燃气泄漏");
    report(json!({"question": "楼道里燃气泄漏", "search_id": leak}));
    told(2);
    // A report that belongs to no call has a place of its own.
    let police = json!({"question": "反映派出所民警打人", "region": "210202"});
    report(police.clone());
    assert_eq!(
        (&told(3)[0]["name"], &told(3)[0]["places"][0]["code"]),
        (&json!("涉警违纪"), &json!("210202"))
    );
    report(json!({"question": "反映办事窗口吃拿卡要"}));
    let all = told(4);
    let names: Vec<&str> = all.iter().map(|warning| warning["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["营商环境", "涉警违纪", "安全隐患", "安全隐患"]);

    let came = until(PATIENCE, "the messages", || Some(receiver.came()).filter(|came| came.len() >= 4));
    let mut told_of: Vec<i64> =
        came.iter().map(|message| message.json()["data"]["id"].as_i64().unwrap()).collect();
    told_of.sort_unstable();
    let mut numbers: Vec<i64> = all.iter().map(|warning| warning["id"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(told_of, numbers);
    let log = server.log();
    for warning in &all {
        let line = format!("warning {}: a call falls under the rule", warning["id"]);
        assert_eq!(log.matches(&line).count(), 1, "{log}");
    }
    assert!(!log.contains(PHONE) && !log.contains("吃拿卡要") && !log.contains("味道"), "{log}");
    // A server that starts anew has looked at them.
    drop(server);
    let server = world.serve();
    let body = json!({"question": "反映行政执法部门执法报复企业"}).to_string();
    assert_eq!(server.call("POST", "/v1/gaps", &agent, &[], &body).status, 201);
    let all = until(PATIENCE, "one more", || Some(warnings(&server, &editor)).filter(|told| told.len() > 4));
    assert_eq!((all.len(), &all[0]["name"]), (5, &json!("营商环境")), "{all:?}");
}

/// Two calls an hour, on Sundays one in five hours, for as long as the others.
fn write_weeks(world: &World) {
    let journal = Journal::new(&world.corpus(), true);
    for hour in 0..DAYS * 24 {
        for number in 0..2 {
            let at = back(hour * 60 + number * 25);
            let local = at.to_zoned(jiff::tz::TimeZone::system());
            let is_sunday = local.weekday() == jiff::civil::Weekday::Sunday;
            if !is_sunday || (number == 0 && local.hour() % 5 == 0) {
                journal.asked(asked(at, 0, "210102", "heat", "供热", "供热怎么办".to_owned()));
            }
        }
    }
    journal.keep(&AtomicBool::new(true));
}

#[test]
fn a_holiday_is_judged_as_a_sunday_as_an_editor_writes_it() {
    let world = world();
    write_weeks(&world);
    let editor = world.key("editor", &[]);
    world.file("corpus/holidays.txt", "# 注释\n节 = 2030-1-1\n");
    let server = world.serve();
    // A look has been taken once a rule's warning is there.
    ask(&server, "call-1", "楼道里燃气泄漏");
    let told = some(&server, &editor);
    assert!(told.iter().all(|warning| warning["kind"] == "rule"), "{told:?}");
    let log = server.log();
    assert!(log.contains("holidays.txt:2: “2030-1-1”不是日期，请写成 2027-01-01"), "{log}");

    let path = "/v1/lists/holidays";
    let put = |text: &str| {
        let tag = server.get_as(&editor, path).header("etag");
        let body = json!({"text": text, "reason": "试"}).to_string();
        server.call("PUT", path, &editor, &[("if-match", &tag)], &body)
    };
    let refused = put("没有等号\n节 = 2030-01-05\n补班 = 2030-01-02\n补班 = 2030-01-05\n");
    let refused = refused.problem(422, "validation_failed");
    let details: Vec<&str> =
        refused["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap()).collect();
    assert_eq!(
        details,
        [
            "第 1 行：这一行要写成“名称 = 2027-01-01 至 2027-01-03”",
            "第 3 行：补班的 2030-01-02 不是周六周日，本来就上班，请核对日期",
            "第 4 行：2030-01-05 又是放假又是补班，请核对，只留一处",
        ]
    );
    // Were the last week a holiday, its everyday calls would be many.
    let today = jiff::Zoned::now().date();
    let week_ago = today.saturating_sub(jiff::ToSpan::days(7));
    let reply = put(&format!("长假 = {week_ago} 至 {today}\n")).good();
    assert_eq!(reply, json!({"version": 1, "next": null}));
    drop(server);
    let server = world.serve();
    let flare = until(PATIENCE, "a flare", || {
        warnings(&server, &editor).into_iter().find(|warning| warning["kind"] != "rule")
    });
    let (calls, expected) = (flare["calls"].as_f64().unwrap(), flare["expected"].as_f64().unwrap());
    assert!(calls > 3.0 * expected, "{flare}");
    let shipped = world.jida_ok(&["warnings"]).out;
    assert!(shipped.contains(flare["title"].as_str().unwrap()), "{shipped}");
}
