//! Proves that a server killed (SIGKILL) at fifty random moments, while edits,
//! imports, reindexes and swaps go on at once, loses nothing it confirmed, does
//! nothing by halves, leaves no hole in the numbered changes, and that the next
//! one catches up by itself.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jida::library::{Library, LibraryError};
use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, World, encoded, faq, until};

const KILLS: u64 = 50;
/// Entries that are edited.
const EDITED: u64 = 4;
/// Rows of one import.
const ROWS: usize = 40;
/// Longest a server lives once it is ready.
const LONGEST_LIFE_MS: u64 = 900;

/// A generator of moments: the same on each run, so that a failure comes again.
struct Moments(u64);

impl Moments {
    /// Knuth's multiplier for 64 bits (MMIX).
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What the servers confirmed.
#[derive(Default)]
struct Confirmed {
    /// By entry: version and its text.
    edits: Mutex<HashMap<String, (u64, String)>>,
    imports: Mutex<Vec<String>>,
}

/// A request to a server that may die any moment: its answer, or none.
fn sent(
    server: &str,
    method: &str,
    path: &str,
    key: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Option<Value> {
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{server}{path}"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
    let agent: ureq::Agent = config.build().into();
    let mut response = agent.run(request.body(body).ok()?).ok()?;
    let text = response.body_mut().read_to_string().ok()?;
    let status = response.status().as_u16();
    assert!(status < 500 || status == 503, "{method} {path} answered {status}: {text}");
    (status < 300).then(|| serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Edits entries one after the other until the server is gone.
fn edit(server: &str, key: &str, is_over: &AtomicBool, confirmed: &Confirmed) {
    for at in (0..EDITED).cycle() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("row-{at}");
        let path = format!("/v1/entries/{}", encoded(&id));
        let Some(newest) = sent(server, "GET", &format!("{path}?version=newest"), key, &[], String::new())
        else {
            continue;
        };
        let version = newest["version"].as_u64().expect("a version");
        let text = format!("第{}版的办法，编码E{at}X。", version + 1);
        let body = json!({"body": text, "reason": "改"}).to_string();
        let tag = format!("\"{version}\"");
        if let Some(edited) = sent(server, "PATCH", &path, key, &[("if-match", &tag)], body) {
            let version = edited["version"].as_u64().expect("a version");
            confirmed.edits.lock().unwrap().insert(id, (version, text));
        }
    }
}

/// Sends a file, loads it, and asks for a reindex.
fn import_and_reindex(server: &str, key: &str, batch: &str, confirmed: &Confirmed) {
    let rows: String = (0..ROWS)
        .map(|at| {
            format!("{}\n", faq(&format!("{batch}-{at}"), &format!("批次{batch}事项{at}"), "到窗口办理。"))
        })
        .collect();
    let Some(sent_in) = sent(server, "POST", &format!("/v1/imports?name={batch}.jsonl"), key, &[], rows)
    else {
        return;
    };
    let path = format!("/v1/imports/{}", sent_in["id"].as_str().expect("an id"));
    if sent(server, "POST", &path, key, &[], json!({"reason": "导入"}).to_string()).is_some() {
        confirmed.imports.lock().unwrap().push(batch.to_owned());
    }
    sent(server, "POST", "/v1/reindex", key, &[], json!({"reason": "换代"}).to_string());
}

/// Everything confirmed is there, nothing is there by halves.
fn assert_whole(world: &World, confirmed: &Confirmed) {
    let library = Library::open(&world.corpus()).expect("a library");
    for (id, (version, text)) in confirmed.edits.lock().unwrap().iter() {
        let kept = library.revision(id, *version as u32).expect("a reading").expect("a confirmed edit");
        assert_eq!(kept.entry.body, *text, "{id} version {version}");
    }
    let mut rows: HashMap<String, usize> = HashMap::new();
    let mut last = 0;
    library
        .changed_since::<LibraryError>(0, |stored| {
            assert!(stored.seq > last);
            last = stored.seq;
            if let Some((batch, _)) = stored.entry.id.rsplit_once('-').filter(|(batch, _)| *batch != "row") {
                *rows.entry(batch.to_owned()).or_default() += 1;
            }
            Ok(())
        })
        .expect("the changes");
    assert!(rows.values().all(|count| *count == ROWS), "{rows:?}");
    for batch in confirmed.imports.lock().unwrap().iter() {
        assert!(rows.contains_key(batch), "{batch} was confirmed");
    }
    // Numbers without a hole: as many revisions as the last number says.
    let revisions: usize = (0..EDITED)
        .map(|at| library.revisions(&format!("row-{at}")).expect("revisions").len())
        .sum::<usize>()
        + rows.len() * ROWS;
    assert_eq!(revisions as u64, library.stats().expect("figures").last_change);
}

fn assert_caught_up(server: &Server) {
    until(PATIENCE, "the index catches up", || {
        let stats = server.stats();
        (stats["last_change"] == stats["indexed_change"]).then_some(())
    });
}

#[test]
fn fifty_kills_lose_nothing_that_was_confirmed() {
    let world =
        World::of((0..EDITED).map(|at| faq(&format!("row-{at}"), &format!("事项{at}怎么办"), "先来取号。")));
    let key = world.key("editor", &[]);
    let confirmed = Confirmed::default();
    let mut moments = Moments(20_261_125);
    for kill in 0..KILLS {
        let server = world.serve();
        assert_caught_up(&server);
        let (address, is_over) = (server.address.clone(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| edit(&address, &key, &is_over, &confirmed));
            scope.spawn(|| import_and_reindex(&address, &key, &format!("b{kill}"), &confirmed));
            std::thread::sleep(Duration::from_millis(moments.below(LONGEST_LIFE_MS)));
            // Dropping it is SIGKILL.
            drop(server);
            is_over.store(true, Ordering::Relaxed);
        });
        assert_whole(&world, &confirmed);
    }
    let (edits, imports) = (confirmed.edits.lock().unwrap(), confirmed.imports.lock().unwrap());
    assert!(edits.len() == EDITED as usize && imports.len() > 5, "too little was confirmed to tell anything");
    let server = world.serve();
    assert_caught_up(&server);
    let newest = edits["row-0"].1.clone();
    let found = server.search(&[("q", "E0X")]);
    assert_eq!(found.ids(), ["row-0"], "{newest}");
}
