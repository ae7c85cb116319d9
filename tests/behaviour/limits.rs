//! How often, how long and how much: a key's rate, keys exchanged, slow and
//! hostile connections, figures for operators.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Server, World, encoded, faq, until};

fn world() -> World {
    World::of([faq("a", "补贴怎么领", "到窗口领取。所需材料：身份证原件。")])
}

fn search(server: &Server, key: &str) -> u16 {
    server.get_as(key, &format!("/v1/search?q={}", encoded("补贴"))).status
}

#[test]
fn a_key_asks_as_often_as_it_may_and_others_are_not_held_up() {
    let world = world();
    let slow = world.key("chatbot", &["--rate", "5"]);
    let other = world.key("chatbot", &[]);
    let server = world.serve();
    let statuses: Vec<u16> = (0..8).map(|_| search(&server, &slow)).collect();
    assert_eq!(statuses[..5], [200; 5]);
    assert_eq!(statuses[5..], [429; 3]);
    let refused = server.get_as(&slow, "/v1/stats/library").problem(429, "too_many_requests");
    assert!(refused["detail"].as_str().unwrap().contains("每分钟最多 5 次"), "{refused}");
    let raw = raw(
        &server,
        &format!(
            "GET /v1/stats/library HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {slow}\r\nconnection: close\r\n\r\n"
        ),
    );
    let head = raw.to_lowercase();
    for header in [
        "retry-after: ",
        "ratelimit-limit: 5",
        "ratelimit-remaining: 0",
        "ratelimit-reset: ",
        "ratelimit-policy: 5;w=60",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    // Dify reads the same refusal.
    let dify = server.call("POST", "/dify/retrieval", &slow, &[], &json!({"query": "补贴"}).to_string());
    assert_eq!(dify.status, 429);
    assert_eq!(search(&server, &other), 200);
    // This machine without a key is not limited.
    assert!((0..300).all(|_| search(&server, "") == 200));
    assert!(server.get("/metrics").text.contains("jida_limited_total"));
}

#[test]
fn a_rate_is_given_over_http_too() {
    let world = world();
    let admin = world.key("admin", &[]);
    let server = world.serve();
    let body = json!({"name": "机器人", "role": "chatbot", "rate_per_minute": 2}).to_string();
    let made = server.call("POST", "/v1/keys", &admin, &[], &body);
    assert_eq!(made.status, 201, "{}", made.text);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert_eq!([0; 3].map(|_| search(&server, &key)), [200, 200, 429]);
    let listed = server.get_as(&admin, "/v1/keys").good();
    let rates: Vec<&Value> =
        listed["keys"].as_array().unwrap().iter().map(|key| &key["scope"]["rate_per_minute"]).collect();
    assert!(rates.contains(&&json!(2)), "{listed}");
    let wrong = json!({"name": "x", "role": "chatbot", "rate_per_minute": 0}).to_string();
    assert_eq!(server.call("POST", "/v1/keys", &admin, &[], &wrong).status, 400);
}

#[test]
fn a_key_is_exchanged_and_both_work_for_a_while() {
    let world = world();
    let admin = world.key("admin", &[]);
    let old = world.key("chatbot", &["--rate", "100"]);
    let listed: Value = serde_json::from_str(&world.jida_ok(&["key", "list", "--json"]).out).unwrap();
    let id = listed["keys"].as_array().unwrap().iter().find(|key| key["role"] == "chatbot").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let server = world.serve();
    let rotated = server.call(
        "POST",
        &format!("/v1/keys/{id}/rotate"),
        &admin,
        &[],
        &json!({"keep_days": 3}).to_string(),
    );
    assert_eq!(rotated.status, 201, "{}", rotated.text);
    let rotated = rotated.json();
    let new = rotated["key"].as_str().unwrap().to_owned();
    assert_eq!((search(&server, &old), search(&server, &new)), (200, 200));
    assert_eq!(rotated["scope"]["rate_per_minute"], 100);
    let last = jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(3)).to_string();
    assert_eq!(rotated["replaces"], json!({"id": id, "expires_on": last}));
    // On the command line too; the exchanged one shows its end and its last use.
    let again = world.jida_ok(&["key", "rotate", rotated["id"].as_str().unwrap(), "--keep", "0"]);
    let newest = again.out.split_whitespace().last().unwrap().to_owned();
    until(Duration::from_secs(10), "the newest key", || (search(&server, &newest) == 200).then_some(()));
    until(Duration::from_secs(10), "the last use", || {
        let said = world.jida_ok(&["key", "list"]).out;
        said.lines()
            .any(|line| line.starts_with(&id) && line.contains("用过") && line.contains("到期"))
            .then_some(())
    });
    assert_eq!(world.jida(&["key", "rotate", "00000000"]).code, Some(1));
}

