//! Proves that what is exported can be imported again without loss, and that
//! what a format cannot hold is said.

use std::fs;

use serde_json::json;

use crate::world::{World, faq, with};

fn everything() -> World {
    let world = World::of([
        with(
            faq("q-1", "“甲事”怎么办？", "到一号窗口，\n带\"身份证\"；\n\n| 项 | 价 |"),
            json!({
                "similar_questions": ["甲事去哪办", "办甲事, 要带什么"],
                "negative_questions": ["乙事怎么办"], "keywords": ["甲事"], "category": "民生/甲",
                "region": "210100", "department": "示例局", "script": "请到一号窗口。",
                "internal_note": "内部：示例", "effective_from": "2026-01-01", "expires_on": "2036-01-01",
                "next_review_on": "2027-01-01",
                "source": [{ "title": "示例办法", "article": "第一条", "number": "示例〔2026〕1号", "date": "2026-01-01" },
                    { "title": "示例细则", "link": "https://example.com/1" }]
            }),
        ),
        with(faq("q-2", "旧事怎么办", "已停用"), json!({ "status": "retired", "superseded_by": "q-1" })),
        with(faq("q-3", "拟的事怎么办", "还没定"), json!({ "status": "draft" })),
        with(
            faq("条例#第一条", "第一条", "为了示例，制定本条例。"),
            json!({ "kind": "policy", "part": { "document_id": "条例", "document_title": "示例条例", "article": "第一条" } }),
        ),
    ]);
    world.file(
        "corpus/guide/丙.md",
        "---\nid: guide/丙\nkind: guide\ntitle: 丙事办理\ncategory: 民生\ndepartment: 示例局\nscript: 到窗口办。\nsource:\n  title: 示例办法\n---\n\n## 办理条件\n年满十八岁\n\n## 所需材料\n- 身份证\n- \"户口\"簿\n",
    );
    world.jida_ok(&["reindex"]);
    world
}

fn exported(world: &World, to: &str) -> String {
    world.jida_ok(&["export", to, "--overwrite"]);
    fs::read_to_string(world.path(to)).unwrap()
}

/// The same entries, in whatever order.
fn sorted(jsonl: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = jsonl.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn jsonl_brings_every_entry_into_an_empty_library() {
    let world = everything();
    let all = exported(&world, "all.jsonl");
    assert_eq!(all.lines().count(), 5);
    let other = World::new();
    other.file("all.jsonl", &all);
    other.jida_ok(&["import", "all.jsonl"]);
    assert_eq!(sorted(&exported(&other, "again.jsonl")), sorted(&all));
}

#[test]
fn a_table_and_documents_bring_what_they_can_hold() {
    let world = everything();
    let said = world.jida_ok(&["export", "faq.csv"]);
    assert!(said.out.contains("已导出 1 条") && said.out.contains("另有 4 条"), "{}", said.out);
    world.jida_ok(&["export", "guides", "--kind", "guide"]);
    let other = World::new();
    for file in ["faq.csv", "guides/guide%2F丙.md"] {
        other.file(file, fs::read(world.path(file)).unwrap());
    }
    other.jida_ok(&["import", "faq.csv", "guides"]);
    let (all, some) = (exported(&world, "all.jsonl"), exported(&other, "all.jsonl"));
    assert_eq!(some.lines().count(), 2);
    assert!(sorted(&some).iter().all(|line| all.contains(line)), "{some}");
}

#[test]
fn what_a_format_cannot_hold_is_said_and_not_written_short() {
    let world = everything();
    let said = world.jida(&["export", "docs"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("条例#第一条") && said.err.contains("part"), "{}", said.err);
    assert_eq!(fs::read_dir(world.path("docs")).unwrap().count(), 2);
    let said = world.jida(&["export", "all.csv", "--status", "retired"]);
    assert!(said.code == Some(1) && said.err.contains("superseded_by"), "{}", said.err);
}

#[test]
fn an_export_overwrites_nothing_unless_told() {
    let world = everything();
    world.file("a.jsonl", "mine");
    world.file("docs/mine.md", "mine");
    for to in ["a.jsonl", "docs", "a.txt"] {
        let said = world.jida(&["export", to]);
        assert_eq!(said.code, Some(1), "{to}: {}", said.out);
        assert!(said.err.contains(to), "{}", said.err);
    }
    assert_eq!(fs::read_to_string(world.path("a.jsonl")).unwrap(), "mine");
    assert_eq!(world.jida(&["export", "b.jsonl", "--kind", "law"]).code, Some(2));
}
