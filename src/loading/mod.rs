//! Files → library: reads every file of a path and puts what changed, all in
//! one transaction. Bad rows become findings; the good ones are loaded.

mod chosen;
mod plan;
mod twins;

pub use chosen::{Import, Selection};
pub use plan::{Added, Changed, Named, Plan, plan, plan_within};
pub use twins::{Likeness, NEAR_LIKENESS, Twin, Whereabouts};

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::corpus::{self, CorpusError, Manifest, Reading, SourceFile};
use crate::entry::Finding;
use crate::index::SYNONYMS;
use crate::library::{Library, LibraryError, LoadingReport};
use crate::text::Synonyms;

/// Files read ahead of the writer.
const READ_AHEAD: usize = 32;
/// Reading threads: the machine we are measured on has two cores.
const READERS: usize = 2;

/// What can stop a loading as a whole.
#[derive(Debug, thiserror::Error)]
pub enum LoadingError {
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error("文件 {path} 读不了：{source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("这次导入里没有编号 {0}；请用 --dry-run 看有哪些")]
    NotThere(String),
}

/// What a loading did and what was wrong with its input.
#[derive(Debug, Default)]
pub struct Loaded {
    pub report: LoadingReport,
    pub findings: Vec<Finding>,
}

/// Where a loading stands.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub bytes_done: u64,
    pub bytes_total: u64,
}

struct ReadFile {
    file: SourceFile,
    hash: blake3::Hash,
    reading: Reading,
}

/// The ids of one loading, to find those that two files claim.
#[derive(Default)]
struct Ids {
    files: Vec<PathBuf>,
    /// By the id's hash: the file that had it first.
    first_file: HashMap<blake3::Hash, usize>,
}

impl Ids {
    /// Drops entries whose id an earlier file has, with a finding each.
    fn refuse_duplicates(&mut self, read: &mut ReadFile) {
        let at = self.files.len();
        self.files.push(read.file.path.clone());
        let findings = &mut read.reading.findings;
        let mut places = read.reading.places.iter();
        read.reading.entries.retain(|entry| {
            let place = places.next();
            let first = *self.first_file.entry(blake3::hash(entry.id.as_bytes())).or_insert(at);
            if let Some(place) = place.filter(|_| first != at) {
                let other = format!("文件 {} 里的", self.files[first].display());
                findings.push(corpus::duplicate(entry, &other).at(&place.file, place.line));
            }
            first == at
        });
    }
}

/// Loads paths into the library; one transaction for all of them.
pub fn load(
    library: &mut Library,
    paths: &[PathBuf],
    made_by: &str,
    progress: impl FnMut(Progress),
) -> Result<Loaded, LoadingError> {
    let import = Import { made_by, ..Import::default() };
    load_chosen(library, paths, &import, progress)
}

/// Loads what was chosen of these paths; one transaction for all of it. Only a
/// loading of everything remembers its files as read.
pub fn load_chosen(
    library: &mut Library,
    paths: &[PathBuf],
    import: &Import<'_>,
    mut progress: impl FnMut(Progress),
) -> Result<Loaded, LoadingError> {
    let selection = &import.selection;
    let vanished = selection.check(library, paths)?;
    let mut findings = Vec::new();
    let mut roots = Vec::new();
    for path in paths {
        roots.push((root_name(path), path.clone(), corpus::files(path)?, Manifest::beside(path)?));
    }
    let bytes_total = roots.iter().flat_map(|(_, _, files, _)| files).map(|file| file.bytes).sum();
    let mut bytes_done = 0;
    let named = || paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("、");
    let reason = import.reason.clone().unwrap_or_else(|| format!("导入 {}", named()));
    let mut loading = library.load(import.made_by, &reason)?;
    let mut ids = Ids::default();
    for (root, path, files, manifest) in roots {
        let mut seen = HashSet::new();
        for_each_read(files, &manifest, |mut read| {
            ids.refuse_duplicates(&mut read);
            bytes_done += read.file.bytes;
            progress(Progress { bytes_done, bytes_total });
            let origin = origin_name(&root, &read.file);
            seen.insert(origin.clone());
            let refused = read.reading.findings.iter().any(Finding::is_error);
            if !refused && loading.file_is_unchanged(&origin, &read.hash)? {
                loading.skip_file();
            } else {
                read.reading.entries.retain(|entry| selection.takes(&entry.id));
                let hash = (!refused && selection.is_all()).then_some(&read.hash);
                loading.put_file(&root, &origin, hash, &read.reading.entries)?;
            }
            findings.extend(read.reading.findings);
            Ok(())
        })?;
        findings.extend(synonym_findings(&path));
        if path.is_dir() && !seen.is_empty() && selection.is_all() {
            loading.retire_vanished_files(&root, &seen)?;
        }
    }
    for gone in vanished {
        loading.retire(gone.entry, &gone.origin)?;
    }
    Ok(Loaded { report: loading.commit()?, findings })
}

