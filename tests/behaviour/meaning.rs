//! Proves what the tier by meaning does, with a real model: questions in other
//! words find their entries, what is embedded is embedded once, and whatever is
//! wrong with the endpoint nobody notices but the metrics.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use jida::library::{Adoption, Library, Standing};
use serde_json::{Value, json};

use crate::model::Model;
use crate::world::{Found, PATIENCE, Server, World, faq, until, with};

/// Shares no word and no two characters with the entry it asks for.
const QUESTION: &str = "家里暖气不热";
const HEAT: &str = "heat";

/// Its words find that entry.
const BY_WORDS: &str = "屋里热不起来能不能退钱";

/// Time enough for a question on a machine that is busy with other tests.
const GENEROUS: &str = "budget_ms = 10000";

fn titles() -> Vec<(&'static str, &'static str)> {
    vec![
        ("shop", "个体工商户营业执照注销登记"),
        ("fund", "住房公积金提取条件"),
        ("licence", "机动车驾驶证期满换证"),
        ("wedding", "婚姻登记预约"),
        ("birth", "新生儿落户办理"),
        ("poor", "城市低保申请条件"),
        ("jobless", "失业保险金申领"),
        ("stay", "居住证办理"),
        ("pension", "养老保险转移接续"),
        ("passport", "出国护照办理"),
        ("food", "食品经营许可证办理"),
        ("noise", "噪音扰民举报"),
        ("lift", "老旧小区加装电梯补贴"),
        ("school", "义务教育入学报名"),
        ("dogs", "流浪动物收容"),
        ("gas", "燃气泄漏抢修"),
    ]
}

fn entry(id: &str, title: &str) -> Value {
    with(faq(id, title, "请到窗口咨询"), json!({ "category": "其他" }))
}

fn heat() -> Value {
    with(faq(HEAT, "供暖不达标退费", "请拨打供热公司的电话"), json!({ "category": "供热" }))
}

/// A world without the entry on heating.
fn cold_world() -> World {
    World::of(titles().into_iter().map(|(id, title)| entry(id, title)))
}

fn warm_world() -> World {
    let world = cold_world();
    world.entries("corpus/heat.jsonl", [heat()]);
    world
}

fn configure(world: &World, url: &str, more: &str) {
    let roles = "query_input_type = 'query'\npassage_input_type = 'passage'";
    world.file("corpus/jida.toml", format!("[embeddings]\nurl = '{url}'\nmodel = 'e5'\n{roles}\n{more}\n"));
}

/// A world whose texts have their vectors, with the model that made them.
fn embedded(world: World, model: &Model) -> World {
    configure(&world, &model.url, GENEROUS);
    world.jida_ok(&["embed"]);
    world
}

fn ask(server: &Server) -> Found {
    server.search(&[("q", QUESTION)])
}

/// By what the entry on heating was found; empty where it was not.
fn found_by(found: &Found) -> Vec<String> {
    let hit = found.hits().iter().find(|hit| hit["id"] == HEAT);
    let by = hit.and_then(|hit| hit["matched_by"].as_array()).cloned().unwrap_or_default();
    by.iter().map(|by| by.as_str().expect("a name").to_owned()).collect()
}

fn is_found_by_meaning(found: &Found) -> bool {
    found_by(found).iter().any(|by| by == "meaning")
}

