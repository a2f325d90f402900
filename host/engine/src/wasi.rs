//! WASI 0.2 as an empty deterministic world, for components whose toolchain imports it.
//!
//! No directories, variables, arguments, sockets or input; output is captured; the clock stands
//! still; random numbers follow from the call's input. Each thing opens by a grant only.

use crate::error::CallError;
use crate::grants::{Access, DirGrant, Grants};
use crate::limits::Limits;
use crate::output::Capture;
use rand_core::TryRng;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{
    FsPerms, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView,
};

/// The wall clock of every guest: 2000-01-01T00:00:00Z. Not the epoch itself, because programs
/// take 1970 for "no clock" and some refuse to run.
const WALL_CLOCK: Duration = Duration::from_secs(946_684_800);

/// The monotonic clock of every guest, in nanoseconds. Not zero, so that guests can subtract.
const MONOTONIC_CLOCK: u64 = 1_000_000_000;

/// Largest answer to one request for random bytes.
const RANDOM_BYTES: u64 = 1 << 20;

/// Handles a guest may hold at once; every one costs host memory.
const HANDLES: usize = 10_000;

/// The WASI side of one call.
pub(crate) struct WasiWorld {
    ctx: WasiCtx,
    table: ResourceTable,
    pub(crate) stdout: Capture,
    pub(crate) stderr: Capture,
}

impl WasiWorld {
    /// Opens exactly what `grants` names. `seed` is a digest of the call's input.
    pub(crate) fn new(grants: &Grants, limits: &Limits, seed: [u8; 32]) -> Result<Self, CallError> {
        let mut builder = WasiCtxBuilder::new();
        for dir in grants.dirs() {
            open_dir(&mut builder, dir)?;
        }
        open_network(&mut builder, grants);
        for (name, value) in grants.env() {
            builder.env(name, value);
        }
        Ok(Self::finish(builder, limits, seed))
    }

    /// Nothing is open.
    pub(crate) fn closed() -> Self {
        Self::finish(WasiCtxBuilder::new(), &Limits::default(), [0; 32])
    }

    fn finish(mut builder: WasiCtxBuilder, limits: &Limits, seed: [u8; 32]) -> Self {
        let stdout = Capture::new(limits.output_bytes);
        let stderr = Capture::new(limits.output_bytes);
        builder
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .wall_clock(FixedClock)
            .monotonic_clock(FixedClock)
            .secure_random(SeededRandom::new(seed, "secure"))
            .insecure_random(SeededRandom::new(seed, "insecure"))
            .insecure_random_seed(seed_number(seed))
            .max_random_size(RANDOM_BYTES)
            .allow_udp(false)
            .allow_ip_name_lookup(false);
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        Self {
            ctx: builder.build(),
            table,
            stdout,
            stderr,
        }
    }

    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

fn open_network(builder: &mut WasiCtxBuilder, grants: &Grants) {
    let allowed = grants.net().clone();
    builder.allow_tcp(!allowed.is_empty());
    builder.socket_addr_check(move |address: SocketAddr, purpose| {
        let granted = match purpose {
            SocketAddrUse::TcpConnect => allowed.contains(&address),
            // What the system does by itself before a connection; listening stays refused.
            SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
            _ => false,
        };
        Box::pin(std::future::ready(granted))
    });
}

/// Hands an open directory to the WASI implementation, which only takes paths: on Linux the
/// descriptor has one.
#[cfg(target_os = "linux")]
fn open_dir(builder: &mut WasiCtxBuilder, grant: &DirGrant) -> Result<(), CallError> {
    use std::os::fd::AsRawFd;

    let perms = match grant.access {
        Access::ReadOnly => FsPerms::ReadOnly,
        Access::ReadWrite => FsPerms::ReadWrite,
    };
    let path = format!("/proc/self/fd/{}", grant.dir.as_raw_fd());
    builder
        .preopened_dir(path, &grant.guest_path, perms)
        .map(|_| ())
        .map_err(|error| refuse_dir(grant, format!("{error:#}")))
}

#[cfg(not(target_os = "linux"))]
fn open_dir(_builder: &mut WasiCtxBuilder, grant: &DirGrant) -> Result<(), CallError> {
    Err(refuse_dir(grant, "directory grants need Linux".to_owned()))
}

fn refuse_dir(grant: &DirGrant, reason: String) -> CallError {
    CallError::Grant {
        grant: format!("directory `{}`", grant.guest_path),
        reason,
    }
}

fn seed_number(seed: [u8; 32]) -> u128 {
    let mut digest = Sha256::new();
    digest.update(b"insecure-seed");
    digest.update(seed);
    let digest: [u8; 32] = digest.finalize().into();
    digest
        .iter()
        .take(16)
        .fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

/// A clock that stands still.
struct FixedClock;

impl HostWallClock for FixedClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        WALL_CLOCK
    }
}

impl HostMonotonicClock for FixedClock {
    fn resolution(&self) -> u64 {
        1_000_000_000
    }

    fn now(&self) -> u64 {
        MONOTONIC_CLOCK
    }
}

/// SHA-256 in counter mode: the same bytes on every platform and in every version of this crate.
struct SeededRandom {
    prefix: Sha256,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl SeededRandom {
    fn new(seed: [u8; 32], purpose: &str) -> Self {
        let mut prefix = Sha256::new();
        prefix.update(purpose.as_bytes());
        prefix.update(seed);
        Self {
            prefix,
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }

    fn next_byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut digest = self.prefix.clone();
            digest.update(self.counter.to_le_bytes());
            self.block = digest.finalize().into();
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block[self.used];
        self.used += 1;
        byte
    }

    fn next_bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next_byte())
    }
}

impl TryRng for SeededRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.next_bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.next_bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.next_byte());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(seed: u8, purpose: &str) -> [u8; 80] {
        SeededRandom::new([seed; 32], purpose).next_bytes()
    }

    #[test]
    fn random_bytes_depend_on_the_seed_and_nothing_else() {
        assert_eq!(bytes(1, "secure"), bytes(1, "secure"));
        assert_ne!(bytes(1, "secure"), bytes(2, "secure"));
        assert_ne!(bytes(1, "secure"), bytes(1, "insecure"));
        assert_ne!(seed_number([1; 32]), seed_number([2; 32]));
    }

    #[test]
    fn random_blocks_do_not_repeat() {
        let bytes = bytes(1, "secure");
        assert_ne!(bytes[..32], bytes[32..64]);
    }
}
