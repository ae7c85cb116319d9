//! One ranking, given by kind on request.

use serde_json::{Value, json};

use crate::world::{Server, World, faq, with};

fn hotline() -> Server {
    let guide = |id: &str, title: &str| json!({ "id": id, "kind": "guide", "title": title, "body": title });
    let world = World::of([
        faq("one", "居住证怎么办理", "到派出所办理居住证。"),
        faq("two", "居住证多久能拿到", "居住证十五日内发放。"),
        with(faq("three", "居住证丢了怎么办", "补领居住证。"), json!({ "department": "公安局" })),
        guide("guide", "居住证申领"),
    ]);
    world.file(
        "corpus/laws/居住证暂行条例.md",
        "# 居住证暂行条例\n\n第一条 居住证的申领。\n\n第二条 居住证的签注。\n",
    );
    world.serve()
}

fn ids(hits: &Value) -> Vec<&str> {
    hits.as_array().expect("hits").iter().filter_map(|hit| hit["id"].as_str()).collect()
}

#[test]
fn groups_hold_the_ranking_by_kind_and_leave_the_hits_as_they_are() {
    let server = hotline();
    let ask =
        |more: &[(&str, &str)]| server.get_with("/v1/search", &[&[("q", "居住证")], more].concat()).good();
    let (plain, grouped) = (ask(&[]), ask(&[("group", "kind")]));
    assert_eq!(ids(&plain["hits"]), ids(&grouped["hits"]));
    assert_eq!(plain.get("groups"), None);
    let groups = grouped["groups"].as_array().expect("groups");
    let kinds: Vec<&str> = groups.iter().filter_map(|group| group["kind"].as_str()).collect();
    let mut by_best: Vec<&str> = Vec::new();
    for hit in plain["hits"].as_array().expect("hits") {
        let kind = hit["kind"].as_str().expect("a kind");
        if !by_best.contains(&kind) {
            by_best.push(kind);
        }
    }
    assert_eq!(kinds, by_best);
    for group in groups {
        let own: Vec<&str> = plain["hits"]
            .as_array()
            .expect("hits")
            .iter()
            .filter(|hit| hit["kind"] == group["kind"])
            .filter_map(|hit| hit["id"].as_str())
            .collect();
        assert_eq!(ids(&group["hits"]), own);
        assert_eq!(group["total"], own.len());
        let label = match group["kind"].as_str() {
            Some("faq") => "问答",
            Some("guide") => "办事指南",
            _ => "政策",
        };
        assert_eq!(group["label"], label);
    }
}

#[test]
fn a_group_has_at_most_limit_hits_and_counts_all() {
    let asked = [("q", "居住证"), ("group", "kind"), ("limit", "1"), ("offset", "1")];
    let found = hotline().get_with("/v1/search", &asked).good();
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(1));
    let groups = found["groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 3);
    assert!(groups.iter().all(|group| group["hits"].as_array().map(Vec::len) == Some(1)));
    let total: u64 = groups.iter().filter_map(|group| group["total"].as_u64()).sum();
    assert_eq!(found["total"], total);
    assert!(groups.iter().all(|group| group["hits"][0]["confidence"].as_f64() > Some(0.0)), "{groups:?}");
}

#[test]
fn another_way_of_grouping_is_refused() {
    let reply = hotline().get_with("/v1/search", &[("q", "居住证"), ("group", "place")]);
    reply.problem(400, "invalid_request");
}

#[test]
fn an_article_says_where_it_stands_in_its_document() {
    let found = hotline().search(&[("q", "居住证暂行条例第二条")]);
    let part = json!({ "document_id": "laws/居住证暂行条例", "document_title": "居住证暂行条例", "article": "第二条" });
    assert_eq!(found.first()["part"], part);
}
