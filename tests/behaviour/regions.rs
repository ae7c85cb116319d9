//! Regions are found as people type them: names, pinyin, first letters, codes.

use serde_json::Value;

use crate::world::{Server, World, faq};

fn served() -> Server {
    World::of([faq("a", "供暖", "供暖。")]).serve()
}

fn regions(server: &Server, typed: &str) -> Vec<Value> {
    let found = server.get_with("/v1/regions", &[("q", typed), ("limit", "200")]).good();
    found["regions"].as_array().expect("regions").clone()
}

#[test]
fn a_region_is_found_by_name_pinyin_initials_and_code_with_what_it_lies_in() {
    let server = served();
    for typed in ["沈阳", "沈陽", "shenyang", "sheny", "sy", "SY", "2101", "210100", "阳市"] {
        let found = regions(&server, typed);
        let shenyang = found.iter().find(|region| region["code"] == "210100");
        let shenyang = shenyang.unwrap_or_else(|| panic!("沈阳市 for {typed}: {found:?}"));
        assert_eq!(shenyang["name"], "沈阳市");
        assert_eq!(shenyang["level"], "city");
        assert_eq!(shenyang["above"], serde_json::json!([{ "code": "210000", "name": "辽宁省" }]));
    }
    let district = &regions(&server, "大东区")[0];
    let above: Vec<_> = district["above"].as_array().expect("above").iter().map(|one| &one["name"]).collect();
    assert_eq!(above, ["沈阳市", "辽宁省"]);
}

#[test]
fn larger_regions_come_first_and_without_a_word_the_provinces() {
    let server = served();
    let levels = |typed| -> Vec<String> {
        regions(&server, typed)
            .iter()
            .map(|region| region["level"].as_str().expect("a level").to_owned())
            .collect()
    };
    assert_eq!(levels("吉林")[..3], ["province", "city", "county"]);
    let provinces = levels("");
    assert!(provinces.len() > 30 && provinces.iter().all(|level| level == "province"), "{provinces:?}");
}

#[test]
fn what_is_no_place_is_not_found() {
    let server = served();
    for typed in ["没有这地方", "市辖区", "省直辖县级行政区划", "zzzz", "9999"] {
        assert_eq!(regions(&server, typed), [Value::Null; 0], "{typed}");
    }
    let district = &regions(&server, "110101")[0];
    assert_eq!(district["above"], serde_json::json!([{ "code": "110000", "name": "北京市" }]));
    assert_eq!(server.get_with("/v1/regions", &[("limit", "0")]).status, 400);
}
