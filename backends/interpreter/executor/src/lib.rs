//! The evaluator as an executor: runs programs in their canonical encoding.
//!
//! Where `backends/interpreter` makes one component per program, this is one component for all of
//! them. Nothing is compiled per program, and nothing but the evaluator runs it.

use rtfs_guest::{DynamicModule as _, Error, Executor, Value, executor};
use rtfs_interpreter_program::Interpreter;

/// Runs programs, as they are stored beside what was compiled from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct IrExecutor {
    /// Pending calls and their limit, where the host told them.
    depth: Option<(u32, u32)>,
}

impl Executor for IrExecutor {
    const TARGET_ID: &'static str = "rtfs-ir";

    fn start() -> Self {
        Self::default()
    }

    fn limits(&mut self, depth_used: u32, depth_limit: u32) {
        self.depth = Some((depth_used, depth_limit));
    }

    fn invoke(&mut self, artifact: &[u8], export: u32, args: Vec<Value>) -> Result<Value, Error> {
        let interpreter = Interpreter::of_program(artifact);
        let mut interpreter = interpreter.map_err(|why| Error::invalid_artifact(&why))?;
        if let Some((used, limit)) = self.depth {
            interpreter.limits(used, limit);
        }
        interpreter.invoke(export, args)
    }
}

executor!(IrExecutor);

#[cfg(test)]
mod tests {
    use super::*;

    /// `[1, [], null, []]`: a program without forms.
    const EMPTY: &[u8] = &[0x84, 0x01, 0x80, 0xf6, 0x80];

    #[test]
    fn programs_are_run_and_other_bytes_are_no_artifact() {
        let mut executor = IrExecutor::start();
        executor.limits(0, 100);
        assert_eq!(
            executor.invoke(EMPTY, 0, vec![]).expect("it is one"),
            Value::NIL
        );
        let error = executor
            .invoke(b"no artifact", 0, vec![])
            .expect_err("it is none");
        assert_eq!(error.class(), "InvalidArtifact");
        let error = executor.invoke(EMPTY, 1, vec![]).expect_err("no export");
        assert_eq!(error.class(), "InvalidArgument");
    }
}
