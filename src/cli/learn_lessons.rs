//! Labelled questions as lessons: those of the library, and those of another one
//! beside it, so that what is learned holds for a small library and a large one.

use std::path::{Path, PathBuf};

use super::eval::{Labelled, read_labelled};
use super::learn::{FOLDS, Learn};
use super::store::Store;
use super::{CliError, Folders};
use crate::index::Snapshot;
use crate::learning::Lessons;

/// A library's folder, its index, its questions.
const BESIDE_ARGUMENTS: usize = 3;
/// Lines of one file are one origin; files are this far apart.
const ORIGINS_A_FILE: u32 = 1_000_000;

/// A file's name with its questions, each with the number of its origin.
pub(super) type LabelledFile = (String, Vec<(u32, Labelled)>);

/// The files, and by library the lessons and the questions that are to be refused.
pub(super) type Taught<'s> = (Vec<LabelledFile>, Vec<Lessons<'s>>, Vec<Lessons<'s>>);

impl Learn {
    /// The other libraries as they are indexed.
    pub(super) fn beside_snapshots(&self) -> Result<Vec<Snapshot>, CliError> {
        let of_library = |beside: &[PathBuf]| -> Result<Snapshot, CliError> {
            let (corpus, index) = (beside[0].clone(), beside[1].clone());
            let nothing = |reason: &str| CliError::File { path: corpus.clone(), reason: reason.to_owned() };
            if !corpus.is_dir() {
                return Err(nothing("没有这个知识库文件夹"));
            }
            let store = Store::open(&Folders { corpus: corpus.clone(), index })?;
            if store.library.last_change()? == 0 {
                return Err(nothing("这个知识库还是空的，先用 jida import 装入条目"));
            }
            Ok(store.current()?.snapshot()?)
        };
        self.beside.chunks_exact(BESIDE_ARGUMENTS).map(of_library).collect()
    }

    /// The labelled questions and further ones, then those of the other libraries.
    pub(super) fn libraries<'s>(
        &self,
        snapshot: &'s Snapshot,
        further: Option<LabelledFile>,
        beside: &'s [Snapshot],
    ) -> Result<Taught<'s>, CliError> {
        let mut files = labelled(&self.files)?;
        files.extend(further);
        let mut lessons = vec![lessons_of(snapshot, &files, 0)?];
        let mut refused = vec![self.refused_lessons(snapshot)?];
        for (snapshot, arguments) in beside.iter().zip(self.beside.chunks_exact(BESIDE_ARGUMENTS)) {
            let of_beside = labelled(&arguments[BESIDE_ARGUMENTS - 1..])?;
            lessons.push(lessons_of(snapshot, &of_beside, files.len())?);
            refused.push(self.refused_lessons(snapshot)?);
            files.extend(of_beside);
        }
        Ok((files, lessons, refused))
    }

    /// Questions that are to be refused, as lessons.
    fn refused_lessons<'s>(&self, snapshot: &'s Snapshot) -> Result<Lessons<'s>, CliError> {
        let mut refused = Lessons::new(snapshot, jiff::Zoned::now().date());
        let Some(path) = &self.unanswerable else { return Ok(refused) };
        for (origin, line) in (0..).zip(unanswerable(path)?) {
            refused.add((0, origin), &line, &[], 1.0)?;
        }
        Ok(refused)
    }
}

/// Files as lessons, their sets numbered from `first`. The questions of a set
/// count one together.
fn lessons_of<'s>(
    snapshot: &'s Snapshot,
    files: &[LabelledFile],
    first: usize,
) -> Result<Lessons<'s>, CliError> {
    let mut lessons = Lessons::new(snapshot, jiff::Zoned::now().date());
    for (set, (_, questions)) in (first..).zip(files) {
        let weight = 1.0 / questions.len().max(1) as f32;
        for (origin, labelled) in questions {
            let mut relevant: Vec<String> = labelled.relevant.iter().cloned().collect();
            relevant.sort_unstable();
            lessons.add((set, *origin), &labelled.question, &relevant, weight)?;
        }
    }
    Ok(lessons)
}

/// The files' names with their questions, each with the number of its origin: the
/// same line of one file in two fields is one.
fn labelled(files: &[PathBuf]) -> Result<Vec<LabelledFile>, CliError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut all = Vec::new();
    for file in files {
        let name = file.to_string_lossy().into_owned();
        let (path, field) = name.rsplit_once('#').unwrap_or((&name, "question"));
        let path = PathBuf::from(path);
        let number = paths.iter().position(|known| *known == path).unwrap_or_else(|| {
            paths.push(path.clone());
            paths.len() - 1
        });
        let first = number as u32 * ORIGINS_A_FILE + FOLDS;
        let questions = read_labelled(&path, field)?;
        all.push((name, (first..).zip(questions).collect()));
    }
    Ok(all)
}

/// Questions no entry answers.
fn unanswerable(path: &Path) -> Result<Vec<String>, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::File { path: path.to_owned(), reason: error.to_string() })?;
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("# "));
    Ok(lines.map(str::to_owned).collect())
}
