//! Proves what the commands print and how they end: searching, measuring with
//! labelled questions, help in Chinese, exit codes.

use serde_json::{Value, json};

use crate::world::{World, faq, has_han, steady, with};

fn windows() -> World {
    World::of([
        with(
            faq("a", "居住证怎么办", "带身份证到一号窗口"),
            json!({ "script": "请带身份证。", "source": [{ "title": "居住证暂行条例", "article": "第二条" }] }),
        ),
        faq("b", "居住证丢了", "到二号窗口补办居住证"),
        with(faq("c", "居住证收费", "居住证不收费"), json!({ "region": "310000" })),
        faq("d", "结婚登记", "双方一起来"),
    ])
}

#[test]
fn a_search_prints_title_script_region_and_source() {
    let said = windows().jida_ok(&["search", "居住证怎么办", "--limit", "1"]);
    insta::assert_snapshot!(said.out, @"
    1. 居住证怎么办  [a]
       请带身份证。
       全国 · 现行 · 《居住证暂行条例》第二条
    ");
}

#[test]
fn a_search_that_finds_nothing_says_so_and_ends_well() {
    let said = windows().jida_ok(&["search", "量子色动力学"]);
    assert!(said.out.starts_with("没有找到"), "{}", said.out);
    let view: Value =
        serde_json::from_str(&windows().jida_ok(&["search", "量子色动力学", "--json"]).out).unwrap();
    assert_eq!(view, json!({ "total": 0, "hits": [] }));
}

#[test]
fn whoever_reads_no_further_ends_a_command_without_a_fault() {
    let world = windows();
    world.jida_ok(&["search", "居住证"]);
    let mut command = world.command(&["search", "居住证"]);
    let mut searching = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("jida starts");
    drop(searching.stdout.take());
    let ended = searching.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn json_has_the_same_hits_as_http() {
    let world = windows();
    let printed: Value =
        serde_json::from_str(&world.jida_ok(&["search", "居住证", "--json", "--limit", "10"]).out).unwrap();
    let served = world.serve().search(&[("q", "居住证")]);
    assert_eq!(steady(printed["hits"].clone()), steady(served.0["hits"].clone()));
    assert_eq!(printed["total"], served.0["total"]);
}

#[test]
fn a_score_is_written_alike_everywhere() {
    let world = windows();
    let printed: Value = serde_json::from_str(&world.jida_ok(&["search", "居住证", "--json"]).out).unwrap();
    let server = world.serve();
    let searched = server.search(&[("q", "居住证")]);
    let answered = server.answer("居住证");
    assert_eq!(printed["hits"][0]["score"], searched.first()["score"]);
    assert_eq!(answered["candidates"][0]["score"], searched.first()["score"]);
}

#[test]
fn limit_and_region_are_kept() {
    let world = windows();
    let hits = |arguments: &[&str]| -> usize {
        let arguments = [&["search", "居住证", "--json"], arguments].concat();
        let view: Value = serde_json::from_str(&world.jida_ok(&arguments).out).unwrap();
        view["hits"].as_array().unwrap().len()
    };
    assert_eq!(hits(&[]), 3);
    assert_eq!(hits(&["--limit", "1"]), 1);
    assert_eq!(hits(&["--region", "210100"]), 2);
    assert_eq!(hits(&["--region", "310115"]), 3);
}

#[test]
fn standard_output_is_json_alone_even_on_the_first_run() {
    let said = windows().jida_ok(&["search", "居住证", "--json"]);
    serde_json::from_str::<Value>(&said.out).expect("JSON alone");
    assert!(said.err.contains("新增 4"), "{}", said.err);
}

/// Ten entries that a rare word of each puts in a known order.
fn ranked() -> World {
    World::of([
        faq("one", "麒麟", "麒麟"),
        faq("two", "关于麒麟的另一件事", "其中也说到麒麟，还有许多其他内容，与它没有什么关系"),
        faq("three", "凤凰", "凤凰"),
        faq("four", "白泽", "白泽"),
    ])
}

fn eval(world: &World, arguments: &[&str]) -> Value {
    let arguments = [&["eval", "questions.jsonl", "--json"], arguments].concat();
    serde_json::from_str(&world.jida_ok(&arguments).out).expect("JSON alone")
}

#[test]
fn eval_has_exactly_these_figures() {
    let world = ranked();
    world.entries("questions.jsonl", [json!({ "question": "麒麟", "relevant": ["one"] })]);
    let figures = eval(&world, &[]);
    let mut names: Vec<&str> = figures.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["hit1", "hit10", "hit3", "mean_ms", "mrr10", "n", "p50_ms", "p99_ms", "recall100"]);
    for name in ["mean_ms", "p50_ms", "p99_ms"] {
        assert!(figures[name].as_f64().unwrap() > 0.0, "{figures}");
    }
}

#[test]
fn eval_counts_right() {
    let world = ranked();
    world.entries(
        "questions.jsonl",
        [
            json!({ "question": "麒麟", "relevant": ["one"] }),
            json!({ "question": "麒麟", "relevant": ["two"] }),
            json!({ "question": "凤凰", "relevant": ["three", "four"] }),
            json!({ "question": "白泽", "relevant": ["one"] }),
        ],
    );
    let figures = eval(&world, &[]);
    let figure = |name: &str| figures[name].as_f64().unwrap();
    assert_eq!(figures["n"], 4);
    assert_eq!(figure("hit1"), 2.0 / 4.0);
    assert_eq!(figure("hit3"), 3.0 / 4.0);
    assert_eq!(figure("hit10"), 3.0 / 4.0);
    assert!((figure("mrr10") - (1.0 + 0.5 + 1.0) / 4.0).abs() < 1e-9);
    assert!((figure("recall100") - (1.0 + 1.0 + 0.5) / 4.0).abs() < 1e-9);
}

#[test]
fn eval_counts_identical_texts_once() {
    // Ten copies before the second text: it is still the second result.
    let copies = (0..10).map(|at| faq(&format!("copy-{at}"), "麒麟", "麒麟的事"));
    let world = World::of(copies.chain([faq("other", "别的", "还有许多与麒麟没有什么关系的内容")]));
    world.entries(
        "questions.jsonl",
        [
            json!({ "question": "麒麟", "relevant": ["other"] }),
            json!({ "question": "麒麟", "relevant": ["copy-7"] }),
        ],
    );
    let figures = eval(&world, &[]);
    assert_eq!((&figures["hit3"], &figures["hit1"]), (&json!(1.0), &json!(0.5)));
    assert_eq!(figures["mrr10"], 0.75);
}

#[test]
fn eval_takes_another_field_a_limit_and_a_region() {
    let world = ranked();
    world.entries(
        "questions.jsonl",
        [
            json!({ "question": "白泽", "keywords": "麒麟", "relevant": ["one"] }),
            json!({ "question": "白泽", "keywords": "白泽", "relevant": ["one"] }),
        ],
    );
    assert_eq!(eval(&world, &[])["hit1"], 0.0);
    assert_eq!(eval(&world, &["--field", "keywords"])["hit1"], 0.5);
    let first = eval(&world, &["--field", "keywords", "--limit", "1"]);
    assert_eq!((&first["n"], &first["hit1"]), (&json!(1), &json!(1.0)));
    assert_eq!(eval(&world, &["--region", "210100"])["n"], 2);
}

#[test]
fn eval_prints_the_figures_for_people() {
    let world = ranked();
    world.entries("questions.jsonl", [json!({ "question": "麒麟", "relevant": ["one"] })]);
    let said = world.jida_ok(&["eval", "questions.jsonl"]);
    assert!(
        said.out.starts_with("1 个问题：hit@1 1.000  hit@3 1.000  hit@10 1.000  MRR@10 1.000"),
        "{}",
        said.out
    );
}

#[test]
fn a_bad_eval_file_is_named_with_its_line() {
    let world = ranked();
    world.file("broken.jsonl", "{\"question\":\"麒麟\",\"relevant\":[]}\n{\n");
    world.file("lacking.jsonl", "{\"question\":\"麒麟\"}\n");
    world.file("number.jsonl", "{\"question\":1,\"relevant\":[]}\n");
    for (arguments, piece) in [
        (vec!["eval", "nowhere.jsonl"], "nowhere.jsonl"),
        (vec!["eval", "broken.jsonl"], "第 2 行"),
        (vec!["eval", "lacking.jsonl"], "第 1 行缺少"),
        (vec!["eval", "number.jsonl"], "第 1 行缺少 question"),
        (vec!["eval", "broken.jsonl", "--field", "letter"], "letter"),
    ] {
        let said = world.jida(&arguments);
        assert_eq!(said.code, Some(1), "{arguments:?}");
        assert!(said.err.contains("错误") && said.err.contains(piece), "{arguments:?}: {}", said.err);
    }
}

#[test]
fn learning_twice_from_the_same_questions_gives_the_same_weights() {
    let world = ranked();
    let questions = ["麒麟", "凤凰", "白泽"].iter().zip(["two", "three", "four"]);
    world.entries(
        "questions.jsonl",
        questions.map(|(word, id)| json!({ "question": word, "keywords": word, "relevant": [id] })),
    );
    let learned: Vec<Value> = ["first.json", "second.json"]
        .into_iter()
        .map(|name| {
            let said = world.jida_ok(&["learn", "questions.jsonl", "--write", name]);
            assert!(said.out.contains("现在") && said.out.contains("交叉验证"), "{}", said.out);
            serde_json::from_slice(&std::fs::read(world.path(name)).expect("weights")).expect("JSON")
        })
        .collect();
    assert_eq!(learned[0], learned[1]);
    assert!(!learned[0]["weights"].as_object().expect("weights").is_empty(), "{}", learned[0]);
    world.jida_ok(&["learn", "questions.jsonl#keywords", "questions.jsonl"]);
}

#[test]
fn weights_are_learned_from_the_questions_of_two_libraries() {
    let (world, other) =
        (ranked(), World::of([faq("hukou", "怎么落户", "到派出所。"), faq("tax", "怎么报税", "在网上。")]));
    world.entries("questions.jsonl", [json!({ "question": "麒麟", "relevant": ["two"] })]);
    world.entries("beside.jsonl", [json!({ "question": "落户", "relevant": ["hukou"] })]);
    other.jida_ok(&["reindex"]);
    let [corpus, index] = [other.corpus(), other.index()].map(|path| path.to_string_lossy().into_owned());
    let learn = |corpus: &str| {
        world.jida(&[
            "learn",
            "questions.jsonl",
            "--beside",
            corpus,
            &index,
            "beside.jsonl",
            "--write",
            "both.json",
        ])
    };
    let said = learn(&corpus);
    assert!(said.code == Some(0) && said.out.contains("beside.jsonl"), "{}{}", said.out, said.err);
    let learned: Value =
        serde_json::from_slice(&std::fs::read(world.path("both.json")).expect("weights")).expect("JSON");
    assert_eq!(learned["fitted_on"], "questions.jsonl beside.jsonl");
    let missing = world.path("nowhere");
    let said = learn(&missing.to_string_lossy());
    assert!(said.code == Some(1) && said.err.contains("没有这个知识库文件夹"), "{}", said.err);
    assert!(!missing.exists());
}

const COMMANDS: [&str; 12] = [
    "serve",
    "import",
    "reindex",
    "generations",
    "search",
    "suggest",
    "check",
    "cut",
    "eval",
    "learn",
    "memory",
    "bench",
];

#[test]
fn every_command_has_help_in_chinese() {
    let world = World::new();
    let general = world.jida_ok(&["--help"]);
    for command in COMMANDS {
        let line = general.out.lines().find(|line| line.trim_start().starts_with(command));
        assert!(line.is_some_and(has_han), "{command}: {}", general.out);
        let help = world.jida_ok(&[command, "--help"]).out;
        assert!(help.lines().next().is_some_and(has_han), "{command}: {help}");
        let options = help.lines().filter(|line| line.trim_start().starts_with("--"));
        assert!(options.count() >= usize::from(command != "check"), "{command}: {help}");
    }
}

#[test]
fn help_and_argument_errors_hold_no_english_sentences() {
    let world = World::new();
    for command in COMMANDS {
        let help = world.jida_ok(&[command, "--help"]).out;
        for word in ["Usage:", "Arguments:", "Options:", "Print help", "[default:"] {
            assert!(!help.contains(word), "{command}: {word}");
        }
    }
    assert!(has_han(&world.jida(&["search"]).err));
}

#[test]
fn wrong_arguments_end_with_2() {
    let world = windows();
    for arguments in [
        vec![],
        vec!["serch"],
        vec!["search"],
        vec!["search", "居住证", "--limit", "viele"],
        vec!["search", "居住证", "--region", "沈阳"],
        vec!["search", "居住证", "--unknown"],
        vec!["import"],
        vec!["eval"],
        vec!["learn"],
        vec!["check"],
        vec!["memory", "--forget"],
        vec!["memory", "--all"],
        vec!["memory", "--forget", "--question", ""],
        vec!["memory", "--forget", "--all", "--entry", "a"],
    ] {
        let said = world.jida(&arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.err);
        assert_eq!(said.out, "", "{arguments:?}");
    }
    let region = world.jida(&["search", "居住证", "--region", "沈阳"]);
    assert!(region.err.contains("不是六位数字"), "{}", region.err);
}

#[test]
fn a_limit_of_nothing_or_of_very_much_does_no_harm() {
    let world = windows();
    for limit in ["0", "1000000", "18446744073709551615"] {
        let said = world.jida(&["search", "居住证", "--limit", limit]);
        assert!(!said.err.contains("panicked"), "{}", said.err);
    }
}

#[test]
fn an_address_that_is_taken_or_no_address_ends_with_a_chinese_error() {
    let world = windows();
    let server = world.serve();
    let taken = server.address.trim_start_matches("http://").to_owned();
    for address in [taken.as_str(), "nowhere", "127.0.0.1:99999"] {
        let said = world.jida(&["serve", "--listen", address]);
        assert_eq!(said.code, Some(1), "{address}");
        assert!(said.err.contains("不能监听"), "{}", said.err);
    }
}

#[test]
fn a_server_told_to_stop_ends_well() {
    let server = windows().serve();
    assert_eq!(server.told_to_stop(), Some(0));
}

#[test]
fn reindex_reports_bad_rows_and_builds_all_the_same() {
    let world = windows();
    world.file("corpus/bad.csv", "编号,标准问,答案\nbad,,乙\n");
    let said = world.jida(&["reindex"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("bad.csv:2 [title]") && said.out.contains("已换上"), "{}", said.err);
    assert_eq!(world.search("居住证怎么办").ids()[0], "a");
}

#[test]
fn a_corpus_that_cannot_be_written_is_said() {
    let world = World::new();
    world.file("corpus2", "a file, not a folder");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_jida"));
    command.args(["search", "x", "--corpus", "corpus2", "--index", "index"]).current_dir(world.path("."));
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with("错误：") && said.contains("corpus2"), "{said}");
}
