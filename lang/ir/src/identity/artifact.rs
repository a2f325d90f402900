//! The key under which the compiled form of a program is found again.

use super::{hash_of, hash_type};
use crate::node::Program;

hash_type! {
    /// Identifies the output of a compilation by its inputs: the whole program, the backend with
    /// its version, and its options.
    ArtifactKey
}

impl ArtifactKey {
    /// The key of `program` compiled by a backend. `options` is the backend's own text for
    /// everything that changes its output.
    pub fn new(
        program: &Program,
        backend_id: &str,
        backend_version: &str,
        options: &str,
    ) -> ArtifactKey {
        let program = program.encode();
        ArtifactKey(hash_of(|out| {
            out.array(5);
            out.text("rtfs-artifact");
            out.bytes(&program);
            out.text(backend_id);
            out.text(backend_version);
            out.text(options);
        }))
    }
}
