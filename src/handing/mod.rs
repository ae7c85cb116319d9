//! Handing over: what the outbox holds goes to the hooks of the settings, from
//! a thread of its own beside the server. A message's body is made and kept
//! before it is sent first, so each attempt says the same under the same id.

mod draft;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::journal::{Due, HookName, Journal, JournalError};
use crate::library::{Library, LibraryError};
use crate::watching::{Listener, Telling};
use crate::webhook::{Hook, NotTaken};

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How long the outbox is left alone after it could not be read.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Messages sent between two looks.
const TOGETHER: usize = 20;

/// What can go wrong before a message is sent.
#[derive(Debug, thiserror::Error)]
pub enum HandingError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// The hooks of a corpus folder's settings.
#[derive(Default)]
pub struct Hooks {
    /// Takes drafts of tickets.
    pub dispatch: Option<Hook>,
    /// Takes warnings.
    pub warnings: Option<Hook>,
}

impl Hooks {
    fn all(&self) -> impl Iterator<Item = (HookName, &Hook)> {
        let named = [(HookName::Dispatch, &self.dispatch), (HookName::Warnings, &self.warnings)];
        named.into_iter().filter_map(|(name, hook)| Some((name, hook.as_ref()?)))
    }
}

/// Hands over until `stop` is set; blocks the thread it is given. What fails is
/// logged and tried again.
pub fn keep_handing(hooks: &Hooks, journal: &Journal, library: &Library, stop: &AtomicBool) {
    if hooks.all().next().is_none() || !journal.is_on() {
        return;
    }
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        for (name, hook) in hooks.all() {
            if Instant::now() < next {
                break;
            }
            if let Err(error) = hand(name, hook, journal, library, stop) {
                tracing::warn!(%error, hook = name.as_str(), "nothing was handed over, is tried again: {error}");
                next = Instant::now() + AFTER_FAILURE;
            }
        }
        std::thread::sleep(EVERY);
    }
}

fn hand(
    name: HookName,
    hook: &Hook,
    journal: &Journal,
    library: &Library,
    stop: &AtomicBool,
) -> Result<(), HandingError> {
    for due in journal.due(name, Timestamp::now(), TOGETHER)? {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        hand_one(name, hook, journal, library, &due)?;
    }
    Ok(())
}

fn hand_one(
    name: HookName,
    hook: &Hook,
    journal: &Journal,
    library: &Library,
    due: &Due,
) -> Result<(), HandingError> {
    let made = match &due.body {
        Some(_) => None,
        None => match body_of(name, journal, library, &due.subject)? {
            Some(body) => {
                journal.keep_body(&due.id, &body)?;
                Some(body)
            }
            None => {
                journal.was_not_taken(due, "日志里已经没有了", true, Timestamp::now())?;
                return Ok(());
            }
        },
    };
    let Some(body) = made.as_ref().or(due.body.as_ref()) else { return Ok(()) };
    let (id, attempt) = (due.id.as_str(), due.attempts + 1);
    match hook.send(id, body, Timestamp::now()) {
        Ok(answer) => {
            journal.was_taken(id, &ticket_in(&answer))?;
            tracing::info!(hook = name.as_str(), webhook.id = id, attempt, "message {id} was taken");
        }
        Err(reason) => {
            let is_final = reason == NotTaken::Gone;
            let next = journal.was_not_taken(due, &reason.to_string(), is_final, Timestamp::now())?;
            match next {
                Some(next) => tracing::warn!(
                    hook = name.as_str(), webhook.id = id, attempt, %reason,
                    "message {id} was not taken ({reason}), is sent again at {next}"
                ),
                None => tracing::error!(
                    hook = name.as_str(), webhook.id = id, attempt, %reason,
                    "message {id} was given up after {attempt} attempts: {reason}"
                ),
            }
        }
    }
    Ok(())
}

fn body_of(
    name: HookName,
    journal: &Journal,
    library: &Library,
    subject: &str,
) -> Result<Option<String>, HandingError> {
    let body = match name {
        HookName::Dispatch => {
            let Some(story) = journal.story(subject)? else { return Ok(None) };
            Some(draft::of(subject, &story, library)?)
        }
        HookName::Warnings => {
            let number = subject.parse().ok();
            let warned = number.map(|number| journal.warning(number)).transpose()?.flatten();
            let Some(warned) = warned else { return Ok(None) };
            // The receiver is trusted with what its own hotline was asked.
            let listener = Listener { reads_questions: true, may_read: &|_| true };
            let told = Telling::of(&warned, library, &listener)?;
            let at = warned.raised_at.to_string();
            Some(json!({ "type": "warning.raised", "timestamp": at, "data": told }))
        }
    };
    Ok(body.map(|body| body.to_string()))
}

/// The ticket's number in an answer: `ticket`, a text or a whole number.
fn ticket_in(answer: &Value) -> String {
    match &answer["ticket"] {
        Value::String(ticket) => ticket.clone(),
        Value::Number(ticket) => ticket.to_string(),
        _ => String::new(),
    }
}
