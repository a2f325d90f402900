//! A guest that tries every door of its world and reports what it found behind each.
//!
//! Tests of hosts use it: nothing may be open that was not granted, and nothing may differ from
//! one run to the next.

use rtfs_guest::{Error, Value, call_capability, module};
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

module! {
    /// The contents of a file, or what reading it answered.
    "read-file" => read_file(path: String) -> Result<String, Error>;
    /// Writes a file; true, or what writing answered.
    "write-file" => write_file(path: String, text: String) -> Result<bool, Error>;
    /// The names in a directory, or what listing answered.
    "list-dir" => list_dir(path: String) -> Result<Vec<String>, Error>;
    /// An environment variable, or nil.
    "env" => env(name: String) -> Option<String>;
    /// How many environment variables there are.
    "env-count" => env_count() -> i64;
    /// The command-line arguments.
    "args" => args() -> Vec<String>;
    /// What a TCP peer sends first, or what connecting answered.
    "tcp" => tcp(address: String) -> Result<String, Error>;
    /// The wall clock, in seconds since 1970.
    "wall-clock" => wall_clock() -> i64;
    /// Nanoseconds that pass on the monotonic clock while a loop runs.
    "elapsed" => elapsed() -> i64;
    /// A random number.
    "random" => random() -> i64;
    /// Everything on standard input.
    "stdin" => stdin() -> Result<String, Error>;
    /// Writes a line `times` times to standard output, and once to standard error.
    "print" => print(line: String, times: i64) -> bool;
    /// Ends the process instead of answering.
    "exit" => exit(code: i64) -> bool;
    /// Panics.
    "panic" => panic_now(message: String) -> bool;
    /// Sleeps for some milliseconds.
    "sleep" => sleep(milliseconds: i64) -> bool;
    /// Takes memory until there is no more.
    "exhaust-memory" => exhaust_memory() -> bool;
    /// Opens handles until something refuses.
    "exhaust-handles" => exhaust_handles() -> i64;
    /// Calls a capability without arguments.
    "call" => call(id: String) -> Result<Value, Error>;
}

fn failed(error: &std::io::Error) -> Error {
    Error::new("IoError", "io-error", &format!("{:?}", error.kind()))
}

fn read_file(path: String) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| failed(&error))
}

fn write_file(path: String, text: String) -> Result<bool, Error> {
    fs::write(path, text).map_err(|error| failed(&error))?;
    Ok(true)
}

fn list_dir(path: String) -> Result<Vec<String>, Error> {
    let entries = fs::read_dir(path).map_err(|error| failed(&error))?;
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(&error))?;
    names.sort();
    Ok(names)
}

fn env(name: String) -> Option<String> {
    std::env::var(name).ok()
}

fn env_count() -> i64 {
    i64::try_from(std::env::vars_os().count()).unwrap_or(i64::MAX)
}

fn args() -> Vec<String> {
    std::env::args().collect()
}

fn tcp(address: String) -> Result<String, Error> {
    let mut text = String::new();
    TcpStream::connect(address)
        .and_then(|mut peer| peer.read_to_string(&mut text))
        .map_err(|error| failed(&error))?;
    Ok(text)
}

fn wall_clock() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(-1, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

fn elapsed() -> i64 {
    let start = Instant::now();
    let mut sum = 0_u64;
    for n in 0..100_000_u64 {
        sum = std::hint::black_box(sum.wrapping_add(n));
    }
    i64::try_from(start.elapsed().as_nanos()).unwrap_or(i64::MAX)
}

fn random() -> i64 {
    // The standard library seeds its hash tables from `wasi:random`.
    i64::from_ne_bytes(RandomState::new().hash_one(0).to_ne_bytes())
}

fn stdin() -> Result<String, Error> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    Ok(text)
}

fn print(line: String, times: i64) -> bool {
    let mut out = std::io::stdout().lock();
    let printed = (0..times).all(|_| writeln!(out, "{line}").is_ok());
    printed && writeln!(std::io::stderr(), "{line}").is_ok()
}

fn exit(code: i64) -> bool {
    std::process::exit(i32::try_from(code).unwrap_or(1))
}

fn panic_now(message: String) -> bool {
    panic!("{message}")
}

fn sleep(milliseconds: i64) -> bool {
    let milliseconds = u64::try_from(milliseconds).unwrap_or(0);
    std::thread::sleep(Duration::from_millis(milliseconds));
    true
}

fn exhaust_memory() -> bool {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&kept);
    }
}

fn exhaust_handles() -> i64 {
    let mut kept = Vec::new();
    while let Ok(socket) = std::net::UdpSocket::bind("127.0.0.1:0") {
        kept.push(socket);
    }
    i64::try_from(kept.len()).unwrap_or(i64::MAX)
}

fn call(id: String) -> Result<Value, Error> {
    call_capability(&id, &[])
}
