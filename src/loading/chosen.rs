//! Which entries of a loading are wanted. A selection is checked against what the
//! loading would do: an id that is not in it is a slip, and nothing is loaded.

use std::collections::HashSet;
use std::path::PathBuf;

use super::{LoadingError, plan};
use crate::entry::Entry;
use crate::library::Library;

/// Which entries are wanted, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Selection {
    #[default]
    All,
    Only(HashSet<String>),
    Except(HashSet<String>),
}

/// Who loads what, and why.
#[derive(Debug, Clone, Default)]
pub struct Import<'a> {
    pub selection: Selection,
    pub made_by: &'a str,
    /// The paths where it is not given.
    pub reason: Option<String>,
}

/// An entry to be retired, and the file it was loaded from.
pub(super) struct Gone {
    pub entry: Entry,
    pub origin: String,
}

impl Selection {
    pub(super) fn is_all(&self) -> bool {
        *self == Selection::All
    }

    pub(super) fn takes(&self, id: &str) -> bool {
        match self {
            Selection::All => true,
            Selection::Only(ids) => ids.contains(id),
            Selection::Except(ids) => !ids.contains(id),
        }
    }

    /// Refuses ids that the loading does not have; returns the vanished entries
    /// that were chosen to be retired. Everything chosen needs no plan: files
    /// retire what they no longer hold.
    pub(super) fn check(&self, library: &Library, paths: &[PathBuf]) -> Result<Vec<Gone>, LoadingError> {
        let (Selection::Only(ids) | Selection::Except(ids)) = self else { return Ok(Vec::new()) };
        let files = plan::read_files(library, paths)?;
        let there: HashSet<&str> =
            files.ids().chain(files.vanished.iter().map(|(id, _)| id.as_str())).collect();
        if let Some(slip) = ids.iter().find(|id| !there.contains(id.as_str())) {
            return Err(LoadingError::NotThere(slip.clone()));
        }
        let mut gone = Vec::new();
        for (id, origin) in files.vanished.into_iter().filter(|(id, _)| self.takes(id)) {
            if let Some(known) = library.entry(&id)? {
                gone.push(Gone { entry: known.entry, origin });
            }
        }
        Ok(gone)
    }
}
