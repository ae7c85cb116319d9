//! Before the index is ready the server lives, says so, and refuses to guess.

use std::net::SocketAddr;

use serde_json::Value;

/// Serves an application without an index and asks it once.
fn asked_too_early(path: &str) -> (u16, Option<String>, Value) {
    let folder = tempfile::tempdir().expect("folder");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let (send, address) = std::sync::mpsc::channel::<SocketAddr>();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let journal = jida::journal::Journal::new(folder.path(), true);
    let app = jida::server::App::new(folder.path().to_owned(), jida::server::OpenReads::Loopback, journal);
    let serving = runtime.spawn(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("free port");
        send.send(listener.local_addr().expect("address")).expect("told");
        jida::server::run(listener, app, async move { drop(stopped.await) }).await
    });
    let address = address.recv().expect("address");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut reply = agent.get(format!("http://{address}{path}")).call().expect("a reply");
    let retry = reply.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
    let told = (reply.status().as_u16(), retry, reply.body_mut().read_json().expect("JSON"));
    drop(agent);
    stop.send(()).expect("told to stop");
    runtime.block_on(serving).expect("an orderly end");
    told
}

#[test]
fn a_search_before_the_index_is_ready_is_told_to_come_back() {
    let (status, retry, problem) = asked_too_early("/v1/search?q=%E7%A4%BE%E4%BF%9D");
    assert_eq!((status, retry.as_deref()), (503, Some("1")));
    assert_eq!(problem["code"], "index_not_ready");
}

#[test]
fn readiness_is_denied_and_life_is_not() {
    assert_eq!(asked_too_early("/readyz").0, 503);
    assert_eq!(asked_too_early("/v1/stats/library").0, 503);
    assert_eq!(asked_too_early("/healthz").0, 200);
}
