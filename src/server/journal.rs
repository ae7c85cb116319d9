//! `GET /v1/journal/export`: the journal as CSV or Parquet, sent while it is
//! read. For whoever answers for others' work; a key of some regions or
//! categories gets none, as rows are not cut to it.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::mpsc::{Sender, channel};

use super::App;
use super::caller::Caller;
use super::problem::{Code, Problem};
use super::search::today;
use super::stats::day;
use crate::access::Role;
use crate::journal::{ExportFormat, Exported};

/// Bytes that are sent together, and how many such pieces may wait.
const PIECE_BYTES: usize = 64 * 1024;
const MOST_WAITING: usize = 8;

/// Which rows, of which days, in which form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportParameters {
    table: Option<String>,
    format: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// Sends the rows of some days; without days all.
pub async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<ExportParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Reviewer)?;
    if caller.scope.limits_reading() {
        return Err(Problem::new(Code::Forbidden, "日志是全库的，限定了区域或分类的密钥不能导出"));
    }
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("format", &error.body_text()))?;
    let unknown = || Problem::field("table", "table 只能是 calls、searches 或 words");
    let table = Exported::parse(asked.table.as_deref().unwrap_or("calls")).ok_or_else(unknown)?;
    let name = asked.format.unwrap_or_else(|| "csv".to_owned());
    let format =
        ExportFormat::parse(&name).ok_or_else(|| Problem::field("format", "format 只能是 csv 或 parquet"))?;
    let from = asked.from.map(|text| day("from", &text)).transpose()?.unwrap_or(jiff::civil::Date::ZERO);
    let to = asked.to.map(|text| day("to", &text)).transpose()?.unwrap_or_else(today);
    let (sender, receiver) = channel::<io::Result<Bytes>>(MOST_WAITING);
    tokio::task::spawn_blocking(move || {
        let mut pieces = Pieces { sender, gathered: Vec::with_capacity(PIECE_BYTES) };
        let done =
            app.journal.export(table, format, (from, to), &mut pieces).map_err(|error| error.to_string());
        if let Err(error) = done.and_then(|_| pieces.flush().map_err(|error| error.to_string())) {
            tracing::warn!(%error, "the journal was not exported to its end: {error}");
            // Cut off: the caller sees that the file is not whole.
            let _ = pieces.sender.blocking_send(Err(io::Error::other("the export ended early")));
        }
    });
    let body = Body::from_stream(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    }));
    let kind = match format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Parquet => "application/vnd.apache.parquet",
    };
    let file = format!("attachment; filename=\"journal-{}.{name}\"", table.as_str());
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, file.as_str())], body).into_response())
}

/// Sends what is written, a piece at a time, as fast as it is taken.
struct Pieces {
    sender: Sender<io::Result<Bytes>>,
    gathered: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.gathered, Vec::with_capacity(PIECE_BYTES));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the caller is gone");
        self.sender.blocking_send(Ok(Bytes::from(piece))).map_err(gone)
    }
}
