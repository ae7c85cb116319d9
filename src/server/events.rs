//! `GET /v1/events`: what an open desk has to know without asking, as
//! server-sent events: the notices that count, and how far the library is.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde::Deserialize;
use serde_json::json;

use super::App;
use super::caller::Caller;
use super::curation::notices_view;
use super::problem::Problem;
use super::search::region;
use crate::entry::Region;

/// How often a desk's news are looked at: a notice shows within a second.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// For which region notices are told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventParameters {
    region: Option<String>,
}

/// Tells until the desk closes, or the server.
pub async fn events(
    State(app): State<Arc<App>>,
    _: Caller,
    parameters: Result<Query<EventParameters>, QueryRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("region", &error.body_text()))?;
    let told = Told { app, region: region(asked.region)?, notices: None, last_change: None };
    let stream = futures_util::stream::unfold(told, |told| async { told.next().await });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// What was told last.
struct Told {
    app: Arc<App>,
    region: Option<Region>,
    notices: Option<String>,
    last_change: Option<u64>,
}

impl Told {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Told)> {
        while !self.app.is_stopping() {
            let notices = json!({ "notices": notices_view(&self.app, self.region) }).to_string();
            if self.notices.as_ref() != Some(&notices) {
                let event = Event::default().event("notices").data(&notices);
                self.notices = Some(notices);
                return Some((Ok(event), self));
            }
            let last_change = self.app.snapshot.load().as_ref().map(|snapshot| snapshot.last_change);
            if self.last_change != last_change {
                self.last_change = last_change;
                let event =
                    Event::default().event("library").data(json!({ "last_change": last_change }).to_string());
                return Some((Ok(event), self));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        None
    }
}
