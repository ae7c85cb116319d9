//! A ticket's draft: what the department that takes a call over should know of
//! it. Texts are the journal's, masked; of entries only what is published.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::entry::{Region, Status};
use crate::journal::Story;
use crate::library::{Library, LibraryError};

/// Questions and entries of a draft; a call has a handful.
const MOST_QUESTIONS: usize = 20;
const MOST_ENTRIES: usize = 30;

/// The message about a dispatched call.
pub(super) fn of(call: &str, story: &Story, library: &Library) -> Result<Value, LibraryError> {
    let dispatched = story.words.iter().rev().find(|word| word.outcome == "dispatched");
    let at = dispatched.map_or_else(Timestamp::now, |word| word.at);
    let questions: Vec<Value> =
        story.questions.iter().rev().take(MOST_QUESTIONS).rev().map(question).collect();
    let notes: Vec<&str> =
        story.words.iter().map(|word| word.note.as_str()).filter(|note| !note.is_empty()).collect();
    Ok(json!({
        "type": "call.dispatched",
        "timestamp": at.to_string(),
        "data": {
            "call": call,
            "line": story.line,
            "seat": story.seat,
            "dispatched_at": at.to_string(),
            "department": story.department,
            "region": region(&story.region),
            "topic": story.topic,
            "question": story.questions.last().map(|question| question.text.as_str()),
            "questions": questions,
            "note": dispatched.map(|word| word.note.as_str()).filter(|note| !note.is_empty()),
            "notes": notes,
            "entries": entries(story, library)?,
            "satisfaction": (story.satisfaction > 0).then_some(story.satisfaction),
        }
    }))
}

fn question(question: &crate::journal::Question) -> Value {
    json!({
        "text": question.text,
        "asked_at": question.at.to_string(),
        // Nothing found, or refused by the answer API.
        "found": !question.shown.is_empty(),
        "answered": question.answered,
    })
}

/// The place with those above it: 辽宁省沈阳市和平区.
fn region(code: &str) -> Value {
    let Some(region) = Region::parse(code) else { return Value::Null };
    let above: Vec<&str> = region.above().into_iter().rev().map(|(_, name)| name).collect();
    json!({ "code": code, "name": region.name(), "above": above })
}

/// What was shown, the first places first, with what became of each: copied,
/// opened and left, or only shown.
fn entries(story: &Story, library: &Library) -> Result<Vec<Value>, LibraryError> {
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    for question in &story.questions {
        for (place, id) in (1..).zip(&question.shown) {
            let known = best.entry(id).or_insert(place);
            *known = place.min(*known);
        }
    }
    for id in story.words.iter().filter_map(|word| word.entry_id.as_deref()) {
        best.entry(id).or_insert(0);
    }
    let was = |id: &str, outcome: &str| {
        story.words.iter().any(|word| word.outcome == outcome && word.entry_id.as_deref() == Some(id))
    };
    let became = |id: &str| match () {
        () if was(id, "copied") || was(id, "answered") => "copied",
        () if was(id, "opened") => "opened",
        () => "shown",
    };
    let mut places: Vec<(&str, usize)> = best.into_iter().collect();
    // What was read comes before what only stood there.
    places.sort_by_key(|(id, place)| (became(id) == "shown", *place));
    places.truncate(MOST_ENTRIES);
    let mut entries = Vec::with_capacity(places.len());
    for (id, place) in places {
        let live = library.live_entry(id)?.filter(|live| live.entry.status == Status::Published);
        if let Some(live) = live {
            let shown_at = (place > 0).then_some(place);
            entries.push(json!({
                "id": id, "title": live.entry.title, "place": shown_at, "became": became(id),
            }));
        }
    }
    Ok(entries)
}
