//! Proves what every address answers: the good answer as a snapshot, and every
//! way to ask wrongly as a problem in one form (RFC 9457) with a request id.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{Server, World, faq, steady, with};

/// A server on a small library: one entry of every kind, one retired, one draft.
fn served() -> Server {
    let world = World::of([
        with(
            faq("faq-labour/overtime#1~2", "加班费怎么算", "休息日加班又不能补休的，支付百分之二百的工资。"),
            json!({
                "similar_questions": ["周末加班给多少钱"],
                "negative_questions": ["加班能不能拒绝"],
                "keywords": ["加班"],
                "category": "劳动/工资",
                "department": "人力资源和社会保障部门",
                "script": "休息日加班又没有补休的，按工资的百分之二百支付。",
                "internal_note": "仅内部",
                "source": [{ "title": "中华人民共和国劳动法", "article": "第四十四条", "date": "2018-12-29" }],
                "effective_from": "2018-12-29",
                "next_review_on": "2030-01-01",
            }),
        ),
        with(faq("old", "旧的加班规定", "已经停用。"), json!({ "status": "retired" })),
        with(faq("draft", "加班规定草稿", "还在写。"), json!({ "status": "draft" })),
    ]);
    world.file(
        "corpus/guide/marriage.md",
        "---\nid: guide-marriage\nkind: guide\ntitle: 内地居民结婚登记\ncategory: 婚姻登记/结婚\nregion: \"210000\"\ndepartment: 民政部门\nscript: 双方本人一起到婚姻登记机关申请。\nsource:\n  - title: 中华人民共和国民法典 婚姻家庭编\n    article: 第一千零四十九条\n---\n## 办理条件\n双方自愿。\n## 所需材料\n- 居民身份证\n- 声明书\n## 办理流程\n1. 申请\n2. 登记\n",
    );
    world.file("corpus/law/样例条例.md", "# 样例条例\n\n第一条 制定本条例。\n");
    world.serve()
}

#[test]
fn search_answers_with_hits() {
    let found = served().search(&[("q", "周末加班"), ("limit", "1")]);
    assert_json_snapshot!(steady(found.0));
}

#[test]
fn nothing_found_is_a_good_answer() {
    let found = served().search(&[("q", "量子色动力学")]);
    assert_json_snapshot!(steady(found.0));
}

#[test]
fn search_narrows_to_a_kind_and_pages() {
    let server = served();
    assert_eq!(server.search(&[("q", "登记 加班"), ("kind", "guide")]).ids(), ["guide-marriage"]);
    let all = server.search(&[("q", "登记 加班")]);
    assert_eq!(all.0["total"], 2);
    let second = server.search(&[("q", "登记 加班"), ("limit", "1"), ("offset", "1")]);
    assert_eq!(second.ids(), all.ids()[1..]);
    assert_eq!(second.0["total"], 2);
}

#[test]
fn the_limits_themselves_are_allowed() {
    let server = served();
    for (name, value) in [("limit", "1"), ("limit", "100"), ("offset", "0"), ("offset", "100")] {
        server.search(&[("q", "加班"), (name, value)]);
    }
    server.search(&[("q", &"加".repeat(2_000))]);
}

#[test]
fn a_wrong_search_parameter_is_named() {
    let server = served();
    let long = "加".repeat(2_001);
    for (parameters, pointer) in [
        (vec![], "/q"),
        (vec![("q", "")], "/q"),
        (vec![("q", " \u{3000}")], "/q"),
        (vec![("q", long.as_str())], "/q"),
        (vec![("q", "加班"), ("limit", "0")], "/limit"),
        (vec![("q", "加班"), ("limit", "101")], "/limit"),
        (vec![("q", "加班"), ("limit", "abc")], "/limit"),
        (vec![("q", "加班"), ("limit", "-1")], "/limit"),
        (vec![("q", "加班"), ("offset", "101")], "/offset"),
        (vec![("q", "加班"), ("region", "辽宁")], "/region"),
        (vec![("q", "加班"), ("region", "21")], "/region"),
        (vec![("q", "加班"), ("kind", "letter")], "/kind"),
        (vec![("q", "加班"), ("as_of", "昨天")], "/as_of"),
        (vec![("q", "加班"), ("as_of", "2026-02-30")], "/as_of"),
        (vec![("q", "加班"), ("validity", "expired")], "/validity"),
    ] {
        let problem = server.get_with("/v1/search", &parameters).problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{parameters:?}");
    }
}

