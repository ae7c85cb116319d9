//! Proves that the gate stops what hurts, names the questions, lets through
//! what does not, and gives way to a person with a reason.

use serde_json::{Value, json};

use crate::world::{World, faq, with};

/// Four matters that say what they are about in words of their own, each with
/// its ways of asking.
fn world() -> World {
    let entry = |id: &str, title: &str, body: &str, similar: [&str; 3]| {
        with(faq(id, title, body), json!({ "similar_questions": similar }))
    };
    World::of([
        entry(
            "card",
            "社会保障卡丢失后怎样补领",
            "持身份证到服务网点补领社会保障卡。",
            ["社保卡丢了去哪里补", "社保卡不见了补领要什么", "补社保卡要几天"],
        ),
        entry(
            "fund",
            "住房公积金提取条件",
            "租房、买房、退休可以提取住房公积金。",
            ["租房能提公积金吗", "退休以后公积金怎么取", "买房提公积金要什么"],
        ),
        entry(
            "heat",
            "供热温度不达标怎样处理",
            "室温低于十八度的，供热单位应当退费。",
            ["暖气不热找谁", "室温不到十八度能退费吗", "供热不好怎么投诉"],
        ),
        entry(
            "noise",
            "夜间施工噪声扰民",
            "夜间二十二点至六点禁止产生噪声的施工。",
            ["半夜工地吵得睡不着", "晚上施工有噪声怎么举报", "夜里十二点还在施工合法吗"],
        ),
    ])
}

/// `jida reindex --json` with more arguments: its exit code and what it said.
fn reindex(world: &World, more: &[&str]) -> (Option<i32>, Value) {
    let said = world.jida(&[&["reindex", "--json"], more].concat());
    (said.code, serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}")))
}

fn in_use(world: &World) -> String {
    let said = world.jida_ok(&["generations", "--json"]);
    let listed: Value = serde_json::from_str(&said.out).expect("JSON");
    let listed = listed.as_array().expect("a list");
    let in_use = listed.iter().find(|listed| listed["standing"] == "in_use").expect("one in use");
    in_use["name"].as_str().expect("a name").to_owned()
}

/// Leads what every second question says to one matter.
const HARMFUL: &str = "可以, 怎么, 多少 => 住房公积金, 提取住房公积金\n";

/// A world that holds our own corpus, indexed.
fn our_own() -> World {
    let world = World::new();
    let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for file in walkdir::WalkDir::new(&ours).into_iter().map(|item| item.expect("an item")) {
        let relative = file.path().strip_prefix(&ours).expect("below").to_string_lossy().into_owned();
        if file.file_type().is_file() && !relative.contains(".db") {
            world.file(&format!("corpus/{relative}"), std::fs::read(file.path()).expect("a file"));
        }
    }
    world.jida_ok(&["reindex"]);
    world
}

/// Adds a line to one of the corpus's lists.
fn add_line(world: &World, list: &str, line: &str) {
    let text = std::fs::read_to_string(world.path(list)).expect("a list");
    world.file(list, format!("{}\n{line}", text.trim_end()));
}

#[test]
fn a_synonym_chosen_to_hurt_is_stopped_with_the_questions_named_and_overruled_with_a_reason() {
    let world = our_own();
    let key = world.key("editor", &[]);
    let server = world.serve();
    let body = json!({ "synonyms": HARMFUL }).to_string();
    let preview = server.call("POST", "/v1/preview", &key, &[], &body).good();
    assert!(preview["lost_answers"].as_u64() > Some(5), "{}", preview["summary"]);
    add_line(&world, "corpus/synonyms.txt", HARMFUL);
    let said = world.jida(&["reindex"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("答案变了") && said.out.contains(" → 不答复"), "{}", said.out);
    assert!(said.out.contains("没有换上") && said.out.contains("jida generations activate"), "{}", said.out);
    assert_eq!(in_use(&world), "generation-000001");
    let listed = world.jida_ok(&["generations"]).out;
    assert!(listed.contains("待放行"), "{listed}");

    let said = world.jida(&["generations", "activate", "generation-000002"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("理由"), "{}", said.err);
    assert_eq!(in_use(&world), "generation-000001");
    world.jida_ok(&["generations", "activate", "generation-000002", "--reason", "演练用"]);
    assert_eq!(in_use(&world), "generation-000002");
    let library = jida::library::Library::open(&world.corpus()).expect("a library");
    let lines = library.audit(0, Some("generation-000002"), 10).expect("lines");
    let written: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.reason.as_str())).collect();
    assert_eq!(written.last(), Some(&("generation.overruled", "演练用")), "{written:?}");
    assert_eq!(written[0].0, "generation.held_back");
}

