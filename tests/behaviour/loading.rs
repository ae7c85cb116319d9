//! Proves what importing does: every format and encoding, ids of articles,
//! nothing done twice, changes and disappearances followed, and every bad row
//! named while the good ones are loaded.

use std::fs;

use serde_json::{Value, json};

use crate::world::{CSV_HEADER, World, faq, has_han};

/// A row of the questions-and-answers table with the first six columns.
fn row(id: &str, title: &str, body: &str) -> String {
    format!("{id},{title},,,{body},,,,,,,,,,,,,,\n")
}

fn table(rows: &[String]) -> String {
    format!("{CSV_HEADER}\n{}", rows.concat())
}

/// (policies, guides, faqs, last change, change in the index), as a server says.
fn figures(world: &World) -> (u64, u64, u64, u64, u64) {
    let stats = world.serve().stats();
    let figure = |value: &Value| value.as_u64().expect("a number");
    let kinds = &stats["by_kind"];
    assert_eq!(stats["entries"], figure(&kinds["policy"]) + figure(&kinds["guide"]) + figure(&kinds["faq"]));
    (
        figure(&kinds["policy"]),
        figure(&kinds["guide"]),
        figure(&kinds["faq"]),
        figure(&stats["last_change"]),
        figure(&stats["indexed_change"]),
    )
}

const LAW: &str = "# 样例法\n\n2020年1月1日 公布\n2020年3月1日 施行\n<!-- INFO END -->\n\n## 第一章 总则\n第一条 鲸鱼的保护。\n续行。\n\n第二条 海豚，依第一条。\n\n## 第二章 附则\n第二条 海豹。\n";

#[test]
fn a_folder_is_imported_with_all_its_formats() {
    let world = World::new();
    world.file("data/faq.csv", table(&[row("faq-a", "猫怎么登记", "带猫来")]));
    world.entries("data/deep/er/more.jsonl", [faq("faq-b", "狗怎么登记", "带狗来")]);
    world.file("data/法/样例法.md", LAW);
    world.file(
        "data/guide.md",
        "---\nid: guide-a\nkind: guide\ntitle: 马的登记\nscript: 带马来\n---\n## 办理条件\n有马\n",
    );
    world.file("data/README.md", "第一条 不是法律\n");
    world.file("data/.hidden/x.jsonl", "{");
    world.file("data/notes.txt", "随便");
    world.jida_ok(&["import", "data"]);
    assert_eq!(figures(&world), (3, 1, 2, 6, 6));
    for (question, id) in [("猫怎么登记", "faq-a"), ("狗怎么登记", "faq-b"), ("马的登记", "guide-a")]
    {
        assert_eq!(world.search(question).ids()[0], id, "{question}");
    }
}

#[test]
fn a_law_is_split_into_articles_that_are_found_one_by_one() {
    let world = World::new();
    world.file("data/法/样例法.md", LAW);
    world.jida_ok(&["import", "data"]);
    for (word, id) in [
        ("鲸鱼", "法/样例法#第一条"),
        ("续行", "法/样例法#第一条"),
        ("海豚", "法/样例法#第二条"),
        ("海豹", "法/样例法#第二条~2"),
    ] {
        assert_eq!(world.search(word).ids(), [id], "{word}");
    }
    let article = world.serve().entry("法/样例法#第二条~2").good();
    assert_eq!(article["title"], "样例法 第二条");
    assert_eq!(article["part"]["headings"], json!(["第二章 附则"]));
    assert_eq!(article["effective_from"], "2020-03-01");
}

#[test]
fn a_single_file_is_imported_under_its_own_name() {
    let world = World::new();
    let path = world.file("somewhere/样例法.md", LAW);
    world.jida_ok(&["import", path.to_str().unwrap()]);
    assert_eq!(world.search("鲸鱼").ids(), ["样例法#第一条"]);
}

#[test]
fn several_paths_are_imported_in_one_go() {
    let world = World::new();
    world.entries("a.jsonl", [faq("a", "甲事", "甲")]);
    world.entries("b.jsonl", [faq("b", "乙事", "乙")]);
    world.jida_ok(&["import", "a.jsonl", "b.jsonl"]);
    assert_eq!(figures(&world), (0, 0, 2, 2, 2));
}

