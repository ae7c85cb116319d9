//! A world for one test: a corpus folder, an index folder, the real binary and,
//! where asked, a server that ends with the test. Everything a search gives is
//! checked here for what must always hold, so a test says only what is its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::reply::Answered;
pub use crate::reply::{Found, Reply, has_han, steady};

/// Longest wait for anything that has to happen: far above what it should
/// take, so a busy machine does not fail a test. No test measures speed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Header of the questions-and-answers table (`docs/corpus.md`).
pub const CSV_HEADER: &str = "编号,标准问,相似问,反例问,答案,话术,分类,区域,部门,关键词,内部备注,依据,条款,文号,发文机关,发布日期,施行日期,失效日期,复核日期";

/// Commands that have no use for the index folder.
const WITHOUT_INDEX: [&str; 7] = ["cut", "export", "backup", "restore", "stats", "journal", "warnings"];

/// A FAQ as a line of JSONL.
pub fn faq(id: &str, title: &str, body: &str) -> Value {
    json!({ "id": id, "kind": "faq", "title": title, "body": body })
}

/// Sets more fields of an entry.
pub fn with(mut entry: Value, more: Value) -> Value {
    for (field, value) in more.as_object().expect("fields") {
        entry[field] = value.clone();
    }
    entry
}

/// Every character but letters and digits percent-encoded, as for a part of an address.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Asks again until there is an answer; panics when patience is at its end.
pub fn until<T>(patience: Duration, wanted: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "not seen within {patience:?}: {wanted}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A corpus and an index in a temporary folder.
pub struct World {
    folder: Arc<TempDir>,
}

impl World {
    pub fn new() -> World {
        let world = World { folder: Arc::new(tempfile::tempdir().expect("a temporary folder")) };
        fs::create_dir(world.corpus()).expect("a corpus folder");
        world
    }

    /// A world whose corpus holds these entries.
    pub fn of(entries: impl IntoIterator<Item = Value>) -> World {
        let world = World::new();
        world.entries("corpus/entries.jsonl", entries);
        world
    }

    /// Another world with the same files.
    pub fn copied(&self) -> World {
        let copy = World { folder: Arc::new(tempfile::tempdir().expect("a temporary folder")) };
        for item in walkdir::WalkDir::new(self.folder.path()).min_depth(1) {
            let item = item.expect("an item");
            let to = copy.folder.path().join(item.path().strip_prefix(self.folder.path()).expect("below"));
            if item.file_type().is_dir() {
                fs::create_dir(to).expect("a folder");
            } else {
                fs::copy(item.path(), to).expect("a copy");
            }
        }
        copy
    }

    /// Writes entries as JSONL below the world's folder.
    pub fn entries(&self, relative: &str, entries: impl IntoIterator<Item = Value>) -> PathBuf {
        self.file(relative, entries.into_iter().map(|entry| format!("{entry}\n")).collect::<String>())
    }

    /// Writes a file below the world's folder.
    pub fn file(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn corpus(&self) -> PathBuf {
        self.path("corpus")
    }

    pub fn index(&self) -> PathBuf {
        self.path("index")
    }

    /// The binary with this world's folders; `check` has no use for them.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jida"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        if arguments.first().is_some_and(|name| WITHOUT_INDEX.contains(name)) {
            command.args(["--corpus", "corpus"]);
        } else if arguments.first() != Some(&"check") && !arguments.contains(&"--help") {
            command.args(["--corpus", "corpus", "--index", "index"]);
        }
        command
    }

    /// Runs a command to its end.
    pub fn jida(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("the binary runs");
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs a command that has to end well.
    pub fn jida_ok(&self, arguments: &[&str]) -> Said {
        let said = self.jida(arguments);
        assert_eq!(said.code, Some(0), "jida {arguments:?}: {}", said.err);
        said
    }

    /// `jida search --json`, its hits checked.
    pub fn search(&self, question: &str) -> Found {
        let said = self.jida_ok(&["search", question, "--json", "--limit", "100"]);
        Found::checked(serde_json::from_str(&said.out).expect("JSON"))
    }

    /// A new key with a role; `more` are further arguments.
    pub fn key(&self, role: &str, more: &[&str]) -> String {
        let arguments = ["key", "create", "--role", role, "--name", role];
        let said = self.jida_ok(&[&arguments, more].concat());
        said.out.split_whitespace().last().expect("a key").to_owned()
    }

    /// Starts a server on a port of its own and waits until it is ready.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same with further arguments.
    pub fn serve_with(&self, more: &[&str]) -> Server {
        let log = self.path(&format!("serve-{:?}.log", Instant::now()).replace([' ', '{', '}'], ""));
        let mut child = self
            .command(&[&["serve", "--listen", "127.0.0.1:0"], more].concat())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).expect("a log"))
            .spawn()
            .expect("the server starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its first line");
        let address = line
            .strip_prefix("即答已就绪：")
            .and_then(|rest| rest.split('（').next())
            .unwrap_or_else(|| panic!("first line {line:?}, log: {}", text_of(&log)))
            .to_owned();
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let server = Server {
            child,
            stdout,
            _folder: Arc::clone(&self.folder),
            address,
            log,
            agent: config.build().into(),
        };
        until(PATIENCE, "/readyz is 200", || (server.get("/readyz").status == 200).then_some(()));
        server
    }
}