/// How often an outcome was counted.
fn counted(server: &Server, outcome: &str) -> u64 {
    let metrics = server.get("/metrics").text;
    let name = format!("jida_embeddings_questions_total{{outcome=\"{outcome}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().expect("a count"))
}

#[test]
fn a_question_in_other_words_finds_its_entry_by_meaning_and_only_so() {
    let Some(model) = Model::running() else { return };
    let world = embedded(warm_world(), &model);
    let server = world.serve();
    let found = ask(&server);
    assert!(is_found_by_meaning(&found), "{:?}", found.0);
    assert_eq!(found.ids()[0], HEAT, "{:?}", found.0);
    assert_eq!(counted(&server, "answered"), 1);
    ask(&server);
    assert_eq!((counted(&server, "answered"), counted(&server, "cached")), (1, 1));
    let ready = server.get("/readyz").good();
    assert_eq!(ready["embeddings"]["state"], "ok", "{ready}");
    assert!(world.jida_ok(&["search", QUESTION, "--json"]).out.contains("\"meaning\""));
    drop(server);

    // The same index without the endpoint.
    std::fs::remove_file(world.path("corpus/jida.toml")).expect("the settings");
    let server = world.serve();
    assert!(found_by(&ask(&server)).is_empty());
    assert_eq!(server.get("/readyz").good()["embeddings"], json!({ "state": "off" }));
}

#[test]
fn articles_of_laws_are_found_by_meaning_where_they_are_embedded() {
    let Some(model) = Model::running() else { return };
    let world = cold_world();
    let article = |law: &str, body: &str| {
        world.file(&format!("corpus/law/{law}.md"), format!("# {law}\n\n第一条 {body}\n"));
        format!("law/{law}#第一条")
    };
    let law = article("中华人民共和国示例居住法", "用户房间温度低于规定的，应当退还费用。");
    let measure = article("示例居住办法", "用户房间气温低于约定的，退还所收的钱。");
    for (texts, found_articles) in [
        ("['questions', 'titles']", vec![]),
        ("['questions', 'laws']", vec![&law]),
        ("['questions', 'articles']", vec![&law, &measure]),
    ] {
        configure(&world, &model.url, &format!("{GENEROUS}\ntexts = {texts}"));
        world.jida_ok(&["embed"]);
        world.jida_ok(&["reindex"]);
        let found = ask(&world.serve());
        let by_meaning = found.hits().iter().filter(|hit| {
            let by = hit["matched_by"].as_array().into_iter().flatten();
            hit["kind"] == "policy" && by.into_iter().any(|by| by == "meaning")
        });
        let ids: Vec<&str> = by_meaning.filter_map(|hit| hit["id"].as_str()).collect();
        assert!(found_articles.iter().all(|id| ids.contains(&id.as_str())), "{texts}: {:?}", found.0);
        assert_eq!(ids.len(), found_articles.len(), "{texts}: {:?}", found.0);
    }
}

#[test]
fn words_that_leave_no_doubt_and_what_is_still_being_typed_ask_nobody() {
    let Some(model) = Model::running() else { return };
    let server = embedded(warm_world(), &model).serve();
    assert_eq!(server.search(&[("q", "供暖不达标退费")]).ids()[0], HEAT);
    let typed = server.search(&[("q", QUESTION), ("typing", "true")]);
    assert!(found_by(&typed).is_empty());
    for outcome in ["answered", "cached", "late"] {
        assert_eq!(counted(&server, outcome), 0, "{outcome}");
    }
}

#[test]
fn embedding_killed_goes_on_where_it_was_and_a_second_run_embeds_nothing() {
    let Some(model) = Model::running() else { return };
    let numbers = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
    let world = World::of((0..100).map(|at| {
        let title = format!("第{}{}号窗口可以办哪些事情", numbers[at / 10], numbers[at % 10]);
        faq(&format!("n{at}"), &title, "见公告")
    }));
    configure(&world, &model.url, "batch = 2");
    let status = || -> Value {
        serde_json::from_str(&world.jida_ok(&["embed", "--status", "--json"]).out).expect("JSON")
    };
    assert_eq!(status()["configured"]["missing"], 100);
    let mut embedding =
        world.command(&["embed"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    until(PATIENCE, "the first vectors", || {
        (status()["sets"][0]["vectors"].as_u64().unwrap_or(0) >= 4).then_some(())
    });
    embedding.kill().expect("killed");
    embedding.wait().expect("its end");
    let before = status();
    let kept = before["sets"][0]["vectors"].as_u64().expect("a count");
    assert!(before["in_use"].is_null() && kept < 100, "killed in the middle: {before}");

    let run = || -> Value { serde_json::from_str(&world.jida_ok(&["embed", "--json"]).out).expect("JSON") };
    let resumed = run();
    assert_eq!((resumed["known"].as_u64(), resumed["embedded"].as_u64()), (Some(kept), Some(100 - kept)));
    let again = run();
    assert_eq!((again["known"].as_u64(), again["embedded"].as_u64()), (Some(100), Some(0)));
    assert_eq!(status()["in_use"], status()["configured"]["set"]);
    assert!(world.jida_ok(&["embed"]).out.contains("没有新的文字要算"));

    // Another model is a set beside it, and in use once it is complete.
    let other: Value =
        serde_json::from_str(&world.jida_ok(&["embed", "--json", "--model", "e6"]).out).expect("JSON");
    assert_eq!(other["embedded"], 100);
    assert_eq!(status()["sets"].as_array().map(Vec::len), Some(2));
    assert_eq!(status()["in_use"], other["set"]);
}

#[test]
fn a_new_entry_and_a_newly_adopted_question_are_soon_found_by_meaning() {
    let Some(model) = Model::running() else { return };
    let world = embedded(cold_world(), &model);
    let server = world.serve();
    assert!(found_by(&ask(&server)).is_empty());
    let more = world.entries("more.jsonl", [heat()]);
    world.jida_ok(&["import", more.to_str().expect("a path")]);
    until(PATIENCE, "the new entry by meaning", || is_found_by_meaning(&ask(&server)).then_some(()));

    let remembers = || -> bool {
        let found = server.search(&[("q", "邻居深夜开派对放音乐"), ("explain", "true")]);
        // Entries with the same text are one hit, under the id of any of them.
        let told = found.hits().iter().filter_map(|hit| hit["explanation"].as_array()).flatten();
        let mut remembered = told.filter(|one| one["value"].as_f64().is_some_and(|value| value > 0.0));
        remembered.any(|one| one["feature"].as_str().is_some_and(|name| name.starts_with("memory_meaning")))
    };
    assert!(!remembers());
    let adoption = Adoption {
        question: "半夜楼上蹦迪".to_owned(),
        entry_id: "wedding".to_owned(),
        adopted_by: "采编".to_owned(),
        adopted_on: jiff::Zoned::now().date(),
        standing: Standing::Curated,
    };
    Library::open(&world.corpus()).expect("the library").adopt(&[adoption]).expect("a memory");
    until(PATIENCE, "what a question like it was answered with", || remembers().then_some(()));
}

#[test]
fn what_a_caller_may_not_see_does_not_come_in_by_meaning() {
    let Some(model) = Model::running() else { return };
    let world = embedded(warm_world(), &model);
    let (limited, editor) = (world.key("agent", &["--category", "其他"]), world.key("admin", &[]));
    let server = world.serve();
    assert!(is_found_by_meaning(&ask(&server)));
    let path = format!("/v1/search?q={}", crate::world::encoded(QUESTION));
    let found = until(PATIENCE, "the key", || {
        let reply = server.get_as(&limited, &path);
        (reply.status == 200).then(|| Found::checked(reply.json()))
    });
    assert!(!found.ids().is_empty() && found_by(&found).is_empty(), "{:?}", found.0);

    let rule = json!({ "questions": [QUESTION], "hides": [HEAT], "reason": "不该出现" });
    let headers = [("if-none-match", "*")];
    let put = server.call("PUT", "/v1/rules/r", &editor, &headers, &rule.to_string());
    assert_eq!(put.status, 201, "{put:?}");
    until(PATIENCE, "the entry is hidden", || found_by(&ask(&server)).is_empty().then_some(()));
}

/// How an endpoint may misbehave.
#[derive(Debug, Clone, Copy)]
enum Misbehaviour {
    Slow,
    Garbage,
    OtherDimension,
    NotANumber,
    Refuses,
}

/// Answers every request in a bad way for as long as the test runs.
fn misbehaving(how: Misbehaviour) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    let endpoint = move || {
        for stream in listener.incoming().flatten() {
            thread("connection").spawn(move || answer_badly(stream, how)).expect("a thread");
        }
    };
    thread("endpoint").spawn(endpoint).expect("a thread");
    url
}

fn answer_badly(mut stream: TcpStream, how: Misbehaviour) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        let lower = line.to_lowercase();
        length = lower.strip_prefix("content-length:").map_or(length, |it| it.trim().parse().unwrap_or(0));
        line.clear();
    }
    let _ = reader.read_exact(&mut vec![0; length]);
    let numbers = format!("[{}]", vec!["0.5"; 384].join(","));
    let (status, embedding) = match how {
        Misbehaviour::Slow => {
            std::thread::sleep(Duration::from_secs(30));
            ("200 OK", numbers)
        }
        Misbehaviour::Garbage => ("200 OK", "oops".to_owned()),
        Misbehaviour::OtherDimension => ("200 OK", "[1,2,3]".to_owned()),
        Misbehaviour::NotANumber => ("200 OK", numbers.replacen("0.5", "null", 1)),
        Misbehaviour::Refuses => ("500 Oops", numbers),
    };
    let body = format!("{{\"data\":[{{\"index\":0,\"embedding\":{embedding}}}]}}");
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
}

