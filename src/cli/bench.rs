//! `jida bench`: the speed of searching, as ratios in one run: against a plain
//! OR of the same words in the engine, and over HTTP with four connections
//! against two threads in process.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::eval::read_labelled;
use super::store::Store;
use super::{CliError, Folders};
use crate::index::{Area, Snapshot};
use crate::journal::Journal;
use crate::search::{MAX_TYPED_CHARS, Question, Request, SuggestRequest, search, suggest};
use crate::server::{self, App, OpenReads};
use crate::text;

/// Connections of the HTTP measurement.
const CONNECTIONS: usize = 4;
/// Threads of the in-process measurement it is compared with.
const THREADS: usize = 2;
/// Questions whose first titles are typed out.
const TYPED_TITLES: usize = 300;

#[derive(Args)]
pub(super) struct Bench {
    /// 每行一个 JSON 对象，含 question 和 relevant
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 只用前 N 个问题
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: usize,
    #[command(flatten)]
    folders: Folders,
}

impl Bench {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut questions: Vec<String> =
            read_labelled(&self.file, "question")?.into_iter().map(|labelled| labelled.question).collect();
        questions.truncate(self.limit);
        let store = Store::open(&self.folders)?;
        let generation = store.current()?;
        // Opened twice: what the second time does not read is shared.
        let began = Instant::now();
        generation.snapshot()?;
        let first_ms = began.elapsed().as_secs_f64() * 1000.0;
        let remembered = store.remembered(&generation)?;
        let began = Instant::now();
        let snapshot = Arc::new(remembered.snapshot_of(&generation)?);
        println!("打开快照：第一次 {first_ms:.0} ms，以后 {:.0} ms", began.elapsed().as_secs_f64() * 1000.0);
        let questions = Arc::new(questions);
        let today = jiff::Zoned::now().date();
        // One round unmeasured, so that both sides find the files in memory.
        time(&questions, |question| search(&snapshot, &Request::new(question, today)).map(drop))?;
        let ours_ms =
            time(&questions, |question| search(&snapshot, &Request::new(question, today)).map(drop))?;
        let raw_ms = time_raw(&snapshot, &questions)?;
        println!("{} 条，{} 个问题", snapshot.entries(), questions.len());
        println!(
            "进程内查询：平均 {ours_ms:.2} ms；引擎裸 OR（标题+正文词）：平均 {raw_ms:.2} ms；比 {:.2}",
            ours_ms / raw_ms
        );
        println!("{}", typing_speed(&snapshot, &questions)?);
        let in_process = in_process_rate(&snapshot, &questions);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let http = runtime.block_on(http_rate(snapshot, &questions, self.folders.corpus.clone()))?;
        println!(
            "每秒：进程内 {THREADS} 线程 {in_process:.0}；HTTP {CONNECTIONS} 连接 {http:.0}；比 {:.2}",
            http / in_process
        );
        Ok(ExitCode::SUCCESS)
    }
}

fn time<E>(questions: &[String], mut ask: impl FnMut(&str) -> Result<(), E>) -> Result<f64, E> {
    let began = Instant::now();
    for question in questions {
        ask(question)?;
    }
    Ok(began.elapsed().as_secs_f64() * 1000.0 / questions.len().max(1) as f64)
}

/// Words of title and body, as a plain program around the engine would ask;
/// cutting is part of the time on both sides.
fn time_raw(snapshot: &Snapshot, questions: &[String]) -> Result<f64, CliError> {
    Ok(time(questions, |question| {
        let understood = Question::understand(snapshot.cutter(), question);
        let areas = [Area::BodyWords, Area::TitleWords];
        let terms: Vec<(Area, String)> = areas
            .iter()
            .flat_map(|&area| understood.terms.words.iter().map(move |word| (area, word.clone())))
            .collect();
        snapshot.raw_or(&terms).map(drop)
    })?)
}

