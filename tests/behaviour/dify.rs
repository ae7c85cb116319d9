//! Dify's external knowledge, request for request as Dify and LangBot send it:
//! the probe, null fields, filters, refusals in Dify's words.

use serde_json::{Value, json};

use crate::reply::Reply;
use crate::world::{Server, World, faq, with};

const QUESTION: &str = "身份证丢了怎么补办";

fn world() -> World {
    World::of([
        with(
            faq("id-lost", QUESTION, "到派出所申请补领。"),
            json!({"category": "户籍/身份证", "department": "公安局", "region": "210100",
                "internal_note": "内部口径", "source": [{"title": "居民身份证法", "article": "第十条"}]}),
        ),
        with(
            faq("pay", "公司拖欠工资怎么办", "向劳动保障监察机构投诉。"),
            json!({"category": "劳动/工资", "department": "人社局"}),
        ),
    ])
}

fn post(server: &Server, authorization: &str, body: &Value) -> Reply {
    let headers = [("authorization", authorization)];
    server.call("POST", "/dify/retrieval", "", &headers, &body.to_string())
}

fn retrieve(server: &Server, key: &str, body: Value) -> Vec<Value> {
    let found = post(server, &format!("Bearer {key}"), &body).good();
    found["records"].as_array().expect("records").clone()
}

fn ids(records: &[Value]) -> Vec<String> {
    records.iter().map(|record| record["metadata"]["document_id"].as_str().unwrap().to_owned()).collect()
}

/// What Dify sends, with a condition.
fn asked(condition: Value) -> Value {
    json!({
        "retrieval_setting": {"top_k": 4, "score_threshold": 0.0},
        "query": QUESTION,
        "knowledge_id": "",
        "metadata_condition": condition,
    })
}

#[test]
fn a_wrong_key_is_told_with_403_before_the_body_is_looked_at() {
    let world = world();
    let revoked = world.key("chatbot", &[]);
    let id: Value = serde_json::from_str(&world.jida_ok(&["key", "list", "--json"]).out).unwrap();
    world.jida_ok(&["key", "revoke", id["keys"][0]["id"].as_str().unwrap(), "--reason", "离职"]);
    let server = world.serve();
    for (authorization, code) in [
        ("", 1001),
        ("Basic YTpi", 1001),
        ("Bearer ", 1001),
        ("jida_0000", 1001),
        ("Bearer jida_0000", 1002),
        (&format!("Bearer {revoked}"), 1002),
    ] {
        for body in ["", "{", &asked(Value::Null).to_string()] {
            let headers: &[(&str, &str)] =
                if authorization.is_empty() { &[] } else { &[("authorization", authorization)] };
            let refused = server.call("POST", "/dify/retrieval", "", headers, body);
            assert_eq!(refused.status, 403, "{authorization:?} {body}");
            let said = refused.json();
            assert_eq!(said["error_code"], code, "{said}");
            assert!(said["error_msg"].is_string() && said.as_object().unwrap().len() == 2, "{said}");
        }
    }
}

#[test]
fn the_probe_of_a_right_key_finds_the_address() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    // Dify's probe has neither a body nor a content type.
    let probed = server.call("POST", "/dify/retrieval", &key, &[], "");
    assert!(![404, 403, 502].contains(&probed.status), "{}", probed.status);
    probed.problem(400, "invalid_request");
}

#[test]
fn an_answer_comes_with_its_source_and_flat_facts() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    for body in [
        asked(Value::Null),
        json!({"query": QUESTION, "retrieval_setting": null, "knowledge_id": null, "metadata_condition": null}),
        json!({"query": QUESTION, "retrieval_setting": {"top_k": null, "score_threshold": null}}),
        json!({"query": QUESTION, "top_k": 5}),
    ] {
        let records = retrieve(&server, &key, body);
        assert_eq!(ids(&records)[0], "id-lost");
        let record = &records[0];
        let score = record["score"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&score) && score >= 0.7, "{record}");
        assert_eq!(record["title"], QUESTION);
        let content = record["content"].as_str().unwrap();
        assert!(
            content.contains("到派出所申请补领") && content.contains("《居民身份证法》第十条"),
            "{content}"
        );
        assert!(record["metadata"].as_object().unwrap().values().all(|value| !value.is_null()));
        assert!(!record.to_string().contains("内部口径"), "{record}");
    }
}

