//! What a server answered, checked for what every answer has to keep.

use std::io::Read;

use serde_json::{Value, json};

/// What came back over HTTP, or why nothing did.
pub type Answered = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// An answer over HTTP.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub request_id: String,
    pub text: String,
    headers: ureq::http::HeaderMap,
}

impl Reply {
    pub fn of(answered: Answered) -> Reply {
        let mut response = answered.expect("an answer");
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (content_type, request_id) = (header("content-type"), header("x-request-id"));
        let mut text = String::new();
        response.body_mut().as_reader().read_to_string(&mut text).expect("UTF-8");
        assert!(!request_id.is_empty(), "an answer without x-request-id: {text}");
        let headers = response.headers().clone();
        Reply { status: response.status().as_u16(), content_type, request_id, text, headers }
    }

    /// A header; empty where it is not there.
    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The body of an answer that has to be good.
    pub fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The body of a problem that has to be well formed.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.content_type, "application/problem+json");
        assert_eq!(body["type"], format!("/problems/{code}"));
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], *self.request_id);
        for field in ["title", "detail"] {
            assert!(has_han(body[field].as_str().unwrap_or_default()), "{field} is not Chinese: {body}");
        }
        body
    }
}

pub fn has_han(text: &str) -> bool {
    text.chars().any(|character| ('\u{4E00}'..='\u{9FFF}').contains(&character))
}

/// What differs from run to run, and the score, which every change of a weight
/// moves, replaced by their names (the certainty likewise).
pub fn steady(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                *field = match name.as_str() {
                    "search_id" | "took_ms" | "request_id" | "updated_at" | "score" | "confidence" => {
                        json!(format!("[{name}]"))
                    }
                    _ => steady(field.take()),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = steady(item.take())),
        _ => {}
    }
    value
}

/// Hits of a search that keep what every hit has to keep.
#[derive(Debug)]
pub struct Found(pub Value);

impl Found {
    /// Every hit says what it matched by; marks lie in their text, in order.
    pub fn checked(view: Value) -> Found {
        let found = Found(view);
        for hit in found.hits() {
            assert!(!hit["matched_by"].as_array().expect("a list").is_empty(), "by nothing: {hit}");
            assert!((0.0..=1.0).contains(&hit["confidence"].as_f64().expect("a number")), "{hit}");
            found.marked_in(hit, "title");
            found.marked_in(hit, "snippet");
        }
        found
    }

    pub fn hits(&self) -> &[Value] {
        self.0["hits"].as_array().expect("hits")
    }

    pub fn ids(&self) -> Vec<&str> {
        self.hits().iter().map(|hit| hit["id"].as_str().expect("an id")).collect()
    }

    /// The first hit.
    pub fn first(&self) -> &Value {
        self.hits().first().expect("a hit")
    }

    /// By what the first hit was found.
    pub fn matched_by(&self) -> Vec<&str> {
        self.first()["matched_by"].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
    }

    /// The marked pieces of the first hit's `title` or `snippet`.
    pub fn marked(&self, field: &str) -> Vec<String> {
        self.marked_in(self.first(), field)
    }

    fn marked_in(&self, hit: &Value, field: &str) -> Vec<String> {
        let text: Vec<char> = hit[field].as_str().expect("a text").chars().collect();
        let mut past = 0;
        let marks = hit["highlights"][field].as_array().expect("marks");
        marks
            .iter()
            .map(|mark| {
                let place = |end: &str| mark[end].as_u64().expect("an offset") as usize;
                let (start, end) = (place("start"), place("end"));
                assert!(past <= start && start < end && end <= text.len(), "marks outside: {hit}");
                past = end;
                text[start..end].iter().collect()
            })
            .collect()
    }
}
