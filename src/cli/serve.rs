//! `jida serve`: fills the library on the first start, brings the index up to
//! date, serves until told to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::store::Store;
use super::{CliError, Folders};
use crate::access::{Key, Role};
use crate::handing::{self, Hooks};
use crate::journal::Journal;
use crate::library::Library;
use crate::meaning::{Endpoint, Settings};
use crate::server::{self, App, Held, OpenReads};
use crate::watching::{self, Told};
use crate::webhook::Hook;

#[derive(Args)]
pub(super) struct Serve {
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1:8890", value_name = "地址:端口")]
    listen: String,
    /// 本机的程序查询也要密钥（默认：本机查询不用密钥，别的机器要）
    #[arg(long)]
    require_key: bool,
    /// 不记日志：查询、结果和反馈都不写下（即时答复率也就算不出）
    #[arg(long)]
    no_journal: bool,
    #[command(flatten)]
    folders: Folders,
}

impl Serve {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let filter =
            EnvFilter::try_from_env("JIDA_LOG").unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn"));
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.serve())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(self) -> Result<(), CliError> {
        // What is configured wrongly is said before anything is begun.
        let settings = Settings::read(&self.folders.corpus)?;
        let hooks = Hooks {
            dispatch: Hook::read(&self.folders.corpus, "dispatch")?,
            warnings: Hook::read(&self.folders.corpus, "warnings")?,
        };
        let listener = TcpListener::bind(&self.listen)
            .await
            .map_err(|source| CliError::Listen { address: self.listen.clone(), source })?;
        let address = listener.local_addr()?;
        let open_reads = if self.require_key { OpenReads::Nobody } else { OpenReads::Loopback };
        let journal = Journal::new(&self.folders.corpus, !self.no_journal);
        if hooks.dispatch.is_some() {
            journal.hand_over();
        }
        let app = App::new(self.folders.corpus.clone(), open_reads, journal);
        if let Some(settings) = settings {
            app.ask_for_vectors(Endpoint::new(settings));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (failed, failure) = tokio::sync::oneshot::channel();
        let indexing = std::thread::Builder::new().name("index".to_owned()).spawn({
            let (app, stop, folders) = (Arc::clone(&app), Arc::clone(&stop), self.folders.clone());
            move || {
                if let Err(error) = index_and_follow(&app, &folders, open_reads, &stop, address) {
                    let _ = failed.send(error);
                }
            }
        })?;
        let upkeep = std::thread::Builder::new().name("upkeep".to_owned()).spawn({
            let (app, stop, mut library) =
                (Arc::clone(&app), Arc::clone(&stop), Library::open(&self.folders.corpus)?);
            move || server::keep_up(&app, &mut library, &stop)
        })?;
        let embedding = std::thread::Builder::new().name("embedding".to_owned()).spawn({
            let (app, stop, mut library) =
                (Arc::clone(&app), Arc::clone(&stop), Library::open(&self.folders.corpus)?);
            move || server::keep_embedded(&app, &mut library, &stop)
        })?;
        let learning = std::thread::Builder::new().name("learning".to_owned()).spawn({
            let (app, stop, mut library) =
                (Arc::clone(&app), Arc::clone(&stop), Library::open(&self.folders.corpus)?);
            let corpus = self.folders.corpus.clone();
            move || server::keep_learning(&app, &mut library, &corpus, &stop)
        })?;
        let told = if hooks.warnings.is_some() { Told::ToHook } else { Told::ToNobody };
        let watching = std::thread::Builder::new().name("watching".to_owned()).spawn({
            let (app, stop, corpus) = (Arc::clone(&app), Arc::clone(&stop), self.folders.corpus.clone());
            move || watching::keep_watching(&app.journal, &corpus, told, &stop)
        })?;
        let handing = std::thread::Builder::new().name("handing".to_owned()).spawn({
            let (app, stop, library) =
                (Arc::clone(&app), Arc::clone(&stop), Library::open(&self.folders.corpus)?);
            move || handing::keep_handing(&hooks, &app.journal, &library, &stop)
        })?;
        let gathering = std::thread::Builder::new().name("gaps".to_owned()).spawn({
            let (app, stop, mut library) =
                (Arc::clone(&app), Arc::clone(&stop), Library::open(&self.folders.corpus)?);
            move || server::keep_gathered(&app, &mut library, &stop)
        })?;
        let (kept, written) = (Arc::clone(&app), Arc::new(AtomicBool::new(false)));
        let journal = std::thread::Builder::new().name("journal".to_owned()).spawn({
            let written = Arc::clone(&written);
            move || kept.journal.keep(&written)
        })?;
        let serving = server::run(listener, app, stop_signal());
        let ended = tokio::select! {
            () = serving => Ok(()),
            Ok(error) = failure => Err(error),
        };
        stop.store(true, Ordering::Relaxed);
        if upkeep.join().is_err() {
            eprintln!("维护线程异常结束");
        }
        // After the last request: what it said is still written.
        written.store(true, Ordering::Relaxed);
        if journal.join().is_err() {
            eprintln!("日志线程异常结束");
        }
        if learning.join().is_err() {
            eprintln!("学习线程异常结束");
        }
        if gathering.join().is_err() {
            eprintln!("缺口线程异常结束");
        }
        if embedding.join().is_err() {
            eprintln!("向量线程异常结束");
        }
        if watching.join().is_err() {
            eprintln!("预警线程异常结束");
        }
        if handing.join().is_err() {
            eprintln!("转交线程异常结束");
        }
        if indexing.join().is_err() {
            eprintln!("索引线程异常结束");
        }
        ended
    }
}

