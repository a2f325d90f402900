//! Compile and start times.
//!
//! ```sh
//! cargo bench -p rtfs-bench --bench stages
//! ```

use rtfs_bench::Failure;
use rtfs_bench::command::{Part, Request};

fn main() -> Result<(), Failure> {
    // Without it, somebody only wants to know whether benchmarks work.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let mut request = Request::read(std::env::args().skip(1))?;
    request.only = Some(Part::Stages);
    request.quick |= !is_bench;
    request.run()
}
