//! `jida import`: files and folders into the library, then into the index.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::store::{Store, bar, report};
use super::{CliError, Folders};
use crate::loading;

#[derive(Args)]
pub(super) struct Import {
    /// 要导入的文件或文件夹
    #[arg(required = true, value_name = "路径")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    folders: Folders,
}

impl Import {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let mut store = Store::open(&self.folders)?;
        let bytes = bar(0, "字节");
        let loaded = loading::load(&mut store.library, &self.paths, "import", |progress| {
            bytes.set_length(progress.bytes_total);
            bytes.set_position(progress.bytes_done);
        })?;
        bytes.finish_and_clear();
        let refused = report(&loaded);
        store.current()?;
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
