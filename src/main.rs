//! Arguments, run, exit code.

fn main() -> std::process::ExitCode {
    jida::cli::run()
}