/// What is wrong with the synonyms beside the entries of a path.
fn synonym_findings(path: &Path) -> Vec<Finding> {
    let file = path.join(SYNONYMS);
    let Ok(text) = std::fs::read_to_string(&file) else { return Vec::new() };
    let name = file.to_string_lossy();
    let (_, errors) = Synonyms::parse(&text);
    errors
        .into_iter()
        .map(|error| Finding::error(error.code, "", error.message).at(&name, error.line))
        .collect()
}

/// Reads paths without loading them: how many entries, and what is wrong.
pub fn check(paths: &[PathBuf]) -> Result<(u64, Vec<Finding>), LoadingError> {
    let mut entries = 0;
    let mut findings = Vec::new();
    let mut ids = Ids::default();
    for path in paths {
        for_each_read(corpus::files(path)?, &Manifest::beside(path)?, |mut read| {
            ids.refuse_duplicates(&mut read);
            entries += read.reading.entries.len() as u64;
            findings.extend(read.reading.findings);
            Ok(())
        })?;
        findings.extend(synonym_findings(path));
    }
    Ok((entries, findings))
}

/// Reads files on two threads and hands them over in their order.
fn for_each_read(
    files: Vec<SourceFile>,
    manifest: &Manifest,
    mut visit: impl FnMut(ReadFile) -> Result<(), LoadingError>,
) -> Result<(), LoadingError> {
    std::thread::scope(|scope| {
        let mut lanes = Vec::new();
        let mut shares: Vec<Vec<SourceFile>> = (0..READERS).map(|_| Vec::new()).collect();
        let count = files.len();
        for (at, file) in files.into_iter().enumerate() {
            shares[at % READERS].push(file);
        }
        for share in shares {
            let (send, receive) = crossbeam_channel::bounded(READ_AHEAD);
            scope.spawn(move || {
                for file in share {
                    if send.send(read(file, manifest)).is_err() {
                        return;
                    }
                }
            });
            lanes.push(receive);
        }
        for at in 0..count {
            let Ok(read) = lanes[at % READERS].recv() else { break };
            visit(read?)?;
        }
        Ok(())
    })
}

fn read(file: SourceFile, manifest: &Manifest) -> Result<ReadFile, LoadingError> {
    if let Some(finding) = corpus::too_large(&file) {
        let reading = Reading { findings: vec![finding], ..Reading::default() };
        return Ok(ReadFile { hash: blake3::hash(b""), file, reading });
    }
    let bytes =
        std::fs::read(&file.path).map_err(|source| LoadingError::Read { path: file.path.clone(), source })?;
    let reading = corpus::read(&file, &bytes, manifest);
    // What a folder's manifest says goes into the entries: with it changed, the
    // file counts as changed too.
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes).update(format!("{:?}", manifest.region_of(&file.relative)).as_bytes());
    hasher.update(manifest.category_of(&file.relative).unwrap_or_default().as_bytes());
    Ok(ReadFile { hash: hasher.finalize(), file, reading })
}

fn root_name(path: &Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    full.to_string_lossy().into_owned()
}

fn origin_name(root: &str, file: &SourceFile) -> String {
    if file.path.file_name().is_some_and(|name| name.to_string_lossy() == file.relative.as_str())
        && root.ends_with(&file.relative)
    {
        root.to_owned()
    } else {
        format!("{root}/{}", file.relative)
    }
}
