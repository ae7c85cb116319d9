//! `jida bench`: the speed of searching, as ratios in one run: against a plain
//! OR of the same words in the engine, and over HTTP with four connections
//! against two threads in process.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    /// 只量记日志要多少：HTTP 查询，记与不记交替各若干轮
    #[arg(long, value_name = "轮数")]
    journal: Option<usize>,
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
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        if let Some(rounds) = self.journal {
            println!("{}", runtime.block_on(journal_cost(&snapshot, &questions, rounds))?);
            return Ok(ExitCode::SUCCESS);
        }
        let in_process = in_process_rate(&snapshot, &questions);
        // The search's own rate: nothing is written down of these questions.
        let corpus = self.folders.corpus;
        let journal = Journal::new(&corpus, false);
        let http = runtime.block_on(http_rate(snapshot, &questions, (corpus, journal)))?;
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
        let areas = [Area::BodyWords, Area::ArticleWords, Area::TitleWords];
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

/// Rounds with and without a journal by turns: what the machine does besides
/// slows both.
async fn journal_cost(
    snapshot: &Arc<Snapshot>,
    questions: &Arc<Vec<String>>,
    rounds: usize,
) -> Result<String, CliError> {
    let folder = std::env::temp_dir().join(format!("jida-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    for round in 0..rounds.max(1) {
        let rate = async |is_on| {
            let journal = Journal::new(&folder, is_on);
            http_rate(Arc::clone(snapshot), questions, (folder.clone(), journal)).await
        };
        // Whoever is second finds the machine warmer.
        let (on, off) = match round % 2 {
            0 => {
                let on = rate(true).await?;
                (on, rate(false).await?)
            }
            _ => {
                let off = rate(false).await?;
                (rate(true).await?, off)
            }
        };
        ratios.push(on / off);
        rates.push((on, off));
    }
    std::fs::remove_dir_all(&folder)?;
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let (on, off) = rates.into_iter().unzip();
    Ok(format!(
        "HTTP 每秒：记日志 {:.0}，不记 {:.0}；逐轮之比的中位数 {:.3}（{} 轮，最小 {:.3}，最大 {:.3}）",
        median(on),
        median(off),
        median(ratios.clone()),
        ratios.len(),
        ratios.iter().copied().fold(f64::INFINITY, f64::min),
        ratios.iter().copied().fold(0.0, f64::max)
    ))
}

async fn http_rate(
    snapshot: Arc<Snapshot>,
    questions: &Arc<Vec<String>>,
    (corpus, journal): (PathBuf, Journal),
) -> Result<f64, CliError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = App::new(corpus, OpenReads::Loopback, journal);
    app.publish(snapshot);
    let (written, kept) = (Arc::new(AtomicBool::new(false)), Arc::clone(&app));
    let writing = std::thread::Builder::new().name("journal".to_owned()).spawn({
        let written = Arc::clone(&written);
        move || kept.journal.keep(&written)
    })?;
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
    written.store(true, Ordering::Relaxed);
    writing.join().map_err(|_| std::io::Error::other("the journal's thread ended"))?;
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