#[test]
fn an_endpoint_in_trouble_costs_nobody_an_answer() {
    let Some(model) = Model::running() else { return };
    let world = embedded(warm_world(), &model);
    std::fs::remove_file(world.path("corpus/jida.toml")).expect("the settings");
    // What the words say to a question they answer, and to one that leaves doubt.
    let without = world.serve();
    let said = [QUESTION, BY_WORDS].map(|question| (question, without.search(&[("q", question)])));
    assert!(said[1].1.ids().contains(&HEAT), "{:?}", said[1].1.0);
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let troubles = [
        (misbehaving(Misbehaviour::Slow), "late"),
        (misbehaving(Misbehaviour::Garbage), "garbage"),
        (misbehaving(Misbehaviour::OtherDimension), "dimension"),
        (misbehaving(Misbehaviour::NotANumber), "garbage"),
        (misbehaving(Misbehaviour::Refuses), "refused"),
        (format!("http://{closed}"), "unreachable"),
    ];
    for (url, outcome) in troubles {
        // A slow one is given little time, the others as much as they take.
        configure(&world, &url, if outcome == "late" { "budget_ms = 80" } else { GENEROUS });
        let server = world.serve();
        for _ in 0..4 {
            for (question, by_words) in &said {
                let found = server.search(&[("q", question)]);
                assert_eq!(found.ids(), by_words.ids(), "{outcome}");
            }
        }
        assert_eq!(server.answer(QUESTION)["status"], "unsure", "{outcome}");
        // More only where the machine is so slow that it has rested meanwhile.
        let metrics = server.get("/metrics").text;
        assert!(counted(&server, outcome) >= 3, "{outcome}: {metrics}");
        assert!(counted(&server, "resting") >= 1, "{outcome}: {metrics}");
        let ready = server.get("/readyz").good();
        assert_eq!((&ready["status"], &ready["embeddings"]["state"]), (&json!("ready"), &json!("resting")));
        assert!(server.log().contains("embeddings endpoint failed"), "{outcome}: {}", server.log());
        assert!(!server.log().contains(QUESTION), "what was asked is not logged");
    }
}

#[test]
fn wrong_settings_stop_the_start_and_name_file_and_field() {
    let world = cold_world();
    configure(&world, "http://127.0.0.1:9", "tempo = 3");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["embed"]] {
        let said = world.jida(command);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains("jida.toml") && said.err.contains("tempo"), "{said:?}");
    }
    let said = cold_world().jida(&["embed"]);
    assert!(said.code == Some(1) && said.err.contains("JIDA_EMBEDDINGS_URL"), "{said:?}");
}