#[test]
fn what_the_library_does_not_hold_gives_no_record() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    for question in ["上海地铁末班车几点", "asdfghjkl", "今天天气怎么样"] {
        let body = json!({"query": question, "retrieval_setting": {"top_k": 10, "score_threshold": 0.0}});
        assert_eq!(retrieve(&server, &key, body), Vec::<Value>::new(), "{question}");
    }
    let sure = json!({"query": QUESTION, "retrieval_setting": {"top_k": 4, "score_threshold": 1.0}});
    assert_eq!(retrieve(&server, &key, sure).len(), 1, "the title itself is certain");
}

#[test]
fn conditions_are_joined_as_dify_says() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    let is = |name: &str, operator: &str, value: Value| json!({"name": name, "comparison_operator": operator, "value": value});
    let right = is("department", "is", json!("公安局"));
    let wrong = is("category", "start with", json!("劳动"));
    for (condition, found) in [
        (json!({"logical_operator": "and", "conditions": [right, wrong]}), 0),
        (json!({"logical_operator": "or", "conditions": [right, wrong]}), 1),
        (json!({"logical_operator": "and", "conditions": [right]}), 1),
        (json!({"conditions": [wrong]}), 0),
        (json!({"logical_operator": "and", "conditions": []}), 1),
        (json!({"logical_operator": null, "conditions": null}), 1),
        (json!({"conditions": [is("region", "in", json!(["210100"]))]}), 1),
        (json!({"conditions": [is("nothing", "empty", Value::Null)]}), 1),
        (
            json!({"conditions": [{"name": ["department"], "comparison_operator": "contains", "value": "公安"}]}),
            1,
        ),
        (json!({"conditions": [is("region", "≥", json!(220000))]}), 0),
    ] {
        let records = retrieve(&server, &key, asked(condition.clone()));
        assert_eq!(records.len(), found, "{condition}");
    }
    let unknown = post(
        &server,
        &format!("Bearer {key}"),
        &asked(json!({"conditions": [is("region", "like", json!(1))]})),
    );
    unknown.problem(400, "invalid_request");
}

#[test]
fn a_knowledge_base_is_a_collection_and_a_key_may_be_kept_in_one() {
    let world = world();
    let admin = world.key("admin", &[]);
    let free = world.key("chatbot", &[]);
    let kept = world.key("chatbot", &["--collection", "labour"]);
    let server = world.serve();
    for (id, category) in [("labour", "劳动"), ("police", "户籍")] {
        let body = json!({"name": id, "categories": [category], "reason": "建库"}).to_string();
        let made =
            server.call("PUT", &format!("/v1/collections/{id}"), &admin, &[("if-none-match", "*")], &body);
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let asks = |key: &str, id: Value| {
        post(&server, &format!("Bearer {key}"), &json!({"query": QUESTION, "knowledge_id": id}))
    };
    let found = |key: &str, id: Value| asks(key, id).good()["records"].as_array().unwrap().len();
    assert_eq!(found(&free, json!("police")), 1);
    assert_eq!(found(&free, json!("labour")), 0);
    assert_eq!(found(&free, json!("")), 1);
    assert_eq!(found(&kept, Value::Null), 0, "an entry outside its collection");
    assert_eq!(found(&kept, json!("")), 0);
    for (key, id) in [(&free, "none"), (&kept, "police")] {
        let refused = asks(key, json!(id));
        assert_eq!((refused.status, refused.json()["error_code"].clone()), (404, json!(2001)));
    }
    // Nor by any other way in.
    assert_eq!(server.get_as(&kept, "/v1/entries/id-lost").status, 404);
    assert_eq!(server.get_as(&free, "/v1/entries/id-lost").status, 200);
    let searched =
        server.get_as(&kept, &format!("/v1/search?q={}&collection=", crate::world::encoded(QUESTION)));
    assert_eq!(
        searched.good()["hits"].as_array().unwrap().iter().filter(|hit| hit["id"] == "id-lost").count(),
        0
    );
    assert!(!server.get_as(&kept, "/v1/changes").text.contains("id-lost"));
}
