//! `jida reindex`: takes in the files that changed under the corpus folder,
//! then builds a new generation beside the old one.

use std::process::ExitCode;

use clap::Args;

use super::store::{Store, report};
use super::{CliError, Folders};

#[derive(Args)]
pub(super) struct Reindex {
    #[command(flatten)]
    folders: Folders,
}

impl Reindex {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        let refused = report(&store.load_corpus()?);
        store.rebuild()?;
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
