//! What `docs/integrations/` says, sent literally: every request that stands
//! in a page as a `sh` block with curl is run against a server, and what it
//! answers is compared with what the page says comes back.

use std::process::Command;

use serde_json::{Value, json};

use crate::world::{Server, World, faq, with};

const QUESTION: &str = "身份证丢了怎么补办";

fn world() -> World {
    World::of([
        with(
            faq("id-lost", QUESTION, "到派出所申请补领。所需材料：户口簿。"),
            json!({"category": "户籍/身份证", "department": "公安局", "internal_note": "内部口径",
                "source": [{"title": "居民身份证法", "link": "https://example.org/law"}]}),
        ),
        with(faq("draft", "还没发布的问题", "草稿"), json!({"category": "户籍", "status": "draft"})),
        with(faq("old", "过期的问题", "旧答案"), json!({"category": "户籍", "expires_on": "2020-01-01"})),
        faq("loose", "没有分类的问题", "答案"),
    ])
}

fn pages() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/integrations");
    let files = std::fs::read_dir(folder).expect("pages").map(|item| item.expect("an item").path());
    files.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a page"))).collect()
}

/// The `sh` blocks of a page, each with the first word that has to come back
/// (`# => word`).
fn commands(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("a block's end"));
    blocks
        .map(|block| {
            let (command, expected) = block.split_once("# => ").expect("what comes back");
            (command.to_owned(), expected.lines().next().unwrap_or_default().trim().to_owned())
        })
        .collect()
}

#[test]
fn every_command_of_every_page_does_what_it_says() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    let mut run = 0;
    for (name, page) in pages() {
        for (command, expected) in commands(&page) {
            let command = command.replace("http://127.0.0.1:8890", &server.address);
            let output =
                Command::new("sh").args(["-c", &command]).env("KEY", &key).output().expect("sh runs");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains(&expected), "{name}: {command}\nsaid {said}\nnot {expected}");
            run += 1;
        }
    }
    assert!(run >= 8, "{run} commands");
}

fn fastgpt(server: &Server, key: &str, body: Value) -> Vec<Value> {
    let reply = server.call("POST", "/fastgpt/v1/file/list", key, &[], &body.to_string()).good();
    assert_eq!((&reply["success"], &reply["message"]), (&json!(true), &json!("")), "{reply}");
    reply["data"].as_array().expect("files").clone()
}

#[test]
fn fastgpt_walks_folders_down_to_files_in_force() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    let root = fastgpt(&server, &key, json!({"searchKey": "", "parentId": null}));
    let named = |files: &[Value]| -> Vec<String> {
        files
            .iter()
            .map(|file| format!("{} {}", file["type"].as_str().unwrap(), file["name"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(named(&root), ["folder 户籍", "file 没有分类的问题.md"]);
    let below = fastgpt(&server, &key, json!({"parentId": root[0]["id"]}));
    assert_eq!(named(&below), ["folder 身份证"], "neither a draft nor what is over");
    let files = fastgpt(&server, &key, json!({"parentId": below[0]["id"]}));
    assert_eq!(named(&files), [format!("file {QUESTION}.md")]);
    assert_eq!(files[0]["parentId"], below[0]["id"]);
    for field in ["updateTime", "createTime"] {
        assert!(files[0][field].is_string());
    }
    let found = fastgpt(&server, &key, json!({"searchKey": "身份证"}));
    assert_eq!(found.len(), 1);
    let get = |what: &str, id: &str| server.get_as(&key, &format!("/fastgpt/v1/file/{what}?id={id}"));
    let content = get("content", "id-lost").good();
    assert_eq!(content["data"]["title"], QUESTION);
    let text = content["data"]["content"].as_str().unwrap();
    assert!(text.contains("到派出所申请补领") && !text.contains("内部口径"), "{text}");
    assert_eq!(get("read", "id-lost").good()["data"]["url"], "https://example.org/law");
    assert_eq!(get("detail", "id-lost").good()["data"]["parentId"], "category:户籍/身份证");
    assert_eq!(get("detail", &crate::world::encoded("category:户籍")).good()["data"]["type"], "folder");
    for id in ["draft", "old", "none"] {
        assert_eq!(get("content", id).status, 404, "{id}");
    }
}

#[test]
fn the_small_contracts_answer_and_refuse() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    let post = |path: &str, body: Value| server.call("POST", path, &key, &[], &body.to_string()).good();
    let nothing = "上海地铁末班车几点";
    let found = post("/open-webui/search", json!({"query": QUESTION, "count": 3}));
    assert_eq!(
        (&found[0]["link"], &found[0]["title"]),
        (&json!("https://example.org/law"), &json!(QUESTION))
    );
    assert_eq!(post("/open-webui/search", json!({"query": nothing, "count": 3})), json!([]));
    let found = post("/langchain/retrieve", json!({"message": QUESTION}));
    assert_eq!(found["response"][0]["metadata"]["document_id"], "id-lost");
    assert_eq!(post("/langchain/retrieve", json!({"message": nothing})), json!({"response": []}));
    let found =
        post("/v1/vector_stores/all/search", json!({"query": [QUESTION, nothing], "max_num_results": 2}));
    assert_eq!(found["object"], "vector_store.search_results.page");
    assert_eq!(found["data"][0]["file_id"], "id-lost");
    assert_eq!(found["data"][0]["content"][0]["type"], "text");
    let other = json!({"query": QUESTION, "filters": {"type": "or", "filters": [
        {"type": "eq", "key": "department", "value": "民政局"}, {"type": "in", "key": "kind", "value": ["guide"]}]}});
    assert_eq!(post("/v1/vector_stores/all/search", other)["data"], json!([]));
    let unknown = json!({"query": QUESTION}).to_string();
    assert_eq!(server.call("POST", "/v1/vector_stores/none/search", &key, &[], &unknown).status, 404);
}

#[test]
fn coze_imports_the_document_and_calls_what_it_describes() {
    let world = world();
    let key = world.key("chatbot", &[]);
    let server = world.serve();
    let document = server.get("/openapi/coze.json").good();
    assert_eq!(document["servers"], json!([{"url": server.address}]));
    for (path, item) in document["paths"].as_object().expect("paths") {
        let operation = &item["post"];
        assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{path}");
        assert_eq!(operation["responses"].as_object().unwrap().len(), 1, "{path}");
    }
    let body = json!({"query": QUESTION}).to_string();
    let told = server.call("POST", "/coze/search_knowledge", &key, &[], &body).good();
    assert_eq!((&told["status"], &told["entry_id"]), (&json!("answered"), &json!("id-lost")));
    server.call("POST", "/coze/nothing", &key, &[], &body).problem(404, "route_not_found");
}
