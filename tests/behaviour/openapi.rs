//! The OpenAPI document beside the routes and beside what is answered: every
//! route is in it and the other way round, and no reply of any operation, asked
//! by any role, tells what is planted where that role may not see it.

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
/// What agents asked, reported and found wrong.
const JOURNAL: &str = "鸥鹭日志";
/// A published entry outside what a narrow key may see.
const ELSEWHERE: &str = "渡鸦别处";
/// The two operations that show what was retired, as they say.
const SHOWS_RETIRED: [&str; 2] = ["/v1/entries/{id}", "/v1/changes"];

fn world() -> World {
    World::of([
        with(faq("noted", "补贴怎么领", "到窗口领取。"), json!({"internal_note": NOTE, "category": "民政"})),
        with(faq("drafted", DRAFT, DRAFT), json!({"status": "draft", "category": "民政"})),
        with(faq("retired", RETIRED, RETIRED), json!({"status": "retired", "category": "民政"})),
        with(faq("elsewhere", "补贴在别处怎么领", ELSEWHERE), json!({"category": "别处"})),
    ])
}

/// Somebody who asks, and what no reply may tell him.
struct Asker {
    name: &'static str,
    key: String,
    hidden: Vec<String>,
}

/// Everybody, those who may change something last.
fn askers(world: &World) -> Vec<Asker> {
    let outside = [NOTE, DRAFT, RETIRED, JOURNAL];
    let narrow = [NOTE, DRAFT, RETIRED, JOURNAL, ELSEWHERE];
    let key = |role: &str, more: &[&str]| world.key(role, more);
    let asker = |name, key: String, hidden: &[&str]| Asker {
        name,
        key,
        hidden: hidden.iter().map(|secret| (*secret).to_owned()).collect(),
    };
    let mut askers = vec![
        asker("nobody", String::new(), &outside),
        asker("chatbot", key("chatbot", &[]), &outside),
        asker("chatbot of a collection", key("chatbot", &["--collection", "narrow"]), &narrow),
        asker("chatbot of a category", key("chatbot", &["--category", "民政"]), &narrow),
        asker("agent", key("agent", &[]), &[DRAFT, RETIRED, JOURNAL]),
        asker("agent of a category", key("agent", &["--category", "民政"]), &narrow[1..]),
        asker("editor", key("editor", &[]), &[]),
        asker("reviewer", key("reviewer", &[]), &[]),
        asker("admin", key("admin", &[]), &[]),
    ];
    // A key is shown when it is made and never again, to nobody.
    let keys: Vec<String> =
        askers.iter().map(|asker| asker.key.clone()).filter(|key| !key.is_empty()).collect();
    askers.iter_mut().for_each(|asker| asker.hidden.extend(keys.iter().cloned()));
    askers
}

/// Plants what agents say, and the collection of the narrow key.
fn plant(server: &Server, agent: &str, admin: &str) {
    let put = |method: &str, path: &str, key: &str, body: Value| {
        let reply = server.call(method, path, key, &[("if-none-match", "*")], &body.to_string());
        assert!(reply.status < 300, "{path}: {}", reply.text);
    };
    server.get_as(agent, &format!("/v1/search?q={}", encoded(JOURNAL))).good();
    put("POST", "/v1/answer", agent, json!({"question": JOURNAL, "call": JOURNAL}));
    put("POST", "/v1/feedback", agent, json!({"outcome": "abandoned", "call": JOURNAL, "note": JOURNAL}));
    put("POST", "/v1/gaps", agent, json!({"question": JOURNAL, "note": JOURNAL}));
    put("POST", "/v1/corrections", agent, json!({"entry_id": "noted", "text": JOURNAL}));
    let narrow = json!({"name": "民政", "categories": ["民政"], "reason": "机器人用"});
    put("PUT", "/v1/collections/narrow", admin, narrow);
}

