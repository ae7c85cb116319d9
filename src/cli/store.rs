//! Opens library and index together and brings the index up to date.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, Folders};
use crate::entry::Finding;
use crate::index::{Build, Generation, Generations, IndexError};
use crate::library::Library;
use crate::loading::{self, Loaded};
use crate::text::Cutter;

/// A full build is cheaper than following from this many changes on.
const REBUILD_FROM_CHANGES: u64 = 20_000;

/// Library and index of one pair of folders.
pub(super) struct Store {
    pub library: Library,
    pub generations: Generations,
    corpus: PathBuf,
}

impl Store {
    pub fn open(folders: &Folders) -> Result<Store, CliError> {
        let library = Library::open(&folders.corpus)?;
        let generations = Generations::new(&folders.index, Arc::new(Cutter::new()));
        Ok(Store { library, generations, corpus: folders.corpus.clone() })
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

    /// The generation in use, holding the library's last change: opened,
    /// followed, or built where it is missing or unusable.
    pub fn current(&self) -> Result<Generation, CliError> {
        let opened = match self.generations.open() {
            Ok(opened) => opened,
            Err(error @ IndexError::Unusable { .. }) => {
                eprintln!("{error}；正在从知识库重建索引");
                None
            }
            Err(error) => return Err(error.into()),
        };
        let Some(generation) = opened else { return self.rebuild() };
        let behind = self.library.count_changed_since(generation.last_change()?)?;
        let ahead = generation.last_change()? > self.library.last_change()?;
        if ahead || behind >= REBUILD_FROM_CHANGES {
            return self.rebuild();
        }
        if behind > 0 {
            match generation.follow(&self.library) {
                Ok(_) => {}
                Err(IndexError::Engine(tantivy::TantivyError::LockFailure(..))) => {
                    eprintln!("另一个即答进程正在更新索引，这里用它已提交的内容");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(generation)
    }

    /// Builds a new generation with a progress bar and opens it.
    pub fn rebuild(&self) -> Result<Generation, CliError> {
        self.build()?;
        let unusable = || IndexError::Unusable {
            name: "新索引代".to_owned(),
            reason: "建好后打不开".to_owned(),
        };
        Ok(self.generations.open()?.ok_or_else(unusable)?)
    }

    /// Builds a new generation with a progress bar.
    pub fn build(&self) -> Result<Build, CliError> {
        let total = self.library.stats()?.entries;
        let bar = bar(total, "条");
        let build = self.generations.build(&self.library, |done| bar.set_position(done))?;
        bar.finish_and_clear();
        eprintln!(
            "索引建好：{} 条，到第 {} 号变更，用时 {:.1} 秒（{}）",
            build.entries,
            build.last_change,
            build.took_ms as f64 / 1000.0,
            build.generation
        );
        Ok(build)
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
        "文件 {}（未变 {}）；条目：新增 {}，修改 {}，未变 {}，停用 {}，拒收 {refused}",
        sums.files, sums.files_unchanged, sums.added, sums.changed, sums.unchanged, sums.retired
    );
    refused > 0
}

/// Prints every finding; returns how many are errors.
pub(super) fn print_findings(findings: &[Finding]) -> usize {
    for finding in findings {
        eprintln!("{finding}");
    }
    findings.iter().filter(|finding| finding.is_error()).count()
}
