//! Following another platform's library: asks it for its changes, checks them
//! and takes them in, batch by batch. A cut anywhere costs nothing: it goes on
//! from the last change taken in.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read};
use std::time::Duration;

use serde::Deserialize;
use ureq::http::StatusCode;
use ureq::tls::{RootCerts, TlsConfig};

use crate::entry::{self, Entry, Finding, Status};
use crate::library::{Followed, Library, LibraryError, LoadingReport, Mark, TakenIn};

/// Changes taken in at once.
const BATCH: usize = 1_000;
/// Changes asked for at once: a reply ends within minutes on a slow line.
const ASKED: usize = 5_000;
/// Longest line: an entry is at most a few megabytes.
const MAX_LINE_BYTES: u64 = 32 << 20;
const MAX_PROBLEM_BYTES: u64 = 64 << 10;
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
const REPLY_PATIENCE: Duration = Duration::from_secs(600);

/// Why following stopped.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Tried again, it goes on where it was.
    #[error("与 {url} 的连接断了：{reason}；已收到的都留着，再运行会从断处接着来")]
    Cut { url: String, reason: String },
    #[error("{url} 不答应：{reason}")]
    Refused { url: String, reason: String },
    #[error(
        "{url} 接不上本地收到的第 {seq} 号变更：它从备份恢复过，或换了一个知识库。请加 --from-start 从头核对；本地改过的不会被覆盖"
    )]
    HistoryChanged { url: String, seq: u64 },
    #[error("{url} 的回答不是即答的变更（第 {line} 行：{reason}）；请核对地址，或先升级本地的即答")]
    Unreadable { url: String, line: usize, reason: String },
    #[error("另一个 jida follow 也在跟随 {url}")]
    Raced { url: String },
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Another platform.
pub struct Upstream {
    url: String,
    origin: String,
    key: Option<String>,
    agent: ureq::Agent,
}

/// Whether to go on from the last change taken in or to read everything anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    LastChange,
    Start,
}

/// What a round took in.
#[derive(Debug, Default)]
pub struct Round {
    /// Changes received.
    pub received: u64,
    pub report: LoadingReport,
    pub conflicts: Vec<String>,
    /// Entries that break a rule here and were not taken in.
    pub findings: Vec<Finding>,
}

/// A change with its entry, or the end of a reply.
#[derive(Deserialize)]
struct Line {
    #[serde(alias = "end")]
    mark: String,
    entry: Option<Entry>,
    /// Of the last line: whether there is more to ask for.
    more: Option<bool>,
}

#[derive(Deserialize)]
struct ProblemLine {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    code: String,
}

impl Upstream {
    /// A platform at an address such as `https://kb.example.com`.
    pub fn new(url: &str, key: Option<String>) -> Upstream {
        let url = url.trim_end_matches('/').to_owned();
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A key is for this address and no other.
            .max_redirects(0)
            .tls_config(tls)
            .timeout_connect(Some(CONNECT_PATIENCE))
            .timeout_recv_response(Some(ANSWER_PATIENCE))
            .timeout_recv_body(Some(REPLY_PATIENCE));
        Upstream { origin: format!("follow:{url}"), url, key, agent: config.build().into() }
    }

