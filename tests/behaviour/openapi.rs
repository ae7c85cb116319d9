//! The OpenAPI document beside the routes and beside what is answered: every
//! route is in it and the other way round, and no reply of any operation, asked
//! by any role, tells what is planted in notes, drafts and retired entries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Server, World, encoded, faq, with};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn document(server: &Server) -> Value {
    server.get("/openapi.json").good()
}

/// Every operation: method and path.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let methods = METHODS.iter().filter(|method| item[**method].is_object());
        methods.map(|method| ((*method).to_owned(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Every route of the sources with its methods.
fn routes() -> BTreeSet<(String, String)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/");
    let mut found = BTreeSet::new();
    for file in ["mod.rs", "bots/mod.rs"] {
        let flat: String =
            std::fs::read_to_string(format!("{root}{file}")).unwrap().split_whitespace().collect();
        for rest in flat.split(".route(\"").skip(1) {
            let (path, handlers) = rest.split_once("\",").unwrap();
            // Up to the next route or the end of the list.
            let handlers = handlers.split([';']).next().unwrap();
            let handlers = handlers.split(".layer(").next().unwrap();
            let handlers = handlers.split(".merge(").next().unwrap();
            let path = path.replace("{*", "{");
            let mut methods: Vec<&str> = METHODS
                .into_iter()
                .filter(|method| {
                    handlers.starts_with(&format!("{method}(")) || handlers.contains(&format!(").{method}("))
                })
                .collect();
            if handlers.starts_with("curated::") {
                methods = vec!["get", "put", "delete"];
            }
            if handlers.starts_with("mcp") {
                methods = vec!["post"];
            }
            assert!(!methods.is_empty(), "{path}: {handlers}");
            found.extend(methods.into_iter().map(|method| (method.to_owned(), path.clone())));
        }
    }
    found
}

#[test]
fn every_route_is_in_the_document_and_the_other_way_round() {
    let server = World::of([faq("a", "题", "答")]).serve();
    let document = document(&server);
    let (documented, there) = (operations(&document), routes());
    let missing: Vec<_> = there.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&there).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing {missing:?}, invented {invented:?}");
    let mut ids = BTreeSet::new();
    for (method, path) in &documented {
        let operation = &document["paths"][path][method];
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(operation["summary"].is_string() && operation["responses"]["default"].is_object(), "{id}");
    }
    insta::assert_json_snapshot!(json!(
        documented.iter().map(|(m, p)| format!("{m} {p}")).collect::<Vec<_>>()
    ));
}

#[test]
fn the_page_shows_every_operation_and_loads_nothing_from_elsewhere() {
    let server = World::of([faq("a", "题", "答")]).serve();
    let page = server.get("/docs");
    assert_eq!(page.status, 200);
    for (_, path) in operations(&document(&server)) {
        assert!(page.text.contains(&path), "{path}");
    }
    assert!(!page.text.contains("<script") && !page.text.contains("//cdn"), "no script");
    for mark in ["src=\"", "href=\""] {
        assert!(page.text.split(mark).skip(1).all(|rest| rest.starts_with('/')), "{mark}");
    }
    assert_eq!(server.get("/web/shared/docs.css").status, 200);
}

/// What is planted where nobody but those inside may see it.
const NOTE: &str = "金丝雀密语";
const DRAFT: &str = "夜莺草稿";
const RETIRED: &str = "云雀停用";
/// The two operations that show what was retired, as they say.
const SHOWS_RETIRED: [&str; 2] = ["/v1/entries/{id}", "/v1/changes"];

fn world() -> World {
    World::of([
        with(faq("noted", "补贴怎么领", "到窗口领取。"), json!({"internal_note": NOTE, "category": "民政"})),
        with(faq("drafted", DRAFT, DRAFT), json!({"status": "draft", "category": "民政"})),
        with(faq("retired", RETIRED, RETIRED), json!({"status": "retired", "category": "民政"})),
    ])
}

/// An address of an operation that leads to one of the planted entries.
fn address(operation: &Value, path: &str, id: &str, question: &str) -> String {
    let mut address = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = match name {
            "q" | "name" if parameter["in"] == "query" => question.to_owned(),
            "name" => "synonyms".to_owned(),
            "tool" => "search_knowledge".to_owned(),
            "validity" => "all".to_owned(),
            "by" => "never_shown".to_owned(),
            "from" | "to" | "since" => "0".to_owned(),
            "id" if path.contains("vector_stores") => "all".to_owned(),
            _ if parameter["in"] == "path" || name == "id" => id.to_owned(),
            _ => continue,
        };
        match parameter["in"].as_str() {
            Some("path") => address = address.replace(&format!("{{{name}}}"), &encoded(&value)),
            Some("query") => query.push(format!("{name}={}", encoded(&value))),
            _ => {}
        }
    }
    if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
}

/// Bodies that ask for a planted entry in the words of each contract.
fn bodies(path: &str, id: &str, question: &str) -> Vec<Value> {
    let call = |tool: &str, arguments: Value| json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    match path {
        "/mcp" => {
            vec![call("search_knowledge", json!({"query": question})), call("get_entry", json!({"id": id}))]
        }
        "/coze/{tool}" => vec![json!({"query": question}), json!({"id": id})],
        "/fastgpt/v1/file/list" => vec![
            json!({"parentId": null}),
            json!({"parentId": "category:民政"}),
            json!({"searchKey": question}),
        ],
        "/v1/answer" => vec![
            json!({"question": question}),
            json!({"question": "那要带什么材料", "turns": [{"question": question, "entry_id": id}]}),
        ],
        _ => vec![
            json!({"question": question, "query": question, "message": question}),
            json!({"query": question}),
            json!({"message": question}),
        ],
    }
}

#[test]
fn no_operation_tells_anybody_outside_what_is_meant_for_those_inside() {
    let world = world();
    let chatbot = world.key("chatbot", &[]);
    let agent = world.key("agent", &[]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let document = document(&server);
    let mut asked = 0;
    for (method, path) in operations(&document) {
        // A stream that never ends is read in the desks' own tests.
        if path.ends_with("/events") {
            continue;
        }
        let operation = &document["paths"][&path][&method];
        for key in ["", &chatbot, &agent] {
            for (id, secret) in [("noted", NOTE), ("drafted", DRAFT), ("retired", RETIRED)] {
                let is_open = secret == NOTE && key == agent
                    || secret == RETIRED && SHOWS_RETIRED.contains(&path.as_str());
                let question = if id == "noted" { "补贴怎么领" } else { id };
                let target = address(operation, &path, id, question);
                let has_body = operation["requestBody"].is_object();
                let bodies = if has_body { bodies(&path, id, question) } else { vec![Value::Null] };
                for body in bodies {
                    let body = if body.is_null() { String::new() } else { body.to_string() };
                    let headers = [("if-match", "\"1\""), ("accept", "application/json, text/event-stream")];
                    let reply = server.call(&method.to_uppercase(), &target, key, &headers, &body);
                    assert!(
                        is_open || !reply.text.contains(secret),
                        "{method} {target} {body} told {key:?} {secret}: {}",
                        reply.text
                    );
                    assert!(reply.status < 500, "{method} {target}: {}", reply.text);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
    // What is planted is there to be told.
    assert!(server.get_as(&agent, "/v1/entries/noted").text.contains(NOTE));
    assert!(server.get_as(&editor, "/v1/entries/drafted?version=newest").text.contains(DRAFT));
}
