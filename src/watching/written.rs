//! A file of the corpus folder that editors write: read again where it changed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file and when it was last seen to change.
pub(super) struct Written {
    path: PathBuf,
    name: &'static str,
    /// When it was changed last; none where there is none.
    seen: Option<Option<SystemTime>>,
}

impl Written {
    pub fn new(corpus: &Path, name: &'static str) -> Written {
        Written { path: corpus.join(name), name, seen: None }
    }

    /// Its text where it is another than before; `shipped` where there is none.
    pub fn where_changed(&mut self, shipped: &str) -> Option<String> {
        let changed = std::fs::metadata(&self.path).and_then(|file| file.modified()).ok();
        if self.seen == Some(changed) {
            return None;
        }
        self.seen = Some(changed);
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(shipped.to_owned()),
            Err(error) => {
                let name = self.name;
                tracing::warn!(%error, "{name} cannot be read, what it said stays: {error}");
                None
            }
        }
    }

    /// Says which line cannot be used.
    pub fn cannot_use(&self, line: usize, message: &str) {
        tracing::warn!(line, "{}:{line}: {message}", self.name);
    }
}
