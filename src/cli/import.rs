//! `jida import`: files and folders into the library, then into the index; with
//! `--dry-run` only what would happen.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::store::{Store, bar, report};
use super::{CliError, Folders, planned};
use crate::library::Library;
use crate::loading::{self, Selection};

#[derive(Args)]
pub(super) struct Import {
    /// 要导入的文件或文件夹
    #[arg(required = true, value_name = "路径")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    folders: Folders,
    /// 只看会怎样：新增、修改、停用、重复、拒收，不改知识库
    #[arg(long, conflicts_with_all = ["only", "except"])]
    dry_run: bool,
    /// 与 --dry-run 一起用：输出 JSON
    #[arg(long, requires = "dry_run")]
    json: bool,
    /// 只导入这些编号（可写多个）
    #[arg(long, value_name = "编号", num_args = 1.., conflicts_with = "except")]
    only: Vec<String>,
    /// 不导入这些编号（可写多个）
    #[arg(long, value_name = "编号", num_args = 1..)]
    except: Vec<String>,
}

impl Import {
    pub fn run(self) -> Result<ExitCode, CliError> {
        if self.dry_run {
            let plan = loading::plan(&Library::open(&self.folders.corpus)?, &self.paths)?;
            let refused = plan.refused() > 0;
            if self.json {
                println!("{}", planned::json(&plan));
            } else {
                planned::print(&plan);
            }
            return Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        let mut store = Store::open(&self.folders)?;
        let bytes = bar(0, "字节");
        let selection = self.selection();
        let import = loading::Import { selection, made_by: "import", reason: None };
        let loaded = loading::load_chosen(&mut store.library, &self.paths, &import, |progress| {
            bytes.set_length(progress.bytes_total);
            bytes.set_position(progress.bytes_done);
        })?;
        bytes.finish_and_clear();
        let refused = report(&loaded);
        store.current()?;
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn selection(&self) -> Selection {
        match (self.only.is_empty(), self.except.is_empty()) {
            (false, _) => Selection::Only(self.only.iter().cloned().collect()),
            (true, false) => Selection::Except(self.except.iter().cloned().collect()),
            (true, true) => Selection::All,
        }
    }
}
