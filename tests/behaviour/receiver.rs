//! Another program that is told: listens on a port of its own, answers as the
//! test says and keeps what came. It ends with the test.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

/// What messages are signed with in the tests.
pub const SECRET: &str = "a-secret-both-sides-know-0123456789";

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Message {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Message {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Whether the signature is the one of Standard Webhooks over what came.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let signed = format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.body);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let given = self.headers["webhook-signature"].strip_prefix("v1,").expect("version 1");
        hmac::verify(&key, signed.as_bytes(), &STANDARD.decode(given).expect("base64")).is_ok()
    }
}

#[derive(Default)]
struct Shared {
    came: Mutex<Vec<Message>>,
    /// Answers in their order: status and body; then the last one again.
    answers: Mutex<VecDeque<(u16, String)>>,
    is_over: AtomicBool,
}

/// The running program.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Answers these in their order, the last one for ever.
    pub fn answering(answers: &[(u16, &str)]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared::default());
        *shared.answers.lock().unwrap() =
            answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let named = std::thread::Builder::new().name("receiver".to_owned());
        let thread = named.spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming() {
                    if shared.is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    take(stream.expect("a connection"), &shared);
                }
            }
        });
        let thread = thread.expect("a thread");
        Receiver { address, shared, thread: Some(thread) }
    }

    /// Lines of `jida.toml` that make it the receiver of a section.
    pub fn settings(&self, section: &str) -> String {
        format!("[{section}]\nurl = 'http://{}/in'\nsecret = '{SECRET}'\n", self.address)
    }

    /// What came so far.
    pub fn came(&self) -> Vec<Message> {
        self.shared.came.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn take(mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    // A request line and headers, up to the empty line; a killed sender may say less.
    while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    if length == 0 || reader.read_exact(&mut body).is_err() {
        return;
    }
    shared.came.lock().unwrap().push(Message { headers, body: String::from_utf8(body).expect("UTF-8") });
    let (status, said) = {
        let mut answers = shared.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }.expect("an answer")
    };
    let length = said.len();
    let answer = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{said}"
    );
    let _ = stream.write_all(answer.as_bytes());
}
