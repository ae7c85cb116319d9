//! Library → files that can be imported again: one file, or a folder with a
//! file an entry. Written beside and renamed; what a format cannot hold is said.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::corpus::write::{self, Format};
use crate::entry::{Finding, Kind, Status};
use crate::fault::Said;
use crate::library::{Existing, Library, LibraryError};

/// What can stop an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path} 已经有了；请换个名字")]
    FolderExists { path: PathBuf },
    #[error("{path} 已经有了；要盖掉它请加 --overwrite")]
    Exists { path: PathBuf },
    #[error("{path} 写不了：{}", Said(source))]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Which entries are meant.
#[derive(Debug, Clone)]
pub struct Selection {
    pub kinds: Vec<Kind>,
    pub statuses: Vec<Status>,
}

/// What an export did.
#[derive(Debug, Default)]
pub struct Exported {
    pub written: u64,
    /// Entries that were not asked for.
    pub others: u64,
    /// One for each entry that was asked for and that the format cannot hold.
    pub findings: Vec<Finding>,
}

/// Writes the library's entries as they count outside, in the order of their
/// last change.
pub fn export(
    library: &Library,
    to: &Path,
    format: Format,
    selection: &Selection,
    existing: Existing,
) -> Result<Exported, ExportError> {
    let is_folder = format == Format::Markdown;
    // A folder's files would be mixed with others.
    match (to.exists(), is_folder) {
        (true, true) => return Err(ExportError::FolderExists { path: to.to_owned() }),
        (true, false) if existing == Existing::Refuse => {
            return Err(ExportError::Exists { path: to.to_owned() });
        }
        _ => {}
    }
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let partial = to.with_file_name(format!(".{name}.partial"));
    remove(&partial);
    let failed = |source| ExportError::Write { path: partial.clone(), source };
    let exported = if is_folder {
        fs::create_dir_all(&partial).map_err(failed)?;
        visit(library, format, selection, |id, text| {
            let file = partial.join(write::file_name(id));
            fs::write(&file, text).map_err(|source| ExportError::Write { path: file, source })
        })
    } else {
        write_file(library, &partial, format, selection)
    };
    let exported = exported.and_then(|exported| {
        fs::rename(&partial, to).map_err(|source| ExportError::Write { path: to.to_owned(), source })?;
        Ok(exported)
    });
    if exported.is_err() {
        remove(&partial);
    }
    exported
}

fn remove(partial: &Path) {
    let _ = if partial.is_dir() { fs::remove_dir_all(partial) } else { fs::remove_file(partial) };
}

fn write_file(
    library: &Library,
    partial: &Path,
    format: Format,
    selection: &Selection,
) -> Result<Exported, ExportError> {
    let failed = |source| ExportError::Write { path: partial.to_owned(), source };
    let mut file = BufWriter::new(File::create(partial).map_err(failed)?);
    if format == Format::Csv {
        file.write_all(write::header().as_bytes()).map_err(failed)?;
    }
    let exported =
        visit(library, format, selection, |_, text| file.write_all(text.as_bytes()).map_err(failed))?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(exported)
}

fn visit(
    library: &Library,
    format: Format,
    selection: &Selection,
    mut write: impl FnMut(&str, &str) -> Result<(), ExportError>,
) -> Result<Exported, ExportError> {
    let mut exported = Exported::default();
    library.changed_since::<ExportError>(0, |stored| {
        let entry = stored.entry;
        if !selection.kinds.contains(&entry.kind) || !selection.statuses.contains(&entry.status) {
            exported.others += 1;
            return Ok(());
        }
        match write::write(&entry, format) {
            Ok(text) => {
                write(&entry.id, &text)?;
                exported.written += 1;
            }
            Err(finding) => exported.findings.push(finding),
        }
        Ok(())
    })?;
    Ok(exported)
}