/// The speed of suggesting, over every beginning of the titles that the
/// questions find first: typed in characters, in pinyin and by initials.
fn typing_speed(snapshot: &Snapshot, questions: &[String]) -> Result<String, CliError> {
    let as_of = jiff::Zoned::now().date();
    let mut titles = std::collections::BTreeSet::new();
    for question in questions.iter().take(TYPED_TITLES) {
        let found = search(snapshot, &Request { limit: 3, ..Request::new(question, as_of) })?;
        titles.extend(
            found
                .hits
                .into_iter()
                .map(|hit| hit.shown.entry)
                .map(|entry| entry.part.map_or(entry.title, |part| part.document_title)),
        );
    }
    let mut typed_ms = Vec::new();
    for title in &titles {
        for typed in [title.clone(), pinyin(title, usize::MAX), pinyin(title, 1)] {
            for end in typed.char_indices().map(|(at, sign)| at + sign.len_utf8()).take(MAX_TYPED_CHARS) {
                let request = SuggestRequest {
                    typed: &typed[..end],
                    region: None,
                    kind: None,
                    as_of,
                    within: None,
                    limit: 8,
                };
                let began = Instant::now();
                suggest(snapshot, &request)?;
                typed_ms.push(began.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    typed_ms.sort_by(f64::total_cmp);
    let at = |share: f64| typed_ms.get((typed_ms.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    Ok(format!(
        "联想：{} 个标题的 {} 个开头（汉字、拼音、首字母）：p50 {:.2} ms，p99 {:.2} ms，最长 {:.2} ms；占内存 {:.1} MB",
        titles.len(),
        typed_ms.len(),
        at(0.5),
        at(0.99),
        typed_ms.last().copied().unwrap_or(0.0),
        snapshot.typed_bytes() as f64 / 1e6
    ))
}

/// A title in pinyin, so many letters of each syllable.
fn pinyin(title: &str, letters: usize) -> String {
    let typed = |character: char| {
        let syllable = text::readings(character).first();
        syllable.map_or(character.to_string(), |syllable| syllable.letters().chars().take(letters).collect())
    };
    title.chars().map(typed).collect()
}

fn in_process_rate(snapshot: &Arc<Snapshot>, questions: &[String]) -> f64 {
    let next = AtomicUsize::new(0);
    let today = jiff::Zoned::now().date();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if search(snapshot, &Request::new(question, today)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    questions.len() as f64 / began.elapsed().as_secs_f64()
}

async fn http_rate(
    snapshot: Arc<Snapshot>,
    questions: &Arc<Vec<String>>,
    corpus: PathBuf,
) -> Result<f64, CliError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // The search's own rate: nothing is written down of these questions.
    let journal = Journal::new(&corpus, false);
    let app = App::new(corpus, OpenReads::Loopback, journal);
    app.publish(snapshot);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server::run(listener, app, async move {
        let _ = stopped.await;
    }));
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(client(address, Arc::clone(questions), Arc::clone(&next))))
        .collect();
    for client in clients {
        client.await.map_err(std::io::Error::other)??;
    }
    let rate = questions.len() as f64 / began.elapsed().as_secs_f64();
    let _ = stop.send(());
    serving.await.map_err(std::io::Error::other)?;
    Ok(rate)
}

async fn client(
    address: std::net::SocketAddr,
    questions: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut send, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
    let driving = tokio::spawn(connection);
    while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
        let encoded: String = question.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let request = hyper::Request::get(format!("/v1/search?q={encoded}"))
            .header("host", "127.0.0.1")
            .body(Empty::<Bytes>::new())
            .map_err(std::io::Error::other)?;
        let response = send.send_request(request).await.map_err(std::io::Error::other)?;
        if !response.status().is_success() {
            return Err(std::io::Error::other(format!("HTTP {}", response.status())));
        }
        response.into_body().collect().await.map_err(std::io::Error::other)?;
    }
    drop(send);
    let _ = driving.await;
    Ok(())
}
