//! Opens library and index together and brings the index up to date.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, Folders};
use crate::embedding::expect_dimension;
use crate::entry::Finding;
use crate::index::{Generation, Generations, Snapshot};
use crate::indexing::{Indexer, Notice, Remembered};
use crate::library::Library;
use crate::loading::{self, Loaded};
use crate::meaning::{Asker, Endpoint, Settings};
use crate::text::Cutter;

/// Library and index of one pair of folders.
pub(super) struct Store {
    pub library: Library,
    pub indexer: Arc<Indexer>,
    pub corpus: PathBuf,
}

impl Store {
    pub fn open(folders: &Folders) -> Result<Store, CliError> {
        let library = Library::open(&folders.corpus)?;
        let generations = Generations::new(&folders.index, &folders.corpus, Arc::new(Cutter::new()));
        Ok(Store { library, indexer: Arc::new(Indexer::new(generations)), corpus: folders.corpus.clone() })
    }

    /// Fills an empty library from the corpus folder's files.
    pub fn fill_if_empty(&mut self) -> Result<(), CliError> {
        if self.library.last_change()? == 0 {
            eprintln!("知识库还是空的，正在装入 {} 里的条目……", self.corpus.display());
            report(&self.load_corpus()?);
        }
        Ok(())
    }

    /// Takes in what changed in the corpus folder's files.
    pub fn load_corpus(&mut self) -> Result<Loaded, CliError> {
        let paths = [self.corpus.clone()];
        Ok(loading::load(&mut self.library, &paths, "corpus", |_| {})?)
    }

    /// The generation in use, holding the library's last change.
    pub fn current(&self) -> Result<Generation, CliError> {
        Ok(self.indexer.open(&self.library, announcer())?)
    }

    /// The question memory of today for a generation.
    pub fn remembered(&self, generation: &Generation) -> Result<Remembered, CliError> {
        Ok(Remembered::read(&self.library, generation, jiff::Zoned::now().date())?)
    }

    /// The embedding model, where one is configured.
    pub fn endpoint(&self) -> Result<Option<Endpoint>, CliError> {
        let Some(settings) = Settings::read(&self.corpus)? else { return Ok(None) };
        let endpoint = Endpoint::new(settings);
        expect_dimension(&self.library, &endpoint)?;
        Ok(Some(endpoint))
    }

    /// Who tells the directions of questions, where an endpoint is configured.
    pub fn asker(&self) -> Result<Option<Asker>, CliError> {
        Ok(self.endpoint()?.map(|endpoint| Asker::new(endpoint, |_, _| {})))
    }

    /// The generation in use and the question memory, ready to be asked.
    pub fn snapshot(&self) -> Result<Snapshot, CliError> {
        let generation = self.current()?;
        Ok(self.remembered(&generation)?.snapshot_of(&generation)?)
    }
}

/// Says on the terminal what happens to the index.
pub(super) fn announcer() -> impl FnMut(Notice<'_>) {
    let mut shown = None;
    move |notice| match notice {
        Notice::Unusable(error) => eprintln!("{error}；正在从知识库重建索引"),
        Notice::Building { entries } => shown = Some(bar(entries, "条")),
        Notice::Progress { done } => shown.iter().for_each(|bar| bar.set_position(done)),
        Notice::Built(build) => {
            shown.take().iter().for_each(ProgressBar::finish_and_clear);
            eprintln!(
                "索引建好：{} 条，到第 {} 号变更，用时 {:.1} 秒（{}）",
                build.entries,
                build.last_change,
                build.took_ms as f64 / 1000.0,
                build.generation
            );
        }
        Notice::Locked => eprintln!("另一个即答进程正在更新索引，这里用它已提交的内容"),
    }
}

/// A progress bar with rate and remaining time, on a terminal only.
pub(super) fn bar(total: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = match unit {
        "字节" => "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} 还需 {eta}".to_owned(),
        _ => format!("{{bar:40}} {{pos}}/{{len}} {unit} {{per_sec}} 还需 {{eta}}"),
    };
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Prints what a loading did; returns whether a row was refused.
pub(super) fn report(loaded: &Loaded) -> bool {
    let sums = &loaded.report;
    let refused = print_findings(&loaded.findings);
    eprintln!(
        "文件 {}（未变 {}）；条目：新增 {}，修改 {}，未变 {}，停用 {}，冲突 {}，拒收 {refused}",
        sums.files,
        sums.files_unchanged,
        sums.added,
        sums.changed,
        sums.unchanged,
        sums.retired,
        sums.conflicts
    );
    if sums.conflicts > 0 {
        eprintln!("冲突的条目在文件里和在线上都改过：线上的没有动，用 jida conflicts 查看和处理");
    }
    refused > 0
}

/// Prints every finding; returns how many are errors.
pub(super) fn print_findings(findings: &[Finding]) -> usize {
    for finding in findings {
        eprintln!("{finding}");
    }
    findings.iter().filter(|finding| finding.is_error()).count()
}