#[test]
fn a_harmless_synonym_and_a_harmless_word_pass() {
    let world = world();
    world.file("corpus/synonyms.txt", "公积, 公积金\n");
    world.jida_ok(&["reindex"]);
    world.file("corpus/synonyms.txt", "公积, 公积金\n老爷车 => 报废汽车\n");
    world.file("corpus/dictionary.txt", "老爷车\n");
    let (code, view) = reindex(&world, &[]);
    assert_eq!((code, &view["ended"]), (Some(0), &json!("passed")), "{view}");
    assert_eq!(view["report"]["questions"], 12);
    assert_eq!((&view["report"]["loss"], &view["report"]["losses"]), (&json!(0.0), &json!([])));
    assert_eq!(in_use(&world), "generation-000002");
}

/// A world whose second generation still answers 我医保的报销比例.
fn medical() -> World {
    let world = World::of([
        faq("medical", "医保报销比例", "住院医保报销比例见附表。"),
        faq("travel", "差旅费报销比例", "差旅费报销比例按财务规定。报销比例。报销比例。"),
    ]);
    world.file("corpus/cases.txt", "问题,期望,编号\n我医保的报销比例,第一,medical\n");
    world.jida_ok(&["reindex"]);
    let (code, view) = reindex(&world, &[]);
    assert_eq!((code, &view["report"]["unmet"]), (Some(0), &json!([])), "{view}");
    world
}

/// A word that swallows what tells two matters apart: no entry holds it, so
/// the question loses it.
#[test]
fn a_dictionary_word_chosen_to_hurt_is_stopped_with_the_question_named() {
    let world = medical();
    world.file("corpus/dictionary.txt", "我医保的\n");
    let (code, view) = reindex(&world, &[]);
    assert_eq!((code, &view["ended"]), (Some(1), &json!("waiting")), "{view}");
    assert_eq!(view["report"]["answers"][0]["question"], "我医保的报销比例");
    assert_eq!(in_use(&world), "generation-000002");
}

#[test]
fn a_reindex_can_be_overruled_beforehand_or_go_without_replay() {
    let world = medical();
    world.file("corpus/dictionary.txt", "我医保的\n");
    let (code, view) = reindex(&world, &["--overrule", "演练用"]);
    assert_eq!((code, &view["ended"]), (Some(0), &json!("overruled")), "{view}");
    world.file("corpus/dictionary.txt", "");
    let (code, view) = reindex(&world, &["--no-replay"]);
    assert_eq!((code, &view["ended"], &view["report"]), (Some(0), &json!("unjudged"), &Value::Null));
    assert_eq!(world.jida(&["reindex", "--overrule", " "]).code, Some(2));
    assert_eq!(world.jida(&["reindex", "--max-loss", "3"]).code, Some(2));
}

#[test]
fn labelled_files_are_replayed_from_the_corpus_folder_and_from_the_command_line() {
    let world = world();
    let labelled = |question: &str, id: &str| json!({ "question": question, "relevant": [id] });
    world.entries("corpus/golden/calls.jsonl", [labelled("工地晚上一直响", "noise")]);
    world.entries(
        "more.jsonl",
        [labelled("租的房子可以提取公积金吗", "fund"), json!({ "question": "缺编号" })],
    );
    world.jida_ok(&["reindex"]);
    let said = world.jida_ok(&["reindex", "--json", "--golden", "more.jsonl"]);
    let view: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(view["report"]["questions"], 14, "{view}");
    assert!(said.err.contains("more.jsonl:2") && said.err.contains("labelled_incomplete"), "{}", said.err);
    assert_eq!(world.jida(&["reindex", "--golden", "missing.jsonl"]).code, Some(1));
    // No entries are made of them, and none is complained of.
    assert!(!said.err.contains("calls.jsonl"), "{}", said.err);
}

