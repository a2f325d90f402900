//! This program as its own compile worker.

use rtfs_host::CompileWorker;

use crate::exit::Exit;
use crate::problem::Problem;

/// The argument that makes this program a worker.
pub(crate) const ARGUMENT: &str = "compile-worker";

/// How a worker is started.
pub(crate) fn worker() -> Result<CompileWorker, Problem> {
    let program = std::env::current_exe()
        .map_err(|error| Problem::failed(format!("cannot find this program's file: {error}")))?;
    Ok(CompileWorker::new(program).arg(ARGUMENT))
}

/// Answers one request.
pub(crate) fn serve() -> Result<Exit, Problem> {
    let served = rtfs_host::serve_compile_worker(std::io::stdin().lock(), std::io::stdout().lock());
    served.map_err(|error| Problem::failed(error.to_string()))?;
    Ok(Exit::Success)
}