#[test]
fn gb18030_and_a_byte_order_mark_are_read() {
    let world = World::new();
    let (gb18030, ..) = encoding_rs::GB18030.encode("编号,标准问,答案\ngb,龘龘的登记㐀,带来\n");
    world.file("data/gb.csv", gb18030);
    world.file("data/bom.csv", "\u{feff}编号,标准问,答案\nbom,猫怎么登记,带猫来\n");
    let utf16: Vec<u8> = "\u{feff}编号,标准问,答案\nutf16,狗怎么登记,带狗来\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    world.file("data/utf16.csv", utf16);
    world.jida_ok(&["import", "data"]);
    for (question, id) in [("龘龘的登记㐀", "gb"), ("猫怎么登记", "bom"), ("狗怎么登记", "utf16")]
    {
        assert_eq!(world.search(question).ids()[0], id, "{question}");
    }
}

#[test]
fn a_portal_record_becomes_a_guide() {
    let world = World::new();
    world.entries(
        "data/portal.jsonl",
        [json!({
            "TASK_CODE": "11440000X", "TASK_NAME": "渔业捕捞许可证核发", "AREACODE": "440000000000",
            "DEPT_NAME": "广东省农业农村厅", "handle_location": "广州市先烈东路135号",
            "consult_phone": "020-37288888", "accept_standard": "持有渔船", "material_intro": ["申请书"],
            "handle_time_limit": "5个工作日", "complain_phone": "无",
        })],
    );
    world.jida_ok(&["import", "data"]);
    let found = world.search("02037288888");
    assert_eq!(found.ids(), ["11440000X"]);
    assert_eq!(found.first()["region"]["name"], "广东省");
    let guide = world.serve().entry("11440000X").good();
    assert_eq!(guide["guide"]["materials"], json!(["申请书"]));
    assert_eq!(guide["guide"]["places"][0]["phone"], "020-37288888");
    assert_eq!(guide["guide"]["notes"], Value::Null, "无 is no complaint phone");
}

#[test]
fn loading_again_changes_nothing() {
    let world = World::new();
    world.file("data/faq.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.file("data/样例法.md", LAW);
    world.jida_ok(&["import", "data"]);
    let before = figures(&world);
    for _ in 0..2 {
        let said = world.jida_ok(&["import", "data"]);
        assert!(said.err.contains("未变 2") && said.err.contains("新增 0"), "{}", said.err);
    }
    assert_eq!(figures(&world), before);
    world.jida_ok(&["reindex"]);
    assert_eq!(figures(&world), before);
}

#[test]
fn a_file_written_anew_with_the_same_entries_changes_nothing() {
    let world = World::new();
    world.file("data/faq.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.jida_ok(&["import", "data"]);
    let before = figures(&world);
    world.file("data/faq.csv", table(&[row("b", "乙事", "乙"), row("a", "甲事", "甲")]));
    world.jida_ok(&["import", "data"]);
    assert_eq!(figures(&world), before);
}

#[test]
fn a_changed_file_changes_only_its_own_entries() {
    let world = World::new();
    world.file("data/one.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.file("data/two.csv", table(&[row("c", "丙事", "丙")]));
    world.jida_ok(&["import", "data"]);
    world.file("data/one.csv", table(&[row("a", "甲事", "改过的甲"), row("b", "乙事", "乙")]));
    let said = world.jida_ok(&["import", "data"]);
    assert!(said.err.contains("修改 1") && said.err.contains("停用 0"), "{}", said.err);
    assert_eq!(figures(&world), (0, 0, 3, 4, 4));
    let server = world.serve();
    for (id, version) in [("a", 2), ("b", 1), ("c", 1)] {
        assert_eq!(server.entry(id).good()["version"], version, "{id}");
    }
}

#[test]
fn a_vanished_article_is_retired_and_comes_back() {
    let world = World::new();
    world.file("data/样例法.md", LAW);
    world.jida_ok(&["import", "data"]);
    world.file("data/样例法.md", LAW.replace("第二条 海豹。\n", ""));
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("海豹").ids(), [""; 0]);
    assert_eq!(world.serve().entry("样例法#第二条~2").good()["status"], "retired");
    world.file("data/样例法.md", LAW);
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("海豹").ids(), ["样例法#第二条~2"]);
    assert_eq!(world.serve().entry("样例法#第二条~2").good()["version"], 3);
}

#[test]
fn the_entries_of_a_vanished_file_are_retired() {
    let world = World::new();
    world.file("data/one.csv", table(&[row("a", "甲事", "甲")]));
    let two = world.file("data/two.csv", table(&[row("b", "乙事", "乙")]));
    world.jida_ok(&["import", "data"]);
    fs::remove_file(two).unwrap();
    world.jida_ok(&["import", "data"]);
    assert_eq!(figures(&world), (0, 0, 1, 3, 3));
    assert_eq!(world.search("乙事").ids(), [""; 0]);
}

#[test]
fn another_folder_retires_nothing_of_the_first() {
    let world = World::new();
    world.file("first/faq.csv", table(&[row("a", "甲事", "甲")]));
    world.file("second/faq.csv", table(&[row("b", "乙事", "乙")]));
    world.jida_ok(&["import", "first"]);
    world.jida_ok(&["import", "second"]);
    assert_eq!(figures(&world), (0, 0, 2, 2, 2));
}

#[test]
fn an_entry_moved_to_another_file_stays() {
    let world = World::new();
    world.file("data/a.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.file("data/z.csv", table(&[row("c", "丙事", "丙")]));
    world.jida_ok(&["import", "data"]);
    world.file("data/a.csv", table(&[row("a", "甲事", "甲")]));
    world.file("data/z.csv", table(&[row("c", "丙事", "丙"), row("b", "乙事", "乙")]));
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("乙事").ids(), ["b"]);
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("乙事").ids(), ["b"]);
}