/// Bytes sent as they are, and all that comes back until the server closes.
fn raw(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut said = String::new();
    let _ = stream.read_to_string(&mut said);
    said
}

#[test]
fn who_sends_headers_letter_by_letter_is_closed_and_holds_nobody_up() {
    let server = world().serve();
    let slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address.trim_start_matches("http://")).unwrap();
            stream.write_all(b"GET /v1/search?q=1 HTTP/1.1\r\nhost: x\r\nx-").unwrap();
            stream
        })
        .collect();
    assert_eq!(search(&server, ""), 200);
    for mut stream in slow.into_iter().take(3) {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut said = String::new();
        let _ = stream.write_all(b"a");
        // A letter that comes as the server closes is answered by a reset.
        let ended = match stream.read_to_string(&mut said) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        };
        assert!(ended, "closed by the server");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_refused_and_not_computed() {
    let server = world().serve();
    let post = |body: &str| server.post_refused_early("/v1/answer", "application/json", body);
    let long = json!({"question": "问".repeat(100_000)}).to_string();
    post(&long).problem(413, "payload_too_large");
    let long = json!({"question": "问".repeat(10_000)}).to_string();
    post(&long).problem(400, "invalid_request");
    let deep = format!("{{\"question\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    post(&deep).problem(400, "invalid_request");
    let deep = format!(
        "{{\"query\":\"补贴\",\"filters\":{}1{}}}",
        "{\"type\":\"and\",\"filters\":[".repeat(1_000),
        "]}".repeat(1_000)
    );
    assert_eq!(
        server.post_refused_early("/v1/vector_stores/all/search", "application/json", &deep).status,
        400
    );
    for question in ["*".repeat(900), "?*%_".repeat(200), "\"".repeat(900), "a -".repeat(300)] {
        assert!(server.get_with("/v1/search", &[("q", &question)]).status < 500, "{question}");
    }
}

#[test]
fn figures_are_for_this_machine_and_for_administrators() {
    let world = world();
    let (chatbot, admin) = (world.key("chatbot", &[]), world.key("admin", &[]));
    let server = world.serve();
    search(&server, "");
    server.get_as(&chatbot, "/metrics").problem(403, "forbidden");
    for figures in [server.get("/metrics"), server.get_as(&admin, "/metrics")] {
        assert_eq!(figures.status, 200);
        for name in [
            "jida_requests_total{method=\"GET\",route=\"/v1/search\",status=\"200\"}",
            "jida_search_seconds_bucket",
            "jida_generation_age_seconds",
            "jida_last_change",
            "jida_indexed_change",
            "jida_waiting",
            "jida_overloaded_total",
            "jida_limited_total",
        ] {
            assert!(figures.text.contains(name), "{name}: {}", figures.text);
        }
    }
}

#[test]
fn the_command_line_asks_another_server() {
    let world = world();
    let key = world.key("chatbot", &[]);
    world.file("key", &key);
    world.file("wrong", "jida_00");
    let server = world.serve_with(&["--require-key"]);
    let asked = ["search", "补贴怎么领", "--server", &server.address];
    let told = world.jida_ok(&[&asked[..], &["--key-file", "key"]].concat());
    assert!(told.out.starts_with("1. 补贴怎么领  [a]"), "{}", told.out);
    let told = world.jida_ok(&[&asked[..], &["--key-file", "key", "--json"]].concat());
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["hits"][0]["id"], "a");
    let refused = world.jida(&[&asked[..], &["--key-file", "wrong"]].concat());
    assert!(refused.code == Some(1) && refused.err.contains("密钥不对"), "{}", refused.err);
    let gone = world.jida(&["search", "补贴", "--server", "http://127.0.0.1:9"]);
    assert!(gone.code == Some(1) && gone.err.contains("连不上"), "{}", gone.err);
}

#[test]
fn a_number_no_library_has_is_nothing_there_and_no_fault() {
    let world = world();
    let admin = world.key("admin", &[]);
    let server = world.serve();
    // One more than a signed number holds, and the most an unsigned one does.
    for number in ["9223372036854775808", "18446744073709551615"] {
        server.get(&format!("/v1/changes?since={number}")).problem(409, "history_changed");
        server.get(&format!("/v1/changes?since={number}-0123456789abcdef")).problem(409, "history_changed");
        server.get_as(&admin, &format!("/v1/audit?since={number}")).problem(400, "invalid_request");
        for (method, path) in [("GET", ""), ("GET", "/events"), ("POST", "/cancel")] {
            let reply = server.call(method, &format!("/v1/jobs/{number}{path}"), &admin, &[], "");
            reply.problem(404, "job_not_found");
        }
    }
}
