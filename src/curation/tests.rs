use super::*;

fn rule(question: &str, pin: &str) -> Rule {
    let json = serde_json::json!({ "questions": [question], "pins": [pin] });
    serde_json::from_value(json).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn pins(rule: Rule, question: &str, region: Option<&str>, collection: Option<&str>) -> usize {
    let curation = Curation::new(vec![("r".to_owned(), rule)], Vec::new(), Vec::new());
    let region = region.and_then(Region::parse);
    curation.placed(question, region, collection, at("2026-11-25T00:00:00Z")).pins.len()
}

#[test]
fn a_rule_counts_for_its_question_however_it_is_written() {
    assert_eq!(pins(rule("社保卡丢了", "a"), "社保卡，丢了？", None, None), 1);
    assert_eq!(pins(rule("社保卡丢了", "a"), "社保卡丢了怎么办", None, None), 0);
    let contains = Rule { compare: rule::Compare::Contains, ..rule("社保卡丢了", "a") };
    assert_eq!(pins(contains, "我的社保卡丢了怎么办", None, None), 1);
}

#[test]
fn a_rule_counts_in_its_region_and_its_collection_only() {
    let city = Rule { region: Region::parse("210100"), ..rule("停水", "a") };
    assert_eq!(pins(city.clone(), "停水", Some("210102"), None), 1);
    assert_eq!(pins(city.clone(), "停水", Some("330100"), None), 0);
    assert_eq!(pins(city, "停水", None, None), 0);
    let own = Rule { collection: Some("水务".to_owned()), ..rule("停水", "a") };
    assert_eq!(pins(own.clone(), "停水", None, Some("水务")), 1);
    assert_eq!(pins(own, "停水", None, None), 0);
}

#[test]
fn a_window_opens_with_its_start_and_is_closed_at_its_end() {
    let (start, end) = (at("2026-11-25T00:00:00Z"), at("2026-11-26T00:00:00Z"));
    let window = Window { starts_at: Some(start), ends_at: Some(end) };
    assert!(window.has(start) && !window.has(end) && !window.has(at("2026-11-24T23:59:59Z")));
    let reversed = Window { starts_at: Some(end), ends_at: Some(start) };
    assert!(reversed.check().is_some());
}

#[test]
fn what_does_nothing_or_contradicts_itself_is_refused() {
    let codes = |rule: Rule| rule.check().into_iter().map(|finding| finding.code).collect::<Vec<_>>();
    assert_eq!(codes(rule("问", "a")), [""; 0]);
    assert_eq!(codes(Rule { pins: Vec::new(), ..rule("问", "a") }), ["rule_does_nothing"]);
    assert_eq!(codes(Rule { hides: vec!["a".to_owned()], ..rule("问", "a") }), ["pinned_and_hidden"]);
    assert_eq!(codes(rule("？", "a")), ["questions_missing"]);
}