#[test]
fn an_entry_whose_file_is_renamed_stays() {
    let world = World::new();
    let mut name = world.file("data/m.csv", table(&[row("a", "甲事", "甲")]));
    world.jida_ok(&["import", "data"]);
    for next in ["data/a.csv", "data/z.csv"] {
        fs::rename(&name, world.path(next)).unwrap();
        name = world.path(next);
        world.jida_ok(&["import", "data"]);
        assert_eq!(world.search("甲事").ids(), ["a"], "{next}");
    }
}

#[test]
fn an_entry_moved_to_an_earlier_file_stays() {
    let world = World::new();
    world.file("data/a.csv", table(&[row("a", "甲事", "甲")]));
    world.file("data/z.csv", table(&[row("b", "乙事", "乙"), row("c", "丙事", "丙")]));
    world.jida_ok(&["import", "data"]);
    world.file("data/a.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.file("data/z.csv", table(&[row("c", "丙事", "丙")]));
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("乙事").ids(), ["b"]);
}

#[test]
fn an_entry_in_two_folders_goes_only_when_both_are_without_it() {
    let world = World::new();
    world.file("first/faq.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.file("second/faq.csv", table(&[row("b", "乙事", "乙")]));
    world.jida_ok(&["import", "first"]);
    world.jida_ok(&["import", "second"]);
    world.file("first/faq.csv", table(&[row("a", "甲事", "甲")]));
    world.jida_ok(&["import", "first"]);
    assert_eq!(world.search("乙事").ids(), ["b"]);
}

#[test]
fn the_same_id_in_two_files_of_one_folder_is_reported() {
    let world = World::new();
    world.file("data/one.csv", table(&[row("a", "甲事", "甲")]));
    world.file("data/two.csv", table(&[row("a", "乙事", "乙")]));
    let said = world.jida(&["import", "data"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("two.csv:2 [id]"), "{}", said.err);
}

/// It may just not be mounted: a library is not emptied by an empty folder.
#[test]
fn an_emptied_folder_retires_nothing() {
    let world = World::new();
    let only = world.file("data/one.csv", table(&[row("a", "甲事", "甲")]));
    world.jida_ok(&["import", "data"]);
    fs::remove_file(only).unwrap();
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("甲事").ids(), ["a"]);
}

/// A table with five bad rows and two good ones.
fn bad_rows() -> World {
    let world = World::new();
    world.file(
        "data/faq.csv",
        "编号,标准问,答案,区域,施行日期\ngood-1,甲事,甲,,\nno-title,,乙,,\nbad-region,丙事,丙,沈阳,\nbad-date,丁事,丁,,去年\ngood-1,戊事,戊,,\nshort,己事\ngood-2,庚事,庚,210100,2021-01-01\n",
    );
    world.file("data/lines.jsonl", "{\"id\":\"good-3\",\"kind\":\"faq\",\"title\":\"辛事\",\"body\":\"辛\"}\n{\"id\":\n{\"id\":\"x\",\"kind\":\"letter\",\"title\":\"壬\",\"body\":\"壬\"}\n{\"id\":\"y\",\"kind\":\"faq\",\"title\":\"癸\"}\n");
    world.file("data/slip.md", "---\nid: guide-a\nkind: guide\ntitel: 甲\n---\n正文\n");
    world
}

/// Place and field of every bad row above, as they have to be reported.
const BAD_PLACES: [&str; 9] = [
    "faq.csv:3 [title]",
    "faq.csv:4 [region]",
    "faq.csv:5 [effective_from]",
    "faq.csv:6 [id]",
    "faq.csv:7 ",
    "lines.jsonl:2 ",
    "lines.jsonl:3 ",
    "lines.jsonl:4 [body]",
    "slip.md:",
];

#[test]
fn every_bad_row_is_reported_in_one_run_and_the_good_ones_are_loaded() {
    let world = bad_rows();
    let said = world.jida(&["import", "data"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    for place in BAD_PLACES {
        let line = said.err.lines().find(|line| line.contains(place));
        let line = line.unwrap_or_else(|| panic!("nothing about {place} in\n{}", said.err));
        assert!(line.starts_with("错误 ") && has_han(&line[line.find(place).unwrap()..]), "{line}");
    }
    assert!(said.err.contains("新增 3") && said.err.contains("拒收 9"), "{}", said.err);
    assert_eq!(figures(&world), (0, 0, 3, 3, 3));
}

#[test]
fn bad_rows_are_reported_again_until_they_are_mended() {
    let world = bad_rows();
    world.jida(&["import", "data"]);
    let again = world.jida(&["import", "data"]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("拒收 9") && again.err.contains("新增 0"), "{}", again.err);
}

#[test]
fn a_row_that_became_unreadable_retires_nothing() {
    let world = World::new();
    world.file("data/faq.csv", table(&[row("a", "甲事", "甲"), row("b", "乙事", "乙")]));
    world.jida_ok(&["import", "data"]);
    world.file("data/faq.csv", table(&[row("a", "甲事", "甲"), row("b", "", "乙")]));
    assert_eq!(world.jida(&["import", "data"]).code, Some(1));
    assert_eq!(world.search("乙事").ids(), ["b"]);
}

#[test]
fn a_warning_is_said_and_the_row_is_loaded() {
    let world = World::new();
    world.file("data/faq.csv", "编号,标准问,答案,怪列\na,甲事,甲,x\n");
    let said = world.jida_ok(&["import", "data"]);
    assert!(said.err.contains("提醒") && said.err.contains("怪列"), "{}", said.err);
    assert_eq!(world.search("甲事").ids(), ["a"]);
}

#[test]
fn check_says_what_import_would_and_loads_nothing() {
    let world = bad_rows();
    let said = world.jida(&["check", "data"]);
    assert_eq!(said.code, Some(1));
    for place in BAD_PLACES {
        assert!(said.err.contains(place), "nothing about {place} in\n{}", said.err);
    }
    assert!(said.out.contains("可导入 3 条") && said.out.contains("错误 9 处"), "{}", said.out);
    assert!(!world.corpus().join("library.db").exists() && !world.index().exists());
    world.file("data2/faq.csv", table(&[row("a", "甲事", "甲")]));
    assert_eq!(world.jida(&["check", "data2"]).code, Some(0));
}

#[test]
fn what_cannot_be_read_at_all_is_said_in_chinese() {
    let world = World::new();
    world.file("data/x.docx", "PK");
    world.file("data/broken.csv", b"\xff\xff\xff");
    world.file("data/question.jsonl", "{\"question\":\"问\",\"relevant\":[]}\n");
    world.file("other/manifest.toml", "[[folder]]\npfad = 1\n");
    for path in ["nowhere", "data/x.docx", "data/broken.csv", "data/question.jsonl", "other"] {
        let said = world.jida(&["import", path]);
        assert_eq!(said.code, Some(1), "{path}: {}", said.err);
        assert!(has_han(&said.err) && !said.err.contains("panicked"), "{path}: {}", said.err);
    }
}

#[test]
fn the_first_start_loads_the_corpus_folder() {
    let world = World::of([faq("a", "甲事", "甲")]);
    let server = world.serve();
    assert_eq!(server.search(&[("q", "甲事")]).ids(), ["a"]);
    assert!(server.log().contains("知识库还是空的"), "{}", server.log());
}
