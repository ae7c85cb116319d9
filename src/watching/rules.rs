//! The editors' rules held against what was asked, noted and reported.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::written::Written;
use super::{Told, WatchingError};
use crate::journal::{Journal, Said};
use crate::library::Library;
use crate::warnings::{ATTENTION, Attention};

/// Reports the rules are held against at once.
const TOGETHER: usize = 500;

/// The rules as they stand in the corpus folder, or as they are shipped.
pub(super) struct Rules {
    corpus: PathBuf,
    written: Written,
    attention: Attention,
    /// Where reports are; opened when they are first looked at.
    library: Option<Library>,
}

impl Rules {
    pub fn new(corpus: &Path) -> Rules {
        Rules {
            corpus: corpus.to_owned(),
            written: Written::new(corpus, ATTENTION),
            attention: Attention::default(),
            library: None,
        }
    }

    /// Raises what falls under a rule since the last look.
    pub fn look(&mut self, journal: &Journal, told: Told) -> Result<(), WatchingError> {
        self.read_where_changed();
        let (now, is_told) = (Timestamp::now(), told == Told::ToHook);
        let attention = &self.attention;
        let names = |said: &Said| -> Vec<String> {
            attention.of(&said.text).into_iter().map(str::to_owned).collect()
        };
        log(journal.hold_against_rules(now, is_told, names)?);
        let library = match &mut self.library {
            Some(library) => library,
            none => none.insert(Library::open_existing(&self.corpus)?),
        };
        loop {
            let (number, since) = journal.reports_held(now)?;
            let reports = library.reports_after(number, since, TOGETHER)?;
            log(journal.hold_reports_against_rules(&reports, now, is_told, names)?);
            // What waits for its search is looked at again next time.
            if reports.len() < TOGETHER || journal.reports_held(now)?.0 == number {
                return Ok(());
            }
        }
    }

    fn read_where_changed(&mut self) {
        let Some(text) = self.written.where_changed(Attention::shipped()) else { return };
        let (attention, errors) = Attention::parse(&text);
        errors.iter().for_each(|error| self.written.cannot_use(error.line, &error.message));
        self.attention = attention;
    }
}

fn log(raised: Vec<(i64, String)>) {
    for (number, rule) in raised {
        tracing::warn!(warning.id = number, rule, "warning {number}: a call falls under the rule {rule}");
    }
}
