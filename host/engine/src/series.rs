//! Several calls of one instance.

use crate::call::{self, Answer, Entry, Guest, Task};
use crate::error::{CallError, RtfsError};
use crate::interfaces::DynamicExports;
use crate::limits::Limits;
use crate::module::{CallOptions, Module};

/// What each call of a series gave: one encoded value, or the error that left the program.
pub type Answers = Vec<Result<Vec<u8>, Box<RtfsError>>>;

impl Module {
    /// Calls exports one after the other in one instance, as no other function here does: for whoever
    /// wants to know what a module keeps between calls. Each call is an export's number and one encoded
    /// array of its arguments.
    ///
    /// # Errors
    ///
    /// [`CallError`], as [`Module::invoke`], when one of them ends the instance. All calls together are
    /// one for the limits.
    pub fn invoke_series(
        &self,
        calls: &[(u32, &[u8])],
        options: &CallOptions,
    ) -> Result<Answers, CallError> {
        let series = Series {
            exports: self.exports(),
            calls,
        };
        self.linked().run(series, options).result
    }
}

struct Series<'a> {
    exports: &'a DynamicExports,
    calls: &'a [(u32, &'a [u8])],
}

impl Task for Series<'_> {
    type Answer = Answers;

    fn seed(&self, component: &[u8; 32], entropy: u64) -> [u8; 32] {
        let args: Vec<&[u8]> = self.calls.iter().map(|(_, args)| *args).collect();
        call::seed((component, entropy), 0, &args)
    }

    fn bytes(&self) -> usize {
        let sizes = self.calls.iter().map(|(_, args)| args.len());
        sizes.fold(0, usize::saturating_add)
    }

    async fn enter(self, guest: &mut Guest<'_>, limits: &Limits) -> wasmtime::Result<Answers> {
        let mut answers = Vec::new();
        for (export, args) in self.calls {
            let entry = Entry::Invoke {
                exports: self.exports,
                export: *export,
                args,
            };
            answers.push(match entry.enter(guest, limits).await? {
                Answer::Bytes(value) => Ok(value),
                Answer::Raised(error) => Err(error),
                // No entry but `Compile` gives these.
                Answer::Diagnostics(_) => Ok(Vec::new()),
            });
        }
        Ok(answers)
    }

    fn result_bytes(answers: &Answers) -> u64 {
        let values = answers.iter().flatten();
        values.map(|value| value.len() as u64).max().unwrap_or(0)
    }
}
