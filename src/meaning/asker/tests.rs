use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use super::*;
use crate::meaning::Settings;

/// A thread with a name.
fn named<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).unwrap()
}

/// An endpoint that answers as it is told to, until it is dropped.
struct Misbehaving {
    address: String,
    asked: mpsc::Receiver<()>,
}

impl Misbehaving {
    /// `answer` writes the reply to a request that was read.
    fn new(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Misbehaving {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = mpsc::channel();
        let answer = Arc::new(answer);
        named("endpoint", move || {
            for stream in listener.incoming().flatten() {
                if tell.send(()).is_err() {
                    return;
                }
                let answer = Arc::clone(&answer);
                named("connection", move || {
                    read_request(&stream);
                    answer(&mut { stream });
                });
            }
        });
        Misbehaving { address, asked }
    }

    /// Answers every request with a body.
    fn saying(body: &str) -> Misbehaving {
        let body = body.to_owned();
        Misbehaving::new(move |stream| say(stream, "200 OK", &body))
    }

    fn times_asked(&self) -> usize {
        self.asked.try_iter().count()
    }
}

fn read_request(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let _ = reader.read_exact(&mut vec![0; length]);
}

fn say(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
}

/// An asker and what it heard of itself.
fn asker(address: &str, more: &str) -> (Arc<Asker>, Arc<Mutex<Vec<Outcome>>>) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("[embeddings]\nurl = '{address}'\nmodel = 'm'\n{more}");
    std::fs::write(folder.path().join("jida.toml"), file).unwrap();
    let endpoint = Endpoint::new(Settings::read(folder.path()).unwrap().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let asker = Asker::new(endpoint, move |outcome, _| hears.lock().unwrap().push(outcome));
    (Arc::new(asker), heard)
}

const TWO: &str = r#"{"data":[{"index":0,"embedding":[1,2]}]}"#;
const PATIENTLY: &str = "budget_ms = 10000";

#[test]
fn a_question_is_asked_once() {
    let endpoint = Misbehaving::saying(TWO);
    let (asker, heard) = asker(&endpoint.address, PATIENTLY);
    let vector = asker.question("社保怎么补缴").unwrap();
    assert_eq!(*vector, Vector::of(&[1.0, 2.0]).unwrap());
    assert_eq!(asker.question(" 社保怎么补缴 "), Some(vector));
    assert_eq!(asker.question("  "), None);
    assert_eq!(*heard.lock().unwrap(), [Outcome::Answered, Outcome::Cached]);
    assert_eq!(endpoint.times_asked(), 1);
}

#[test]
fn whatever_is_wrong_is_no_vector_and_has_a_name() {
    let three = r#"{"data":[{"embedding":[1,2,3]}]}"#;
    let bodies = [
        ("{\"data\":", Outcome::Garbage),
        ("<html>Bad gateway</html>", Outcome::Garbage),
        (r#"{"data":[{"embedding":[null,1]}]}"#, Outcome::Garbage),
        (r#"{"data":[{"embedding":["NaN",1]}]}"#, Outcome::Garbage),
        (r#"{"data":[{"embedding":[0,0]}]}"#, Outcome::Garbage),
        (r#"{"data":[]}"#, Outcome::Garbage),
        (r#"{"data":[{"embedding":[1,2]},{"embedding":[1,2]}]}"#, Outcome::Garbage),
        (three, Outcome::Dimension),
    ];
    for (body, outcome) in bodies {
        let endpoint = Misbehaving::saying(body);
        let (asker, heard) = asker(&endpoint.address, PATIENTLY);
        asker.endpoint().expect_dimension(2);
        assert_eq!(asker.question("社保"), None, "{body}");
        assert_eq!(*heard.lock().unwrap(), [outcome], "{body}");
    }
}

#[test]
fn a_reply_without_end_is_not_read_to_its_end() {
    let endpoint = Misbehaving::new(|stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let piece = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while stream.write_all(piece.as_bytes()).is_ok() {}
    });
    let (asker, heard) = asker(&endpoint.address, PATIENTLY);
    assert_eq!(asker.question("社保"), None);
    assert_eq!(*heard.lock().unwrap(), [Outcome::Garbage]);
}

#[test]
fn a_refusal_a_closed_door_and_a_dropped_line_are_told_apart() {
    let refusing = Misbehaving::new(|stream| say(stream, "503 Busy", r#"{"error":"busy"}"#));
    let dropping = Misbehaving::new(|_| {});
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addresses = [
        (refusing.address.clone(), Outcome::Refused),
        (dropping.address.clone(), Outcome::Unreachable),
        (format!("http://{closed}"), Outcome::Unreachable),
    ];
    for (address, outcome) in addresses {
        let (asker, heard) = asker(&address, PATIENTLY);
        assert_eq!(asker.question("社保"), None);
        assert_eq!(*heard.lock().unwrap(), [outcome], "{address}");
    }
}

#[test]
fn a_slow_endpoint_costs_the_budget_a_few_times_and_then_nothing() {
    let endpoint = Misbehaving::new(|stream| {
        std::thread::sleep(Duration::from_secs(20));
        say(stream, "200 OK", TWO);
    });
    let (asker, heard) = asker(&endpoint.address, "budget_ms = 20");
    for question in ["一", "二", "三", "四", "五"] {
        assert_eq!(asker.question(question), None);
    }
    let late_then_resting = [Outcome::Late, Outcome::Late, Outcome::Late, Outcome::Resting, Outcome::Resting];
    assert_eq!(*heard.lock().unwrap(), late_then_resting);
    assert_eq!(endpoint.times_asked(), 3);
    assert!(asker.is_resting());
}

#[test]
fn no_more_questions_are_sent_than_the_endpoint_takes_at_once() {
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let endpoint = Misbehaving::new(move |stream| {
        let _ = released.lock().unwrap().recv();
        say(stream, "200 OK", TWO);
    });
    let (asker, heard) = asker(&endpoint.address, "budget_ms = 10000\nat_once = 1");
    let first = named("first", {
        let asker = Arc::clone(&asker);
        move || asker.question("一")
    });
    endpoint.asked.recv().unwrap();
    assert_eq!(asker.question("二"), None);
    assert_eq!(*heard.lock().unwrap(), [Outcome::Busy]);
    drop(release);
    assert!(first.join().unwrap().is_some());
    assert!(asker.question("二").is_some(), "the place is free again");
}

#[test]
fn after_its_rest_one_question_tries_the_endpoint() {
    let breaker = Breaker::new();
    for _ in 0..PATIENT_FOR {
        assert!(breaker.lets_through());
        breaker.failed();
    }
    assert!(breaker.is_open() && !breaker.lets_through());
    let rested = || breaker.open_until_ms.store(1, Ordering::Release);
    std::thread::sleep(Duration::from_millis(2));
    rested();
    assert!(breaker.lets_through(), "one tries");
    assert!(!breaker.lets_through(), "and only one");
    breaker.failed();
    assert!(!breaker.lets_through(), "it rests again");
    rested();
    assert!(breaker.lets_through());
    breaker.worked();
    assert!(!breaker.is_open() && breaker.lets_through() && breaker.lets_through());
}