    /// Takes in everything there is now. `tell` hears how many changes came so
    /// far, after each batch.
    pub fn follow(
        &self,
        library: &mut Library,
        from: From,
        mut tell: impl FnMut(u64),
    ) -> Result<Round, FollowError> {
        if from == From::Start {
            library.follow_from_start(&self.origin)?;
        }
        let mut round = Round::default();
        let mut seen = (from == From::Start).then(HashSet::new);
        let mut tries = 0;
        loop {
            let before = round.received;
            match self.ask(library, &mut round, seen.as_mut(), &mut tell) {
                Ok(true) => {}
                Ok(false) => break,
                // A long way is walked through many cuts as long as it goes on.
                Err(FollowError::Cut { .. }) if round.received > before => tries = 0,
                Err(error @ FollowError::Cut { .. }) => {
                    tries += 1;
                    if tries == 3 {
                        return Err(error);
                    }
                    std::thread::sleep(Duration::from_millis(300) * tries);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(seen) = seen {
            let gone = library.retire_unseen(&self.origin, &seen)?;
            round.report.retired += gone.retired;
            round.report.conflicts += gone.conflicts;
        }
        Ok(round)
    }

    /// One request; whether there is more to ask for.
    fn ask(
        &self,
        library: &mut Library,
        round: &mut Round,
        seen: Option<&mut HashSet<String>>,
        tell: &mut impl FnMut(u64),
    ) -> Result<bool, FollowError> {
        let since = library.followed_to(&self.origin)?;
        let mut request = self.agent.get(format!("{}/v1/changes?since={since}&limit={ASKED}", self.url));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut response = request.call().map_err(|error| self.cut(&error))?;
        if response.status() != StatusCode::OK {
            let status = response.status();
            let reader = response.body_mut().as_reader().take(MAX_PROBLEM_BYTES);
            return Err(self.refused(status, reader, &since));
        }
        let lines = BufReader::with_capacity(256 * 1024, response.into_body().into_reader());
        let mut receiving = Receiving { upstream: self, library, round, seen, since, tell };
        receiving.receive(lines)
    }

    fn cut(&self, error: &dyn std::error::Error) -> FollowError {
        FollowError::Cut { url: self.url.clone(), reason: error.to_string() }
    }

    fn refused(&self, status: StatusCode, mut body: impl Read, since: &Mark) -> FollowError {
        let url = self.url.clone();
        let mut text = String::new();
        let read = body.read_to_string(&mut text);
        let problem: Option<ProblemLine> = serde_json::from_str(&text).ok();
        match (problem, read) {
            (Some(problem), _) if problem.code == "history_changed" => {
                FollowError::HistoryChanged { url, seq: since.seq }
            }
            // Busy or not ready yet: it is tried again.
            (Some(problem), _) if status == StatusCode::SERVICE_UNAVAILABLE => {
                FollowError::Cut { url, reason: problem.detail }
            }
            (Some(problem), _) if !problem.title.is_empty() => {
                FollowError::Refused { url, reason: format!("{}：{}", problem.title, problem.detail) }
            }
            (_, Err(error)) => self.cut(&error),
            _ if status.is_server_error() => FollowError::Cut { url, reason: format!("HTTP {status}") },
            _ => FollowError::Refused { url, reason: format!("HTTP {status}，请核对地址") },
        }
    }
}

/// A reply being read.
struct Receiving<'a, T: FnMut(u64)> {
    upstream: &'a Upstream,
    library: &'a mut Library,
    round: &'a mut Round,
    seen: Option<&'a mut HashSet<String>>,
    since: Mark,
    tell: &'a mut T,
}

impl<T: FnMut(u64)> Receiving<'_, T> {
    fn receive(&mut self, mut lines: impl BufRead) -> Result<bool, FollowError> {
        let mut batch = Vec::new();
        let mut last = self.since.clone();
        for number in 1.. {
            let line = match read_line(&mut lines) {
                Ok(Some(line)) => line,
                // Whole lines count, also of a reply that was cut.
                cut => {
                    self.take_in(&mut batch, last)?;
                    let reason = cut.err().map_or_else(|| "没有传完".to_owned(), |error| error.to_string());
                    return Err(FollowError::Cut { url: self.upstream.url.clone(), reason });
                }
            };
            let unreadable = |reason: String| FollowError::Unreadable {
                url: self.upstream.url.clone(),
                line: number,
                reason,
            };
            let line: Line = serde_json::from_slice(&line).map_err(|error| unreadable(error.to_string()))?;
            last = line.mark.parse().map_err(|_| unreadable(format!("mark 是“{}”", line.mark)))?;
            match (line.entry, line.more) {
                (Some(entry), _) => batch.push(entry),
                (None, Some(more)) => {
                    self.take_in(&mut batch, last)?;
                    return Ok(more);
                }
                (None, None) => return Err(unreadable("没有条目".to_owned())),
            }
            if batch.len() == BATCH {
                self.take_in(&mut batch, last.clone())?;
            }
        }
        Ok(false)
    }

    /// Applies a batch that goes up to a change, and remembers that change.
    fn take_in(&mut self, batch: &mut Vec<Entry>, until: Mark) -> Result<(), FollowError> {
        if until == self.since {
            return Ok(());
        }
        let received = batch.len() as u64;
        if let Some(seen) = &mut self.seen {
            seen.extend(batch.iter().map(|entry| entry.id.clone()));
        }
        let entries: Vec<Entry> = batch.drain(..).filter(|entry| self.is_good(entry)).collect();
        let origin = &self.upstream.origin;
        let followed = Followed { origin, since: &self.since, until: &until, entries: &entries };
        let raced = || FollowError::Raced { url: self.upstream.url.clone() };
        let TakenIn { report, conflicts } = self.library.take_in(&followed)?.ok_or_else(raced)?;
        let sums = &mut self.round.report;
        sums.added += report.added;
        sums.changed += report.changed;
        sums.unchanged += report.unchanged;
        sums.retired += report.retired;
        sums.conflicts += report.conflicts;
        self.round.conflicts.extend(conflicts);
        self.round.received += received;
        self.since = until;
        (self.tell)(self.round.received);
        Ok(())
    }

    /// Whether an entry keeps the rules here; what is wrong is put down.
    fn is_good(&mut self, entry: &Entry) -> bool {
        let mut findings: Vec<Finding> = entry::check(entry).into_iter().filter(Finding::is_error).collect();
        if !matches!(entry.status, Status::Published | Status::Retired) {
            findings.push(Finding::error("status_unpublished", "status", "还没发布的条目不收"));
        }
        let is_good = findings.is_empty();
        let place = format!("{} {}", self.upstream.url, entry.id);
        self.round.findings.extend(findings.into_iter().map(|finding| finding.at(&place, 0)));
        is_good
    }
}

/// The next whole line; none at the end, also where the last line is cut off.
fn read_line(lines: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    lines.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    if line.len() as u64 == MAX_LINE_BYTES {
        return Err(io::Error::other("有一行太长"));
    }
    Ok(line.ends_with(b"\n").then_some(line))
}
