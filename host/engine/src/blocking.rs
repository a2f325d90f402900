//! Runs a call to its end for callers without an asynchronous runtime.

use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::{Builder, Handle, Runtime};

/// Current-thread runtimes, kept for the next blocking call.
///
/// They live in the engine and not in thread-local storage, where their destructors would run
/// too late.
#[derive(Debug, Default)]
pub(crate) struct RuntimePool {
    idle: Mutex<Vec<Runtime>>,
}

impl RuntimePool {
    /// Drives `future` on the current thread, or on a short-lived one when the current thread
    /// already drives a runtime, which must not be entered twice.
    pub(crate) fn block_on<F>(&self, future: F) -> io::Result<F::Output>
    where
        F: Future + Send,
        F::Output: Send,
    {
        if Handle::try_current().is_err() {
            return self.drive(future);
        }
        std::thread::scope(|scope| {
            let worker = std::thread::Builder::new()
                .name("rtfs-host-call".into())
                .spawn_scoped(scope, || self.drive(future))?;
            match worker.join() {
                Ok(output) => output,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn drive<F: Future>(&self, future: F) -> io::Result<F::Output> {
        let kept = self.lock().pop();
        let runtime = match kept {
            Some(runtime) => runtime,
            None => Builder::new_current_thread().enable_all().build()?,
        };
        let output = runtime.block_on(future);
        self.lock().push(runtime);
        Ok(output)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Runtime>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RuntimePool {
    fn drop(&mut self) {
        // A plain drop would panic inside an asynchronous context.
        for runtime in self.lock().drain(..) {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works_inside_and_outside_a_runtime() {
        let pool = RuntimePool::default();
        assert_eq!(pool.block_on(async { 1 }).ok(), Some(1));
        let outer = Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(
            outer.block_on(async { pool.block_on(async { 2 }).ok() }),
            Some(2)
        );
        outer.block_on(async { drop(pool) });
    }
}
