//! The Model Context Protocol, message for message in each of its revisions;
//! the official clients are in `tests/clients`.

use serde_json::{Value, json};

use crate::reply::Reply;
use crate::world::{Server, World, faq, with};

const QUESTION: &str = "身份证丢了怎么补办";
const REVISIONS: [&str; 4] = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

fn world() -> World {
    World::of([with(
        faq("id-lost", QUESTION, "到派出所申请补领。"),
        json!({"department": "公安局", "internal_note": "内部口径"}),
    )])
}

/// A request in a revision; from 2026-07-28 on each says its own version.
fn send(server: &Server, revision: &str, method: &str, mut params: Value, more: &[(&str, &str)]) -> Reply {
    let is_stateless = revision >= "2026-07-28";
    if is_stateless {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let name = params["name"].as_str().unwrap_or_default().to_owned();
    let mut headers =
        vec![("accept", "application/json, text/event-stream"), ("mcp-protocol-version", revision)];
    if is_stateless {
        headers.push(("mcp-method", method));
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
    }
    headers.extend(more);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    server.call("POST", "/mcp", "", &headers, &body.to_string())
}

fn call(server: &Server, revision: &str, tool: &str, arguments: Value) -> Value {
    let reply = send(server, revision, "tools/call", json!({"name": tool, "arguments": arguments}), &[]);
    assert_eq!(reply.content_type, "application/json", "{}", reply.text);
    reply.good()["result"].clone()
}

/// The one text of a result.
fn text(result: &Value) -> &str {
    let content = result["content"].as_array().expect("content");
    assert_eq!(content.len(), 1, "{result}");
    assert_eq!(content[0]["type"], "text");
    content[0]["text"].as_str().expect("a text")
}

#[test]
fn every_revision_shakes_hands_lists_and_calls() {
    let server = world().serve();
    for revision in REVISIONS {
        if revision < "2026-07-28" {
            let hello = json!({"protocolVersion": revision, "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"}});
            let met = send(&server, revision, "initialize", hello, &[]).good();
            assert_eq!(met["result"]["protocolVersion"], revision, "{met}");
            assert_eq!(met["result"]["serverInfo"]["name"], "jida");
            let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
            let headers =
                [("accept", "application/json, text/event-stream"), ("mcp-protocol-version", revision)];
            assert_eq!(server.call("POST", "/mcp", "", &headers, &note).status, 202);
        } else {
            let found = send(&server, revision, "server/discover", json!({}), &[]).good();
            let versions = found["result"]["supportedVersions"].as_array().expect("versions").clone();
            assert!(REVISIONS.iter().all(|revision| versions.contains(&json!(revision))), "{versions:?}");
        }
        let listed = send(&server, revision, "tools/list", json!({}), &[]).good();
        for tool in listed["result"]["tools"].as_array().expect("tools") {
            let name = tool["name"].as_str().unwrap();
            assert!(name.len() < 40 && name.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_'));
            assert!(
                tool["inputSchema"]["properties"].is_object()
                    && tool["outputSchema"]["properties"].is_object()
            );
        }
        let result = call(&server, revision, "search_knowledge", json!({"query": QUESTION}));
        assert!(text(&result).contains("到派出所申请补领"), "{result}");
        let facts = result["structuredContent"].as_object().expect("facts");
        assert_eq!((&facts["status"], &facts["entry_id"]), (&json!("answered"), &json!("id-lost")));
        assert!(facts.values().all(|value| !value.is_object()), "flat: {facts:?}");
        assert!(!result.to_string().contains("内部口径"));
    }
}

#[test]
fn a_refusal_gives_no_entry_and_a_mistake_is_an_error_the_model_reads() {
    let server = world().serve();
    let refused = call(&server, "2025-06-18", "search_knowledge", json!({"query": "上海地铁末班车几点"}));
    assert_eq!(refused["structuredContent"]["status"], "unsure");
    assert!(text(&refused).contains("没有有把握的答案") && !text(&refused).contains("派出所"), "{refused}");
    for (tool, arguments) in [
        ("search_knowledge", json!({})),
        ("search_knowledge", json!({"query": "  "})),
        ("search_knowledge", json!({"query": "字".repeat(100_000 / 8)})),
        ("search_knowledge", json!({"query": QUESTION, "region": "abc"})),
        ("get_entry", json!({"id": "none"})),
    ] {
        let failed = call(&server, "2025-06-18", tool, arguments);
        assert_eq!(failed["isError"], true, "{failed}");
        assert!(crate::reply::has_han(text(&failed)), "{failed}");
    }
    let unknown = send(&server, "2025-06-18", "tools/call", json!({"name": "nothing"}), &[]).json();
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
}

#[test]
fn an_entry_is_read_by_its_id() {
    let server = world().serve();
    let read = call(&server, "2025-11-25", "get_entry", json!({"id": "id-lost"}));
    assert_eq!(read["structuredContent"]["validity"], "current");
    assert!(text(&read).contains("公安局") && !read.to_string().contains("内部口径"), "{read}");
}

#[test]
fn pages_of_other_sites_and_wrong_keys_are_kept_out() {
    let world = world();
    let server = world.serve();
    let from =
        |origin: &str| send(&server, "2025-06-18", "tools/list", json!({}), &[("origin", origin)]).status;
    assert_eq!(from("http://evil.example"), 403);
    assert_eq!(from("null"), 403);
    assert_eq!(from("http://localhost:6274"), 200);
    let wrong = send(&server, "2025-06-18", "tools/list", json!({}), &[("authorization", "Bearer jida_00")]);
    assert_eq!(wrong.status, 401);
    assert_eq!(server.call("GET", "/mcp", "", &[("accept", "text/event-stream")], "").status, 405);
}