fn index_and_follow(
    app: &Arc<App>,
    folders: &Folders,
    open_reads: OpenReads,
    stop: &AtomicBool,
    address: std::net::SocketAddr,
) -> Result<(), CliError> {
    let mut store = Store::open(folders)?;
    store.fill_if_empty()?;
    app.expect_vectors_of(&store.library)?;
    let generation = store.current()?;
    let remembered = store.remembered(&generation)?;
    let snapshot = remembered.snapshot_of(&generation)?;
    let entries = snapshot.entries();
    app.hold_indexer(Arc::clone(&store.indexer));
    app.hold_generation(generation.clone());
    app.publish(Arc::new(snapshot));
    println!("即答已就绪：http://{address}（{entries} 条）");
    println!("{}", who_may(&store.library, open_reads)?);
    println!("试一试：curl 'http://{address}/v1/search?q=公司拖欠工资怎么办&limit=3'");
    let (indexer, corpus) = (Arc::clone(&store.indexer), folders.corpus.clone());
    std::thread::scope(|scope| -> Result<(), CliError> {
        let jobs = std::thread::Builder::new().name("jobs".to_owned());
        jobs.spawn_scoped(scope, || server::carry_out_jobs(&indexer, &corpus, stop))?;
        server::follow(app, &store.library, &store.indexer, Held { generation, remembered }, stop);
        Ok(())
    })
}

/// Says plainly who gets in.
fn who_may(library: &Library, open_reads: OpenReads) -> Result<String, CliError> {
    let reads = match open_reads {
        OpenReads::Loopback => "本机查询不用密钥，别的机器要密钥",
        OpenReads::Nobody => "查询都要密钥",
    };
    let today = jiff::Zoned::now().date();
    let works = |key: &&Key| key.revoked_at.is_none() && key.expires_on.is_none_or(|last| last >= today);
    let keys = library.keys()?;
    let writers = keys.iter().filter(works).filter(|key| key.role >= Role::Editor).count();
    Ok(match writers {
        0 => format!("{reads}；还没有能修改的密钥，用 jida key create 建一个"),
        _ => format!("{reads}；能修改的密钥有 {writers} 个"),
    })
}

async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    let mut terminated = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminated) => terminated,
        Err(_) => return interrupted.await.unwrap_or(()),
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}
