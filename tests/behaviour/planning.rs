//! Proves that an import can be looked at before it is done: what would be new,
//! changed, gone, refused or said twice, and that only what was chosen is loaded.

use serde_json::{Value, json};

use crate::world::{World, faq};

const LONG: &str = "办理海豚登记的人应当带上本人的身份证和海豚的免疫证明，到示例市农业局的窗口提出申请，窗口当场受理，五个工作日内办结并发给登记证书";

/// A library of three questions from a table, and the table as it is now: one
/// changed, one gone, one new that repeats the first one's title, one refused.
fn changed_table() -> World {
    let world = World::new();
    world.file(
        "faq.csv",
        "编号,标准问,答案,部门\na,猫怎么登记,带猫来,\nb,狗怎么登记,带狗来,\nc,马怎么登记,带马来,\n",
    );
    world.jida_ok(&["import", "faq.csv"]);
    world.file("faq.csv", "编号,标准问,答案,部门\na,猫怎么登记,带猫和证来,示例局\nb,狗怎么登记,带狗来,\nd,狗怎么登记？,打电话,\n");
    world
}

fn plan(world: &World, path: &str) -> Value {
    let said = world.jida(&["import", path, "--dry-run", "--json"]);
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("no JSON: {said:?}"))
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[test]
fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let world = changed_table();
    let said = world.jida_ok(&["import", "faq.csv", "--dry-run"]);
    for line in [
        "新增 1：\n  d 狗怎么登记？（faq.csv 第 4 行）",
        "修改 1：\n  a 猫怎么登记",
        "正文：带猫来 → 带猫和证来",
        "部门：（无） → 示例局",
        "停用（文件里没有了） 1：\n  c 马怎么登记",
        "d 狗怎么登记？ 与知识库里的 b 狗怎么登记：标题相同",
        "试运行：会新增 1，修改 1，未变 1，停用 1，冲突 0，拒收 0，可能重复 1；知识库没有改动",
    ] {
        assert!(said.out.contains(line), "{line}\n{}", said.out);
    }
    assert!(!world.index().exists() || world.search("马怎么登记").ids().contains(&"c"));
    assert!(world.search("马怎么登记").ids().contains(&"c") && !world.search("打电话").ids().contains(&"d"));
}

#[test]
fn what_was_planned_is_what_happens() {
    let world = changed_table();
    let planned = plan(&world, "faq.csv");
    let sums = &planned["sums"];
    let said = world.jida_ok(&["import", "faq.csv"]);
    let expected = format!(
        "新增 {}，修改 {}，未变 {}，停用 {}，冲突 0，拒收 {}",
        sums["added"], sums["changed"], sums["unchanged"], sums["retired"], sums["refused"]
    );
    assert!(said.err.contains(&expected), "{expected}\n{}", said.err);
    assert_eq!(planned["changed"][0]["fields"][0]["old"], "带猫来");
    assert_eq!(plan(&world, "faq.csv")["sums"]["unchanged"], 3);
}

#[test]
fn only_what_was_chosen_is_loaded_and_the_rest_can_come_later() {
    let world = changed_table();
    let said = world.jida_ok(&["import", "faq.csv", "--only", "a", "c"]);
    assert!(said.err.contains("新增 0，修改 1，未变 0，停用 1，"), "{}", said.err);
    assert_eq!(world.search("猫怎么登记").ids()[0], "a");
    assert!(!world.search("马怎么登记").ids().contains(&"c"));
    let left = plan(&world, "faq.csv");
    assert_eq!((ids(&left["added"]), ids(&left["retired"])), (vec!["d"], vec![]));
    world.jida_ok(&["import", "faq.csv"]);
    assert!(world.search("打电话").ids().contains(&"d"));
}

#[test]
fn what_was_left_out_stays_as_it_is() {
    let world = changed_table();
    world.jida_ok(&["import", "faq.csv", "--except", "c", "d"]);
    assert!(world.search("马怎么登记").ids().contains(&"c"));
    assert!(!world.search("打电话").ids().contains(&"d"));
    assert_eq!(world.serve().entry("a").good()["department"], "示例局");
}

#[test]
fn a_slip_in_a_choice_loads_nothing() {
    let world = changed_table();
    let said = world.jida(&["import", "faq.csv", "--only", "a", "z"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("这次导入里没有编号 z"), "{}", said.err);
    assert_eq!(plan(&world, "faq.csv")["sums"]["changed"], 1);
}

#[test]
fn refused_rows_are_shown_and_retire_nothing() {
    let world = changed_table();
    world.file("faq.csv", "编号,标准问,答案\na,,带猫来\n");
    let said = world.jida(&["import", "faq.csv", "--dry-run"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.out.contains("拒收 1：\n  错误 faq.csv:2 [title]") && said.out.contains("停用 0，"),
        "{}",
        said.out
    );
}

#[test]
fn texts_that_are_nearly_the_same_are_named_in_the_library_and_in_the_import() {
    let world = World::new();
    world.entries("old.jsonl", [faq("old", "海豚怎么登记", LONG)]);
    world.jida_ok(&["import", "old.jsonl"]);
    let near = |end: &str| format!("{LONG}{end}");
    world.entries(
        "new.jsonl",
        [
            faq("one", "给海豚上户口", &near("。")),
            faq("two", "海豚登记的手续", &near("，请知悉。")),
            faq("other", "骆驼怎么登记", "骆驼登记由本人在网上提出，审核通过以后证书由邮政寄到家里，不收费，也不用到窗口来，查询进度请看网上的办理页面"),
        ],
    );
    let planned = plan(&world, "new.jsonl");
    let mut twins: Vec<[&str; 4]> = planned["twins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|twin| ["id", "other_id", "other_in", "by"].map(|field| twin[field].as_str().unwrap()))
        .collect();
    twins.sort_unstable();
    assert_eq!(
        twins,
        [
            ["one", "old", "library", "near_text"],
            ["two", "old", "library", "near_text"],
            ["two", "one", "import", "near_text"]
        ]
    );
}

#[test]
fn the_same_document_twice_is_named_and_an_edition_is_none() {
    let world = World::new();
    let law = |extra: &str| format!("# 海豚法\n<!-- INFO END -->\n第一条 保护海豚。\n第二条 {extra}\n");
    world.file("laws/海豚法(2010-01-01).md", law("旧。"));
    world.file("laws/海豚法(2020-01-01).md", law("新。"));
    assert_eq!(plan(&world, "laws")["twins"], json!([]));
    world.file("laws/另一处/海豚法(2020-01-01).md", law("新。"));
    let planned = plan(&world, "laws");
    assert_eq!(ids(&planned["twins"]).len(), 1, "{planned}");
    assert_eq!(planned["twins"][0]["by"], "same_title");
    let policy = |id: &str, title: &str| json!({ "id": id, "kind": "policy", "title": title, "body": title, "source": { "number": "示例〔2026〕1号" } });
    world.entries("numbers.jsonl", [policy("x", "鲸鱼通知"), policy("y", "关于鲸鱼的通知")]);
    assert_eq!(plan(&world, "numbers.jsonl")["twins"][0]["by"], "same_number");
}
