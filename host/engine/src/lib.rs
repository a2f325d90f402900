//! Runs RTFS components in a sandbox: fuel, memory, depth, deadline, grants.
