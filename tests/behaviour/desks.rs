//! What the desks rest on: logging in by cookie, pages that load nothing from
//! elsewhere, outcomes fed back, gaps and corrections as work lists, news
//! without asking.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::world::{PATIENCE, Reply, Server, World, faq, until, with};

fn world() -> World {
    World::of([
        faq("heat", "供暖温度不达标怎么办", "先找供热单位测温，再拨打热线登记。"),
        faq("card", "老年公交卡怎么办理", "带身份证到社区办理。"),
    ])
}

fn post(server: &Server, path: &str, key: &str, body: Value) -> Reply {
    server.call("POST", path, key, &[], &body.to_string())
}

/// A cookie of somebody who logged in, as a browser sends it back.
fn logged_in(server: &Server, key: &str) -> String {
    let request = ureq::http::Request::builder()
        .method("POST")
        .uri(format!("{}/v1/session", server.address))
        .header("content-type", "application/json")
        .body(json!({ "key": key }).to_string())
        .unwrap();
    let answered = ureq::Agent::new_with_defaults().run(request).expect("an answer");
    let cookie = answered.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_desk_logs_in_with_a_key_and_out_again() {
    let world = world();
    let key = world.key("editor", &[]);
    let server = world.serve();
    let cookie = logged_in(&server, &key);
    let with_cookie = |method: &str, path: &str, more: &[(&str, &str)]| {
        server.call(method, path, "", &[&[("cookie", cookie.as_str())], more].concat(), "")
    };
    let own = with_cookie("GET", "/v1/session", &[("sec-fetch-site", "same-origin")]).good();
    assert_eq!((own["role"].as_str(), own["role_name"].as_str()), (Some("editor"), Some("采编")));
    assert_eq!(with_cookie("GET", "/v1/entries", &[]).status, 200);
    assert_eq!(server.get("/v1/session").good()["role"], Value::Null);
    post(&server, "/v1/session", "", json!({"key": "jida_wrong"})).problem(401, "unauthorized");
    assert_eq!(with_cookie("DELETE", "/v1/session", &[]).status, 204);
}

#[test]
fn another_sites_page_borrows_neither_the_cookie_nor_the_machine() {
    let world = world();
    let key = world.key("editor", &[]);
    let server = world.serve();
    let cookie = logged_in(&server, &key);
    let strange = [("sec-fetch-site", "cross-site"), ("cookie", cookie.as_str())];
    server.call("GET", "/v1/entries", "", &strange, "").problem(403, "forbidden");
    server
        .call("GET", "/v1/search?q=a", "", &[("sec-fetch-site", "same-site")], "")
        .problem(403, "forbidden");
    let origin = [("origin", "https://evil.example"), ("cookie", cookie.as_str())];
    let body = json!({"question": "x"}).to_string();
    server.call("POST", "/v1/gaps", "", &origin, &body).problem(403, "forbidden");
    server
        .call("POST", "/v1/session", "", &origin[..1], &json!({ "key": key }).to_string())
        .problem(403, "forbidden");
    let own = [("origin", server.address.as_str()), ("cookie", cookie.as_str())];
    assert_eq!(server.call("POST", "/v1/gaps", "", &own, &body).status, 201);
    // A key in the header is somebody's own program, wherever it runs.
    assert_eq!(server.call("GET", "/v1/entries", &key, &strange[..1], "").status, 200);
}

#[test]
fn the_pages_load_nothing_from_elsewhere_and_run_no_inline_script() {
    let server = world().serve();
    for path in ["/", "/editor", "/managers"] {
        let page = server.get(path);
        assert_eq!((page.status, page.content_type.as_str()), (200, "text/html; charset=utf-8"));
        assert!(
            !page.text.contains("<script>")
                && !page.text.contains("http://")
                && !page.text.contains("https://")
        );
        let asked = ureq::Agent::new_with_defaults().get(format!("{}{path}", server.address)).call().unwrap();
        let policy = asked.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let tag = asked.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(server.call("GET", path, "", &[("if-none-match", &tag)], "").status, 304);
    }
    assert_eq!(server.get("/web/shared/api.js").content_type, "text/javascript; charset=utf-8");
    for path in ["/web/nothing.js", "/web/..%2F..%2FCargo.toml", "/web/agent/index.html"] {
        server.get(path).problem(404, "route_not_found");
    }
}

#[test]
fn the_last_outcome_of_a_call_counts_and_outlives_a_kill() {
    let world = world();
    let agent = world.key("agent", &[]);
    let server = world.serve();
    let rate = |server: &Server| server.get("/v1/stats/instant-answer").good();
    assert_eq!(rate(&server), json!({"accepted": 0, "answered": 0, "dispatched": 0, "rate": null}));
    let search = |server: &Server| server.search(&[("q", "供暖温度不达标")]).0["search_id"].clone();
    let say = |body: Value| post(&server, "/v1/feedback", &agent, body).good();
    say(json!({"search_id": search(&server), "entry_id": "heat", "outcome": "answered"}));
    let second = search(&server);
    say(json!({"search_id": second, "entry_id": "heat", "outcome": "copied"}));
    say(json!({"search_id": second, "entry_id": "heat", "outcome": "answered"}));
    say(json!({"search_id": second, "outcome": "dispatched", "department": "供热办"}));
    say(json!({"call": "call-3", "outcome": "dispatched", "department": "供热办"}));
    say(json!({"call": "call-4", "outcome": "abandoned"}));
    let expected = json!({"accepted": 4, "answered": 1, "dispatched": 2, "rate": 0.25});
    assert_eq!(rate(&server), expected);
    // Dropping it kills it.
    drop(server);
    let server = world.serve();
    assert_eq!(rate(&server), expected);
    let today = jiff::Zoned::now().date();
    let days = |from: jiff::civil::Date, to: jiff::civil::Date| {
        server.get(&format!("/v1/stats/instant-answer?from={from}&to={to}")).good()["accepted"].clone()
    };
    let yesterday = today.yesterday().unwrap();
    // Midnight may pass while this test runs.
    assert_eq!(days(yesterday, today.tomorrow().unwrap()), 4);
    assert_eq!(days(yesterday.yesterday().unwrap(), yesterday.yesterday().unwrap()), 0);
}

#[test]
fn feedback_that_says_nothing_is_refused_by_field() {
    let server = world().serve();
    let refused = |body: Value, field: &str| {
        let problem = post(&server, "/v1/feedback", "", body).problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"), "{problem}");
    };
    refused(json!({"outcome": "great", "call": "1"}), "outcome");
    refused(json!({"outcome": "answered"}), "search_id");
    refused(json!({"outcome": "answered", "search_id": "12"}), "search_id");
    refused(json!({"outcome": "copied", "call": "1"}), "entry_id");
    refused(json!({"outcome": "answered", "call": "1", "line": "95598"}), "line");
    refused(json!({"outcome": "answered", "call": "1", "note": "长".repeat(501)}), "note");
    refused(json!({"outcome": "answered", "call": "1", "colour": "red"}), "colour");
    for days in ["from=soon", "to=2026-13-01"] {
        server.get(&format!("/v1/stats/instant-answer?{days}")).problem(400, "invalid_request");
    }
}

#[test]
fn a_server_without_a_journal_writes_none_and_says_so() {
    let world = world();
    let server = world.serve_with(&["--no-journal"]);
    let found = server.search(&[("q", "公交卡")]);
    let body = json!({"search_id": found.0["search_id"], "entry_id": "card", "outcome": "answered"});
    post(&server, "/v1/feedback", "", body).problem(409, "conflict");
    assert!(!world.corpus().join("journal.db").exists());
}

#[test]
fn who_a_caller_is_enters_neither_the_journal_nor_a_gap() {
    let world = world();
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let question = "我叫王小明，手机13812345678，身份证21010219900101123X，供暖温度不达标";
    let found = server.search(&[("q", question)]);
    let id = &found.0["search_id"];
    let note = "回电024-23456789";
    post(&server, "/v1/gaps", "", json!({"question": question, "search_id": id, "note": note}));
    post(&server, "/v1/corrections", "", json!({"entry_id": "heat", "text": note}));
    post(
        &server,
        "/v1/feedback",
        "",
        json!({"search_id": id, "entry_id": "heat", "outcome": "answered", "note": note}),
    )
    .good();
    let secrets = ["王小明", "13812345678", "21010219900101123", "23456789"];
    let gaps = server.get_as(&editor, "/v1/gaps");
    let corrections = server.get_as(&editor, "/v1/corrections");
    assert!(gaps.text.contains("供暖温度不达标") && corrections.text.contains("回电"));
    assert_eq!(server.told_to_stop(), Some(0));
    let mut texts = vec![gaps.text, corrections.text];
    for file in std::fs::read_dir(world.corpus()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            texts.push(String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
        }
    }
    for secret in secrets {
        assert!(texts.iter().all(|text| !text.contains(secret)), "{secret}");
    }
}

#[test]
fn a_gap_is_closed_only_when_its_questions_find_the_entry() {
    let world = world();
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let report = |question: &str, region: &str| {
        let reply = post(
            &server,
            "/v1/gaps",
            "",
            json!({"question": question, "region": region, "department": "公积金中心"}),
        );
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()
    };
    let first = report("灵活就业公积金怎么交？", "210100");
    let again = report("灵活就业公积金，怎么交", "210100");
    assert_eq!((again["id"].clone(), again["reports"].clone()), (first["id"].clone(), json!(2)));
    assert_ne!(report("灵活就业公积金怎么交？", "210200")["id"], first["id"]);
    let path = format!("/v1/gaps/{}", first["id"].as_str().unwrap());
    server.get(&path).problem(401, "unauthorized");
    let gap = server.get_as(&editor, &path).good();
    assert_eq!((gap["status"].as_str(), gap["department"].as_str()), (Some("open"), Some("公积金中心")));
    assert_eq!(gap["questions"].as_array().unwrap().len(), 2, "{gap}");

    let close = json!({"status": "closed", "entry_id": "fund", "reason": "写好了"});
    let open = post(&server, &path, &editor, close.clone()).problem(409, "gap_still_open");
    assert_eq!(open["questions"][0]["rank"], Value::Null, "{open}");
    let entry = with(
        faq("fund", "灵活就业人员怎么缴存公积金", "到公积金中心窗口申请，灵活就业也能交。"),
        json!({"reason": "补缺口"}),
    );
    let entry = with(entry, json!({"status": "published"}));
    let written =
        server.call("PUT", "/v1/entries/fund", &editor, &[("if-none-match", "*")], &entry.to_string());
    assert_eq!(written.status, 201, "{}", written.text);
    let check = format!("{path}/check");
    until(PATIENCE, "the entry is found", || {
        let checked = post(&server, &check, &editor, json!({"entry_id": "fund"})).good();
        checked["closes"].as_bool().unwrap().then_some(())
    });
    let closed = post(&server, &path, &editor, close).good();
    assert_eq!((closed["status"].as_str(), closed["entry_id"].as_str()), (Some("closed"), Some("fund")));
    let listed = server.get_as(&editor, "/v1/gaps?status=open").good();
    assert_eq!(listed["gaps"].as_array().unwrap().len(), 1, "{listed}");
    // The same question again is a new gap: the old one was answered.
    assert_ne!(report("灵活就业公积金怎么交？", "210100")["id"], first["id"]);
}

#[test]
fn a_gap_is_dismissed_opened_again_and_given_to_a_department() {
    let world = world();
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let id = post(&server, "/v1/gaps", "", json!({"question": "外星人怎么落户"})).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/gaps/{id}");
    let step = |body: Value| post(&server, &path, &editor, body);
    assert_eq!(step(json!({"status": "dismissed", "reason": "与政务无关"})).good()["status"], "dismissed");
    assert_eq!(step(json!({"status": "open", "reason": "再看看"})).good()["status"], "open");
    assert_eq!(step(json!({"department": "市公安局", "reason": "户籍"})).good()["department"], "市公安局");
    step(json!({"status": "closed", "reason": "x"})).problem(400, "invalid_request");
    step(json!({"status": "dismissed"})).problem(400, "invalid_request");
    post(&server, "/v1/gaps/none", &editor, json!({"status": "open", "reason": "x"}))
        .problem(404, "gap_not_found");
    let of = server.get_as(&editor, &format!("/v1/audit?object={id}"));
    assert_eq!(of.status, 403, "the audit log is the administrator's");
}

#[test]
fn a_correction_reaches_the_work_list_of_the_entrys_department() {
    let world = World::of([with(faq("heat", "供暖温度", "十八度。"), json!({"department": "供热办"}))]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let report = post(&server, "/v1/corrections", "", json!({"entry_id": "heat", "text": "应是二十度"}));
    assert_eq!(report.status, 201);
    post(&server, "/v1/corrections", "", json!({"entry_id": "none", "text": "错"}))
        .problem(404, "entry_not_found");
    post(&server, "/v1/corrections", "", json!({"entry_id": "heat", "text": " "}))
        .problem(400, "invalid_request");
    server.get("/v1/corrections").problem(401, "unauthorized");
    let path = format!("/v1/corrections?status=open&department={}", crate::world::encoded("供热办"));
    let listed = server.get_as(&editor, &path).good();
    assert_eq!(listed["corrections"][0]["text"], "应是二十度", "{listed}");
    let id = report.json()["id"].as_str().unwrap().to_owned();
    let settled =
        post(&server, &format!("/v1/corrections/{id}"), &editor, json!({"status": "done", "reason": "改了"}));
    assert_eq!(settled.good()["status"], "done");
    assert_eq!(server.get_as(&editor, &path).good()["corrections"], json!([]));
}

#[test]
fn editors_see_what_is_copied_what_is_out_of_force_and_what_nobody_finds() {
    let world = World::of([
        faq("heat", "供暖温度不达标怎么办", "先测温。"),
        with(faq("old", "旧的取暖补贴怎么领", "已经停了。"), json!({"expires_on": "2020-01-01"})),
        faq("lonely", "没人问的事", "没人看。"),
    ]);
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let id = server.search(&[("q", "供暖温度不达标"), ("limit", "1")]).0["search_id"].clone();
    for (entry, outcome) in [("heat", "copied"), ("heat", "copied"), ("old", "opened"), ("heat", "opened")] {
        post(&server, "/v1/feedback", "", json!({"search_id": id, "entry_id": entry, "outcome": outcome}))
            .good();
    }
    let ids = |by: &str| -> Vec<(String, u64)> {
        let view = server.get_as(&editor, &format!("/v1/stats/entries?by={by}")).good();
        let entries = view["entries"].as_array().unwrap().iter();
        entries.map(|e| (e["id"].as_str().unwrap().to_owned(), e["times"].as_u64().unwrap())).collect()
    };
    assert_eq!(ids("copied"), [("heat".to_owned(), 2)]);
    assert_eq!(ids("opened_expired"), [("old".to_owned(), 1)]);
    until(PATIENCE, "what was shown is added up", || {
        (!ids("never_shown").iter().any(|(id, _)| id == "heat")).then_some(())
    });
    assert!(ids("never_shown").iter().any(|(id, _)| id == "lonely"));
    server.get_as(&editor, "/v1/stats/entries?by=colour").problem(400, "invalid_request");
    server.get("/v1/stats/entries?by=copied").problem(401, "unauthorized");
}

#[test]
fn an_open_desk_hears_of_a_notice_and_of_a_new_entry() {
    let world = world();
    let editor = world.key("editor", &[]);
    let server = world.serve();
    let agent = ureq::Agent::new_with_defaults();
    let stream = agent.get(format!("{}/v1/events?region=210100", server.address)).call().expect("a stream");
    let mut lines = BufReader::new(stream.into_body().into_reader()).lines();
    let mut next = |name: &str| -> Value {
        loop {
            let line = lines.next().expect("the stream goes on").expect("a line");
            if line == format!("event: {name}") {
                let data = lines.next().expect("data").expect("a line");
                return serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON");
            }
        }
    };
    assert_eq!(next("notices")["notices"], json!([]));
    let before = next("library")["last_change"].as_u64().unwrap();
    let notice = json!({"title": "停水", "text": "沈河区今天停水", "region": "210100", "ends_at": "2099-01-01T00:00:00Z", "reason": "突发"});
    let put =
        server.call("PUT", "/v1/notices/water", &editor, &[("if-none-match", "*")], &notice.to_string());
    assert_eq!(put.status, 201, "{}", put.text);
    assert_eq!(next("notices")["notices"][0]["title"], "停水");
    let entry = with(faq("new", "停水了怎么办", "等来水。"), json!({"reason": "新", "status": "published"}));
    server.call("PUT", "/v1/entries/new", &editor, &[("if-none-match", "*")], &entry.to_string());
    assert!(next("library")["last_change"].as_u64().unwrap() > before);
    // An open stream does not hold up a server that is told to stop.
    assert_eq!(server.told_to_stop(), Some(0));
}