#[test]
fn cases_that_cannot_be_used_are_named_by_line() {
    let world = world();
    world.file("corpus/cases.txt", "问题,期望,编号\n暖气不热找谁,必须,heat\n");
    world.jida_ok(&["reindex"]);
    let said = world.jida_ok(&["reindex"]);
    assert!(
        said.err.contains("cases.txt:2") && said.err.contains("case_expectation_unknown"),
        "{}",
        said.err
    );
}

#[test]
fn a_preview_of_a_synonym_asks_what_it_reaches_and_changes_nothing() {
    let world = world();
    world.file("corpus/synonyms.txt", "公积, 公积金\n");
    let (key, agent) = (world.key("editor", &[]), world.key("agent", &[]));
    let server = world.serve();
    let ask = |body: Value| server.call("POST", "/v1/preview", &key, &[], &body.to_string());
    // Only the questions that the line can reach are asked.
    let reached = ask(json!({ "synonyms": "社保卡, 暖气 => 夜间施工" })).good();
    assert_eq!(reached["report"]["questions"], 4, "{reached}");
    let harmless = ask(json!({ "synonyms": "老爷车 => 报废汽车" })).good();
    assert_eq!((&harmless["changed"], &harmless["report"]["questions"]), (&json!(0), &json!(0)));
    assert_eq!(server.search(&[("q", "暖气不热找谁")]).ids()[0], "heat");
    ask(json!({ "synonyms": "公积 => 丙" })).problem(422, "validation_failed");
    ask(json!({})).problem(400, "invalid_request");
    server.call("POST", "/v1/preview", &agent, &[], "{}").problem(403, "forbidden");
}

#[test]
fn a_preview_of_an_entry_tells_what_it_takes_from_others_and_changes_nothing() {
    let world = world();
    let key = world.key("editor", &[]);
    let server = world.serve();
    let ask = |entry: Value| {
        server.call("POST", "/v1/preview", &key, &[], &json!({ "entry": entry }).to_string()).good()
    };
    // Its questions gone, the entry is found by none of them.
    let emptied = faq("heat", "另一件事", "与此无关。");
    let lost = ask(emptied);
    assert_eq!(lost["report"]["unfound"][0]["entry"], "heat", "{lost}");
    assert_eq!(lost["report"]["verdict"], "waits");
    let retired = with(faq("heat", "供热温度不达标怎样处理", "见附件。"), json!({ "status": "retired" }));
    assert_eq!(ask(retired)["report"]["unfound"][0]["entry"], "heat");
    let added = ask(faq("parking", "路边停车收费标准", "按小时计。"));
    assert_eq!(added["report"]["verdict"], "passes", "{added}");
    assert_eq!(server.search(&[("q", "暖气不热找谁")]).ids()[0], "heat");
    assert!(!server.search(&[("q", "路边停车收费标准")]).ids().contains(&"parking"));
    let left = std::fs::read_dir(world.index()).expect("a folder");
    let left = left
        .filter(|item| item.as_ref().expect("an item").file_name().to_string_lossy().starts_with("trial"));
    assert_eq!(left.count(), 0);
}

/// What callers ask most is asked again of every new generation.
#[test]
fn what_two_agents_answered_is_replayed_and_what_one_or_nobody_signed_is_not() {
    let world = world();
    world.jida_ok(&["reindex"]);
    let (_, before) = reindex(&world, &[]);
    let [one, two] = [(), ()].map(|()| world.key("agent", &[]));
    let server = world.serve();
    let answered =
        [(&*one, "暖气片摸着冰凉"), (&two, "暖气片摸着冰凉"), (&one, "暖气片不热"), ("", "暖气片漏水")];
    for (key, question) in answered {
        let id = server.search(&[("q", question)]).0["search_id"].clone();
        let body = json!({ "search_id": id, "entry_id": "heat", "outcome": "answered" }).to_string();
        server.call("POST", "/v1/feedback", key, &[], &body).good();
    }
    let (_, after) = reindex(&world, &[]);
    let count = |view: &Value| view["report"]["questions"].as_u64().expect("a report");
    assert_eq!(count(&after), count(&before) + 1, "{after}");
}