#[test]
fn an_unknown_search_parameter_is_refused() {
    let problem = served().get("/v1/search?q=x&limt=3").problem(400, "invalid_request");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("limt")), "{problem}");
}

#[test]
fn an_unknown_search_parameter_is_pointed_at() {
    let problem = served().get("/v1/search?q=x&limt=3").problem(400, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/limt", "{problem}");
}

#[test]
fn a_broken_query_string_is_a_problem_not_a_crash() {
    let server = served();
    for query in ["q=%FF%FE", "q=%", "q=a&q=b", "q=a&limit=99999999999999999999"] {
        let reply = server.get(&format!("/v1/search?{query}"));
        if reply.status != 200 {
            reply.problem(400, "invalid_request");
        }
    }
}

#[test]
fn a_wrong_parameter_looks_like_this() {
    let problem = served().get("/v1/search?q=x&limit=0").problem(400, "invalid_request");
    assert_json_snapshot!(steady(problem));
}

#[test]
fn an_answer_carries_the_entry() {
    let answer = served().answer("周末加班给多少钱");
    assert_json_snapshot!(steady(answer));
}

#[test]
fn a_refusal_carries_candidates_only() {
    let answer = served().answer("加班的时候食堂开门吗");
    assert_eq!(answer["status"], "unsure", "{answer}");
    assert_eq!(answer["answer"], Value::Null);
    assert!(!answer["candidates"].as_array().unwrap().is_empty());
}

#[test]
fn a_negative_question_is_not_answered_with_its_entry() {
    assert_eq!(served().answer("加班能不能拒绝")["status"], "unsure");
}

#[test]
fn a_wrong_question_to_answer_is_a_problem() {
    let server = served();
    let long = json!({ "question": "加".repeat(2_001) }).to_string();
    for body in [
        "",
        "{",
        "[]",
        "\"加班\"",
        "{}",
        r#"{"question":1}"#,
        r#"{"question":null}"#,
        r#"{"question":""}"#,
        r#"{"question":" "}"#,
        r#"{"question":"加班","region":"沈阳"}"#,
        r#"{"question":"加班","unknown":1}"#,
        long.as_str(),
    ] {
        server.post("/v1/answer", "application/json", body).problem(400, "invalid_request");
    }
}

#[test]
fn an_unknown_field_of_answer_is_pointed_at() {
    let body = r#"{"question":"加班","unknown":1}"#;
    let problem = served().post("/v1/answer", "application/json", body).problem(400, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/unknown", "{problem}");
}

#[test]
fn another_content_type_is_refused() {
    let server = served();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let reply = server.post("/v1/answer", kind, r#"{"question":"加班"}"#);
        reply.problem(415, "unsupported_media_type");
    }
}

#[test]
fn a_body_over_64_kib_is_refused_and_one_below_is_read() {
    let server = served();
    let padded = |bytes: usize| format!("{}{}", r#"{"question":"加班"}"#, " ".repeat(bytes));
    server.post("/v1/answer", "application/json", &padded(63 * 1024)).good();
    let refused = server.post_refused_early("/v1/answer", "application/json", &padded(64 * 1024));
    refused.problem(413, "payload_too_large");
}

#[test]
fn an_entry_is_shown_whole_under_its_id_with_any_signs() {
    let entry = served().entry("faq-labour/overtime#1~2").good();
    assert_json_snapshot!(steady(entry));
}

#[test]
fn a_guide_is_shown_with_its_parts() {
    assert_json_snapshot!(steady(served().entry("guide-marriage").good()));
}

#[test]
fn an_article_is_shown_with_its_place_in_the_document() {
    assert_json_snapshot!(steady(served().entry("law/样例条例#第一条").good()));
}

#[test]
fn a_slash_in_an_id_may_stand_as_it_is() {
    let entry = served().get("/v1/entries/faq-labour/overtime%231~2").good();
    assert_eq!(entry["id"], "faq-labour/overtime#1~2");
}

#[test]
fn a_retired_entry_is_shown_as_retired_but_not_found() {
    let server = served();
    assert_eq!(server.entry("old").good()["status"], "retired");
    let found = server.search(&[("q", "旧的加班规定"), ("validity", "all")]);
    assert!(!found.ids().contains(&"old"), "{found:?}");
}

#[test]
fn a_draft_is_neither_shown_nor_found() {
    let server = served();
    server.entry("draft").problem(404, "entry_not_found");
    let found = server.search(&[("q", "加班规定草稿"), ("validity", "all")]);
    assert!(!found.ids().contains(&"draft"), "{found:?}");
}

#[test]
fn an_unknown_entry_is_a_problem() {
    let problem = served().entry("没有这条").problem(404, "entry_not_found");
    assert_json_snapshot!(steady(problem));
}

#[test]
fn an_id_that_is_not_text_is_a_problem() {
    let reply = served().get("/v1/entries/%FF%FE");
    assert!((400..500).contains(&reply.status), "{reply:?}");
    assert_eq!(reply.content_type, "application/problem+json", "{reply:?}");
}

#[test]
fn the_library_counts_what_is_published() {
    assert_json_snapshot!(steady(served().stats()));
}

#[test]
fn health_and_readiness_are_said() {
    let server = served();
    assert_json_snapshot!("healthz", server.get("/healthz").good());
    assert_json_snapshot!("readyz", server.get("/readyz").good());
}

#[test]
fn what_a_problem_points_to_is_a_page_for_people() {
    let server = served();
    for code in [
        "invalid_request",
        "entry_not_found",
        "route_not_found",
        "method_not_allowed",
        "payload_too_large",
        "unsupported_media_type",
        "internal",
        "index_not_ready",
        "overloaded",
    ] {
        let page = server.get(&format!("/problems/{code}"));
        assert_eq!((page.status, page.content_type.as_str()), (200, "text/html; charset=utf-8"), "{code}");
        assert!(page.text.contains(code) && crate::world::has_han(&page.text), "{code}");
    }
    server.get("/problems/no_such_code").problem(404, "route_not_found");
}

#[test]
fn an_unknown_address_is_a_problem() {
    let server = served();
    for path in ["/v1", "/v1/searc", "/v1/search/", "/v1/entries/", "/../etc/passwd"] {
        server.get(path).problem(404, "route_not_found");
    }
}

#[test]
fn a_wrong_method_is_a_problem() {
    let server = served();
    server.get("/v1/answer").problem(405, "method_not_allowed");
    server.post("/v1/search", "application/json", "{}").problem(405, "method_not_allowed");
    server.delete("/v1/suggest").problem(405, "method_not_allowed");
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let server = served();
    let ids: std::collections::HashSet<String> = (0..5).map(|_| server.get("/healthz").request_id).collect();
    assert_eq!(ids.len(), 5);
}

#[test]
fn the_log_holds_no_question() {
    let server = served();
    server.search(&[("q", "张三的加班费")]);
    server.answer("李四的加班费");
    server.get("/v1/search?q=%E7%8E%8B%E4%BA%94&limit=0");
    let log = server.log();
    assert!(log.contains("/v1/search"), "{log}");
    for piece in ["张三", "李四", "%E7%8E%8B", "王五"] {
        assert!(!log.contains(piece), "{log}");
    }
}
