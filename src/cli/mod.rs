//! The command line: a file per command.

mod backup;
mod bench;
mod check;
mod chinese;
mod conflicts;
mod cut;
mod embed;
mod eval;
mod export;
mod follow;
mod gaps;
mod gaps_labelled;
mod generations;
mod import;
mod journal;
mod key;
mod learn;
mod learn_by_meaning;
mod learn_journal;
mod learn_leaving_out;
mod learn_lessons;
mod memory;
mod planned;
mod reindex;
mod restore;
mod search;
mod serve;
mod stats;
mod store;
mod suggest;
mod synonyms;
mod warnings;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::adopting::AdoptingError;
use crate::asking::AskError;
use crate::embedding::EmbeddingError;
use crate::entry::Region;
use crate::exporting::ExportError;
use crate::figures::FiguresError;
use crate::following::FollowError;
use crate::gathering::GatheringError;
use crate::index::IndexError;
use crate::library::{BackupError, LibraryError};
use crate::loading::LoadingError;
use crate::reindexing::ReindexError;
use crate::settings::{SETTINGS_FILE, SettingsError};

/// 即答：政务热线知识库搜索服务
#[derive(Parser)]
#[command(name = "jida", version, about = "即答：政务热线知识库搜索服务", long_about = None)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动服务（第一次启动时从知识库文件夹装入条目并建索引）
    Serve(serve::Serve),
    /// 导入文件或文件夹：Excel、Word、网页、PDF、Markdown、CSV、JSONL、政务服务事项记录
    Import(import::Import),
    /// 查看和处理文件与在线修改的冲突
    Conflicts(conflicts::Conflicts),
    /// 建立、查看、停用密钥
    Key(key::Key),
    /// 收进知识库文件夹里的改动，重建索引
    Reindex(reindex::Reindex),
    /// 列出保留的索引代，回到以前的或放行待放行的一代
    Generations(generations::Generations),
    /// 在命令行里查一个问题
    Search(search::Search),
    /// 看正在输入的字会联想出什么
    Suggest(suggest::Suggest),
    /// 跟随上级平台的知识库，本地的条目和改动不动
    Follow(follow::Follow),
    /// 把条目导出成可以再导入的文件
    Export(export::Export),
    /// 把知识库备份成一个文件；服务不必停
    Backup(backup::Backup),
    /// 从备份恢复知识库
    Restore(restore::Restore),
    /// 只检查文件，不导入
    Check(check::Check),
    /// 看一段文字怎样切成词，用不用词典（dictionary.txt）各是怎样
    Cut(cut::Cut),
    /// 请向量服务给知识库的文字算向量，好按意思找；随时可停，再运行接着算
    Embed(embed::Embed),
    /// 按意思找出可能的同义词，供采编挑选
    Synonyms(synonyms::Synonyms),
    /// 用带标注的问题量命中率和用时
    Eval(eval::Eval),
    /// 从带标注的问题学排序权重，交叉验证
    Learn(learn::Learn),
    /// 看即时答复率等指标，与上期比，按线路、区域、主题、时段分
    Stats(stats::Stats),
    /// 看预警：什么问题突然多了，什么情况要马上注意
    Warnings(warnings::Warnings),
    /// 从日志归并没答上的问题，列出缺口：一周丢多少通电话、为什么、多半归谁
    Gaps(gaps::Gaps),
    /// 把日志导出成 CSV 或 Parquet
    Journal(journal::JournalCommand),
    /// 查看或删去记住的已答问题
    Memory(memory::Memory),
    /// 量速度：同一批问题，与引擎的裸查询和 HTTP 比
    Bench(bench::Bench),
}

/// Exit code for arguments that cannot be used, as usual among commands.
const WRONG_ARGUMENTS: u8 = 2;

/// Where the library and the index are.
#[derive(Args, Clone)]
struct Folders {
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
    /// 索引文件夹（可随时删除，会重建）
    #[arg(long, default_value = "index", value_name = "文件夹")]
    index: PathBuf,
}

/// What can end a command.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Loading(#[from] LoadingError),
    #[error(transparent)]
    Reindex(#[from] ReindexError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Follow(#[from] FollowError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Figures(#[from] FiguresError),
    #[error(transparent)]
    Adopting(#[from] AdoptingError),
    #[error(transparent)]
    Gathering(#[from] GatheringError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
    #[error("没有说向量服务在哪里；请在 {} 里写 [embeddings]，或设 JIDA_EMBEDDINGS_URL 和 JIDA_EMBEDDINGS_MODEL", corpus.join(SETTINGS_FILE).display())]
    NoEndpoint { corpus: PathBuf },
    #[error("索引里没有 {set} 的向量；请先运行 jida embed，再运行 jida reindex")]
    NoVectors { set: String },
    #[error("索引里没有向量；请先运行 jida embed，再运行 jida reindex")]
    NoMeaning,
    #[error("{path}: {reason}")]
    File { path: PathBuf, reason: String },
    #[error("地址 {address} 不能监听：{source}")]
    Listen { address: String, source: std::io::Error },
    #[error("服务出错：{0}")]
    Serve(#[from] std::io::Error),
}

fn region_of(text: &str) -> Result<Region, String> {
    Region::parse(text).ok_or_else(|| format!("区域代码“{text}”不是六位数字，例如 210100"))
}

/// The key that is alone in a file.
fn key_in(path: &Path) -> Result<String, CliError> {
    let failed = |reason: String| CliError::File { path: path.to_owned(), reason };
    let text =
        std::fs::read_to_string(path).map_err(|error| failed(crate::fault::Said(&error).to_string()))?;
    let key = text.trim();
    if key.is_empty() || key.contains(char::is_whitespace) || !key.is_ascii() {
        return Err(failed("里面要只有一个密钥".to_owned()));
    }
    Ok(key.to_owned())
}

/// Whoever reads what is printed may have had enough (`jida search … | head`):
/// that ends the command, and is no fault of it.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing can be told any more; what is written is written whole"
)]
fn end_with_the_reader() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        let is_unread = |message: &String| message.starts_with("failed printing to stdout");
        if message.is_some_and(is_unread) {
            std::process::exit(0);
        }
        told(panic);
    }));
}

/// Reads the arguments, runs the command and says how it ended: 0 done, 1 done
/// with refused rows or failed, 2 wrong arguments.
pub fn run() -> ExitCode {
    end_with_the_reader();
    let parsed = chinese::translate(Cli::command())
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(asked) if matches!(asked.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            print!("{asked}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("错误：{}\n用 jida --help 或 jida 命令 --help 看说明", chinese::describe(&error));
            return ExitCode::from(WRONG_ARGUMENTS);
        }
    };
    let ended = match cli.command {
        Command::Serve(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Conflicts(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Reindex(command) => command.run(),
        Command::Generations(command) => command.run(),
        Command::Search(command) => command.run(),
        Command::Suggest(command) => command.run(),
        Command::Synonyms(command) => command.run(),
        Command::Follow(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Cut(command) => command.run(),
        Command::Embed(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Learn(command) => command.run(),
        Command::Stats(command) => command.run(),
        Command::Warnings(command) => command.run(),
        Command::Gaps(command) => command.run(),
        Command::Journal(command) => command.run(),
        Command::Memory(command) => command.run(),
        Command::Bench(command) => command.run(),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("错误：{error}");
        ExitCode::FAILURE
    })
}