/// An address of an operation that leads to one of the planted entries.
fn address(operation: &Value, path: &str, tool: &str, (id, question): (&str, &str)) -> String {
    let mut address = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = match name {
            "q" | "name" if parameter["in"] == "query" => question.to_owned(),
            "name" => "synonyms".to_owned(),
            "tool" => tool.to_owned(),
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

/// Bodies that ask for a planted entry in the words of each contract, with the
/// tool they are for.
fn bodies(path: &str, id: &str, question: &str) -> Vec<(&'static str, Value)> {
    let called = |name: &str, arguments: Value| json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}});
    let tools = [
        ("search_knowledge", json!({"query": question, "limit": 10})),
        ("get_entry", json!({"id": id})),
        ("report_gap", json!({"question": "没有人问过的"})),
    ];
    let plain = |bodies: Vec<Value>| bodies.into_iter().map(|body| ("", body)).collect();
    match path {
        "/mcp" => plain(tools.into_iter().map(|(tool, arguments)| called(tool, arguments)).collect()),
        "/coze/{tool}" => tools.to_vec(),
        "/fastgpt/v1/file/list" => plain(vec![
            json!({"parentId": null}),
            json!({"parentId": "category:民政"}),
            json!({"parentId": "category:别处"}),
            json!({"searchKey": question}),
        ]),
        "/v1/answer" => plain(vec![
            json!({"question": question}),
            json!({"question": "那要带什么材料", "turns": [{"question": question, "entry_id": id}]}),
        ]),
        _ => plain(vec![
            json!({"question": question, "query": question, "message": question}),
            json!({"query": question}),
            json!({"message": question}),
        ]),
    }
}

/// The addresses chatbots' platforms ask at.
const BOTS: [&str; 10] = [
    "/dify/retrieval",
    "/mcp",
    "/coze/{tool}",
    "/fastgpt/v1/file/list",
    "/fastgpt/v1/file/content",
    "/fastgpt/v1/file/read",
    "/fastgpt/v1/file/detail",
    "/open-webui/search",
    "/langchain/retrieve",
    "/v1/vector_stores/{id}/search",
];

#[test]
fn no_operation_tells_anybody_what_he_may_not_see() {
    let world = world();
    let askers = askers(&world);
    let key_of = |name: &str| askers.iter().find(|asker| asker.name == name).unwrap().key.as_str();
    let server = world.serve();
    plant(&server, key_of("agent"), key_of("admin"));
    // What is planted is there to be told.
    let tells = |key: &str, path: &str, secret: &str| server.get_as(key, path).text.contains(secret);
    assert!(tells(key_of("agent"), "/v1/entries/noted", NOTE));
    assert!(tells(key_of("editor"), "/v1/entries/drafted?version=newest", DRAFT));
    assert!(
        tells(key_of("editor"), "/v1/gaps", JOURNAL) && tells(key_of("editor"), "/v1/corrections", JOURNAL)
    );
    assert!(tells(key_of("chatbot"), "/v1/entries/elsewhere", ELSEWHERE));

    let document = document(&server);
    let (mut asked, mut answered) = (0, BTreeSet::new());
    for asker in &askers {
        for (method, path) in operations(&document) {
            // A stream that never ends is read in the desks' own tests.
            if path.ends_with("/events") {
                continue;
            }
            let operation = &document["paths"][&path][&method];
            for id in ["noted", "drafted", "retired", "elsewhere"] {
                let question = if matches!(id, "noted" | "elsewhere") { "补贴怎么领" } else { id };
                let has_body = operation["requestBody"].is_object();
                let bodies = if has_body { bodies(&path, id, question) } else { vec![("", Value::Null)] };
                for (tool, body) in bodies {
                    let target = address(operation, &path, tool, (id, question));
                    let body = if body.is_null() { String::new() } else { body.to_string() };
                    let headers = [("if-match", "\"1\""), ("accept", "application/json, text/event-stream")];
                    let reply = server.call(&method.to_uppercase(), &target, &asker.key, &headers, &body);
                    for secret in &asker.hidden {
                        let is_shown = secret == RETIRED && SHOWS_RETIRED.contains(&path.as_str());
                        assert!(
                            is_shown || !reply.text.contains(secret.as_str()),
                            "{method} {target} {body} told {} {secret}: {}",
                            asker.name,
                            reply.text
                        );
                    }
                    assert!(reply.status < 500, "{method} {target} by {}: {}", asker.name, reply.text);
                    if reply.status == 200 && asker.name == "chatbot" {
                        answered.insert(path.clone());
                    }
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 5_000, "{asked}");
    // The bots' addresses did answer what they were asked there, and not only refuse it.
    for bot in BOTS {
        assert!(answered.contains(bot), "{bot} only refused");
    }
}