/// One question put to a server that holds just these entries.
pub fn ask(entries: impl IntoIterator<Item = Value>, question: &str) -> Found {
    World::of(entries).serve().search(&[("q", question)])
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A running server; it ends when this is dropped.
pub struct Server {
    child: Child,
    /// Held open: a server whose output is closed would fail at its next line.
    stdout: BufReader<ChildStdout>,
    /// The world's folder lives as long as the server.
    _folder: Arc<TempDir>,
    pub address: String,
    log: PathBuf,
    agent: ureq::Agent,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub fn get(&self, path: &str) -> Reply {
        Reply::of(self.agent.get(format!("{}{path}", self.address)).call())
    }

    /// `GET` with parameters, encoded here.
    pub fn get_with(&self, path: &str, parameters: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.get(&format!("{path}?{}", pairs.join("&")))
    }

    pub fn post(&self, path: &str, content_type: &str, body: &str) -> Reply {
        Reply::of(self.send(path, content_type, body))
    }

    /// The same for a body that the server refuses before it has read it: the
    /// connection may be closed before the answer is read, so it is sent again.
    pub fn post_refused_early(&self, path: &str, content_type: &str, body: &str) -> Reply {
        until(PATIENCE, "an answer to a refused body", || {
            self.send(path, content_type, body).ok().map(|response| Reply::of(Ok(response)))
        })
    }

    fn send(&self, path: &str, content_type: &str, body: &str) -> Answered {
        let request = self.agent.post(format!("{}{path}", self.address));
        request.header("content-type", content_type).send(body)
    }

    /// Any method with any headers; `key` goes into `Authorization`.
    pub fn call(&self, method: &str, path: &str, key: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).expect("a request");
        // A kept connection may be closed by the time it is used again; what
        // never reached the server is sent once more, as browsers do.
        match self.agent.run(request.clone()) {
            Err(ureq::Error::Io(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Reply::of(self.agent.run(request))
            }
            answered => Reply::of(answered),
        }
    }

    /// `GET` with a key.
    pub fn get_as(&self, key: &str, path: &str) -> Reply {
        self.call("GET", path, key, &[], "")
    }

    /// Writes against a version (`PUT`, `PATCH` of an entry).
    pub fn write(&self, method: &str, key: &str, id: &str, version: u64, body: &Value) -> Reply {
        let tag = format!("\"{version}\"");
        let path = format!("/v1/entries/{}", encoded(id));
        self.call(method, &path, key, &[("if-match", &tag)], &body.to_string())
    }

    pub fn delete(&self, path: &str) -> Reply {
        Reply::of(self.agent.delete(format!("{}{path}", self.address)).call())
    }

    /// `GET /v1/search`, its hits checked.
    pub fn search(&self, parameters: &[(&str, &str)]) -> Found {
        Found::checked(self.get_with("/v1/search", parameters).good())
    }

    /// `POST /v1/answer`
    pub fn answer(&self, question: &str) -> Value {
        let body = json!({ "question": question }).to_string();
        self.post("/v1/answer", "application/json", &body).good()
    }

    pub fn entry(&self, id: &str) -> Reply {
        self.get(&format!("/v1/entries/{}", encoded(id)))
    }

    pub fn stats(&self) -> Value {
        self.get("/v1/stats/library").good()
    }

    /// What it said at its start, up to the line on what to try.
    pub fn said(mut self) -> String {
        let mut said = String::new();
        while !said.contains("试一试") {
            assert!(self.stdout.read_line(&mut said).expect("a line") > 0, "{said}");
        }
        said
    }

    /// Asks it to stop as an operator does (SIGTERM) and waits for its exit code.
    pub fn told_to_stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        until(PATIENCE, "the server's end", || self.child.try_wait().expect("a state")).code()
    }

    /// What the server wrote to its log so far.
    pub fn log(&self) -> String {
        text_of(&self.log)
    }
}

fn text_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
