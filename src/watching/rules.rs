//! The editors' rules held against what was asked and noted.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use super::Told;
use crate::journal::{Journal, JournalError};
use crate::warnings::{ATTENTION, Attention};

/// The rules as they stand in the corpus folder, or as they are shipped.
pub(super) struct Rules {
    path: PathBuf,
    /// When the file was changed last; none where there is none.
    seen: Option<Option<SystemTime>>,
    attention: Attention,
}

impl Rules {
    pub fn new(corpus: &Path) -> Rules {
        Rules { path: corpus.join(ATTENTION), seen: None, attention: Attention::default() }
    }

    /// Raises what falls under a rule since the last look.
    pub fn look(&mut self, journal: &Journal, told: Told) -> Result<(), JournalError> {
        self.read_where_changed();
        let attention = &self.attention;
        let raised = journal.hold_against_rules(Timestamp::now(), told == Told::ToHook, |said| {
            attention.of(&said.text).into_iter().map(str::to_owned).collect()
        })?;
        for (number, rule) in raised {
            tracing::warn!(warning.id = number, rule, "warning {number}: a call falls under the rule {rule}");
        }
        Ok(())
    }

    fn read_where_changed(&mut self) {
        let changed = std::fs::metadata(&self.path).and_then(|file| file.modified()).ok();
        if self.seen == Some(changed) {
            return;
        }
        self.seen = Some(changed);
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Attention::shipped().to_owned(),
            Err(error) => {
                tracing::warn!(%error, "{ATTENTION} cannot be read, the rules stay as they were: {error}");
                return;
            }
        };
        let (attention, errors) = Attention::parse(&text);
        for error in errors {
            tracing::warn!(line = error.line, "{ATTENTION}:{}: {}", error.line, error.message);
        }
        self.attention = attention;
    }
}
