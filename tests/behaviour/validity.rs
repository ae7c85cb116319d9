//! Proves who finds what when: expired, not yet in force and superseded
//! entries, the day asked, regions above the caller's, identical texts once.

use serde_json::{Value, json};

use crate::world::{Server, World, faq, with};

fn dated(id: &str, from: Option<&str>, until: Option<&str>) -> Value {
    with(
        faq(id, "育儿补贴的申领", &format!("育儿补贴，依{id}办理")),
        json!({ "effective_from": from, "expires_on": until }),
    )
}

fn periods() -> Server {
    World::of([
        dated("always", None, None),
        dated("past", Some("2018-01-01"), Some("2019-12-31")),
        dated("future", Some("2199-01-01"), None),
        dated("until", None, Some("2199-12-31")),
    ])
    .serve()
}

fn found(server: &Server, more: &[(&str, &str)]) -> Vec<String> {
    let parameters: Vec<_> = [("q", "育儿补贴")].iter().chain(more).copied().collect();
    let mut ids: Vec<String> = server.search(&parameters).ids().into_iter().map(str::to_owned).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn today_only_what_is_in_force_is_found() {
    assert_eq!(found(&periods(), &[]), ["always", "until"]);
}

#[test]
fn another_day_has_other_entries_first_and_last_day_included() {
    let server = periods();
    for (day, ids) in [
        ("2017-12-31", vec!["always", "until"]),
        ("2018-01-01", vec!["always", "past", "until"]),
        ("2019-12-31", vec!["always", "past", "until"]),
        ("2020-01-01", vec!["always", "until"]),
        ("2199-01-01", vec!["always", "future", "until"]),
        ("2200-01-01", vec!["always", "future"]),
    ] {
        assert_eq!(found(&server, &[("as_of", day)]), ids, "{day}");
    }
}

#[test]
fn with_validity_all_everything_is_found_and_says_how_it_stands() {
    let server = periods();
    assert_eq!(found(&server, &[("validity", "all")]), ["always", "future", "past", "until"]);
    let all = server.search(&[("q", "育儿补贴"), ("validity", "all")]);
    let state = |id: &str| all.hits().iter().find(|hit| hit["id"] == id).expect("a hit")["validity"].clone();
    assert_eq!(state("always"), json!({ "state": "current", "until": null }));
    assert_eq!(state("until"), json!({ "state": "current", "until": "2199-12-31" }));
    assert_eq!(state("past"), json!({ "state": "expired", "until": "2019-12-31" }));
    assert_eq!(state("future"), json!({ "state": "upcoming", "from": "2199-01-01" }));
}

#[test]
fn what_is_not_in_force_comes_after_what_is() {
    let server = World::of([
        with(faq("past", "育儿补贴", "育儿补贴的办法"), json!({ "expires_on": "2019-12-31" })),
        faq("now", "育儿补贴", "育儿补贴的办法，现行"),
    ])
    .serve();
    assert_eq!(server.search(&[("q", "育儿补贴"), ("validity", "all")]).ids(), ["now", "past"]);
}

#[test]
fn an_expired_entry_is_not_given_as_an_answer() {
    let server = World::of([with(
        faq("past", "育儿补贴怎么领", "育儿补贴的办法"),
        json!({ "expires_on": "2019-12-31", "source": [{ "number": "国办发〔2019〕1号" }] }),
    )])
    .serve();
    assert_eq!(server.answer("育儿补贴怎么领")["status"], "unsure");
    assert_eq!(server.answer("国办发〔2019〕1号")["status"], "unsure");
}

#[test]
fn whoever_names_a_document_finds_it_in_force_or_not() {
    let server = World::of([with(
        faq("past", "通知", "全文"),
        json!({ "expires_on": "2019-12-31", "source": [{ "number": "国办发〔2019〕1号" }] }),
    )])
    .serve();
    let found = server.search(&[("q", "国办发〔2019〕1号")]);
    assert_eq!(found.ids(), ["past"]);
    assert_eq!(found.first()["validity"]["state"], "expired");
}

#[test]
fn a_superseded_entry_names_the_one_that_replaced_it() {
    let server = World::of([
        with(faq("old", "育儿补贴旧办法", "旧"), json!({ "superseded_by": "new" })),
        faq("new", "育儿补贴新办法", "新"),
    ])
    .serve();
    assert_eq!(server.search(&[("q", "育儿补贴")]).ids(), ["new"]);
    let all = server.search(&[("q", "育儿补贴旧办法"), ("validity", "all")]);
    assert_eq!(all.ids()[0], "old");
    assert_eq!(all.first()["validity"], json!({ "state": "superseded", "by": "new" }));
}

/// Two editions of one law; the newer changes the first article and drops the second.
fn editions() -> Server {
    let world = World::new();
    world.file(
        "corpus/laws/样例法(2018-01-01).md",
        "# 样例法\n\n第一条 旧的罚款是一千元。\n\n第二条 旧的罚款可以减半。\n",
    );
    world.file("corpus/laws/样例法(2022-01-01).md", "# 样例法\n\n第一条 新的罚款是两千元。\n");
    world.serve()
}

const OLD: &str = "laws/样例法(2018-01-01)";
const NEW: &str = "laws/样例法(2022-01-01)";

#[test]
fn of_two_editions_the_newer_is_found() {
    assert_eq!(editions().search(&[("q", "罚款")]).ids(), [format!("{NEW}#第一条")]);
}

#[test]
fn on_an_earlier_day_the_earlier_edition_is_found() {
    let server = editions();
    for (day, editions) in
        [("2017-12-31", vec![]), ("2018-01-01", vec![OLD; 2]), ("2021-12-31", vec![OLD; 2])]
    {
        let found = server.search(&[("q", "罚款"), ("as_of", day)]);
        let documents: Vec<&str> =
            found.ids().into_iter().filter_map(|id| Some(id.split_once('#')?.0)).collect();
        assert_eq!(documents, editions, "{day}");
    }
    assert_eq!(server.search(&[("q", "罚款"), ("as_of", "2022-01-01")]).ids(), [format!("{NEW}#第一条")]);
}

#[test]
fn with_validity_all_an_old_edition_is_superseded() {
    let all = editions().search(&[("q", "罚款"), ("validity", "all")]);
    assert_eq!(all.ids().len(), 3);
    for hit in all.hits() {
        let state = if hit["id"].as_str().unwrap().starts_with(NEW) { "current" } else { "superseded" };
        assert_eq!(hit["validity"]["state"], state, "{hit}");
    }
}

#[test]
fn an_old_edition_leads_to_the_one_that_replaced_it() {
    let all = editions().search(&[("q", "旧的罚款是一千元"), ("validity", "all")]);
    let old = all.hits().iter().find(|hit| hit["id"] == format!("{OLD}#第一条")).expect("the old article");
    let by = old["validity"]["by"].as_str().unwrap_or_default();
    assert!(by.starts_with(NEW), "{old}");
}

#[test]
fn an_article_asked_by_number_is_that_of_the_edition_in_force() {
    let server = editions();
    assert_eq!(server.search(&[("q", "样例法第一条")]).ids()[0], format!("{NEW}#第一条"));
    let earlier = server.search(&[("q", "样例法第一条"), ("as_of", "2020-06-01")]);
    assert_eq!(earlier.ids()[0], format!("{OLD}#第一条"));
}

/// Two provinces have a regulation of the same name.
#[test]
fn a_newer_law_of_another_province_supersedes_nothing() {
    let world = World::new();
    let law = |place: &str| format!("# 物业管理条例\n\n第一条 物业管理依{place}的规定。\n");
    world.file("corpus/DLC/上海地方法规/物业管理条例(2018-01-01).md", law("上海"));
    world.file("corpus/DLC/北京地方法规/物业管理条例(2022-01-01).md", law("北京"));
    let server = world.serve();
    let found = server.search(&[("q", "物业管理"), ("region", "310115")]);
    assert_eq!(found.ids(), ["DLC/上海地方法规/物业管理条例(2018-01-01)#第一条"]);
}

/// As in the real data: `最高人民法院 最高人民检察院关于办理…解释`.
#[test]
fn two_documents_whose_titles_begin_alike_before_a_blank_are_not_editions_of_one() {
    let world = World::new();
    for (title, date, subject) in [
        ("关于办理操纵证券案件的解释", "2019-06-27", "操纵"),
        ("关于办理侵犯商标案件的解释", "2020-09-12", "商标"),
    ] {
        let text = format!("# 最高人民法院 最高人民检察院{title}\n\n第一条 {subject}情节严重的认定。\n");
        world.file(&format!("corpus/司法解释/{title}({date}).md"), text);
    }
    assert_eq!(world.serve().search(&[("q", "情节严重的认定")]).ids().len(), 2);
}

/// Entries of a county, its city, its province, the country and their neighbours.
fn regions() -> Server {
    let codes = ["210102", "210103", "210100", "210200", "210000", "310000", "310115", "000000"];
    let entries = codes.map(|code| {
        with(faq(code, "公租房申请", &format!("公租房申请，{code}的规定")), json!({ "region": code }))
    });
    World::of(entries).serve()
}

#[test]
fn a_caller_finds_own_county_city_province_and_country_only() {
    let server = regions();
    for (caller, mut ids) in [
        ("210102", vec!["210102", "210100", "210000", "000000"]),
        ("210100", vec!["210100", "210000", "000000"]),
        ("210000", vec!["210000", "000000"]),
        ("310115", vec!["310115", "310000", "000000"]),
        ("440000", vec!["000000"]),
        ("210102000000", vec!["210102", "210100", "210000", "000000"]),
    ] {
        let found = server.search(&[("q", "公租房申请"), ("region", caller), ("limit", "100")]);
        let mut found: Vec<&str> = found.ids();
        found.sort_unstable();
        ids.sort_unstable();
        assert_eq!(found, ids, "{caller}");
    }
    assert_eq!(server.search(&[("q", "公租房申请"), ("limit", "100")]).ids().len(), 8);
}

#[test]
fn a_hit_says_which_level_answers() {
    let found = regions().search(&[("q", "公租房申请"), ("region", "210102")]);
    for hit in found.hits() {
        let (level, name) = match hit["id"].as_str().unwrap() {
            "210102" => ("county", "和平区"),
            "210100" => ("city", "沈阳市"),
            "210000" => ("province", "辽宁省"),
            _ => ("national", "全国"),
        };
        assert_eq!(hit["region"]["level"], level, "{hit}");
        assert!(hit["region"]["name"].as_str().unwrap().ends_with(name), "{hit}");
    }
}

#[test]
fn a_folder_of_local_law_is_its_provinces() {
    let world = World::new();
    world.file("corpus/DLC/上海地方法规/养犬条例.md", "# 养犬条例\n\n第一条 养犬登记，上海的规定。\n");
    world.file("corpus/行政法规/养犬办法.md", "# 养犬办法\n\n第一条 养犬登记，全国的规定。\n");
    let server = world.serve();
    let ids = |region: &str| server.search(&[("q", "养犬登记"), ("region", region)]).ids().len();
    assert_eq!((ids("310115"), ids("210000")), (2, 1));
}

#[test]
fn a_manifest_says_a_folders_region_and_the_entry_overrules_it() {
    let world = World::of([]);
    world.file(
        "corpus/manifest.toml",
        "[[folder]]\npath = \"沈阳\"\nregion = \"210100\"\ncategory = \"本市\"\n",
    );
    world.entries(
        "corpus/沈阳/a.jsonl",
        [
            faq("city", "养犬登记", "沈阳的规定"),
            with(faq("province", "养犬登记", "辽宁的规定"), json!({ "region": "210000" })),
        ],
    );
    let server = world.serve();
    let hits = server.search(&[("q", "养犬登记"), ("region", "210102")]);
    assert_eq!(hits.ids().len(), 2);
    assert_eq!(server.search(&[("q", "养犬登记"), ("region", "210200")]).ids(), ["province"]);
    assert_eq!(server.entry("city").good()["category"], "本市");
}

#[test]
fn identical_texts_are_one_hit_that_names_the_others() {
    let server = World::of([
        faq("one", "消防通道", "消防通道不得堵塞。"),
        faq("two", "消防车通道", "消防通道，不得堵塞"),
        faq("three", "消防通道", "消防通道可以拍照举报。"),
    ])
    .serve();
    let found = server.search(&[("q", "消防通道")]);
    assert_eq!((found.ids().len(), &found.0["total"]), (2, &json!(2)));
    let kept = found.hits().iter().find(|hit| hit["id"] != "three").expect("one of the two");
    let other = if kept["id"] == "one" { "two" } else { "one" };
    assert_eq!(kept["same_text"], json!([other]));
}

#[test]
fn of_identical_texts_the_one_in_force_is_shown() {
    let server = World::of([
        with(faq("past", "消防通道", "不得堵塞。"), json!({ "expires_on": "2019-12-31" })),
        faq("now", "通道", "不得堵塞。"),
    ])
    .serve();
    assert_eq!(server.search(&[("q", "消防通道"), ("validity", "all")]).ids(), ["now"]);
}
