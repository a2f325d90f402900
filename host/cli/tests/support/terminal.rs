//! A pseudo-terminal with `rtfs repl` on it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a terminal sends around pasted text, when it was asked to.
const BEGIN_PASTE: &str = "\u{1b}[200~";
pub(crate) const END_PASTE: &str = "\u{1b}[201~";

/// How a program asks where the cursor is, and what this terminal answers.
const CURSOR_QUESTION: &[u8] = b"\x1b[6n";
const CURSOR_ANSWER: &[u8] = b"\x1b[1;1R";

const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// How much of the screen the test has looked at.
    looked_at: usize,
    dir: tempfile::TempDir,
}

impl Terminal {
    /// A session whose first prompt is there.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with other variables; without a value they are removed.
    pub(crate) fn start_with(variables: &[(&str, Option<&Path>)]) -> Self {
        let mut terminal = Self::spawn(variables, false);
        terminal.prompt();
        terminal
    }

    /// A session whose standard output is a pipe that nobody reads.
    pub(crate) fn start_with_closed_output() -> Self {
        let mut terminal = Self::spawn(&[], true);
        terminal.expect("rtfs> ");
        terminal
    }

    fn spawn(variables: &[(&str, Option<&Path>)], closed_output: bool) -> Self {
        let (master, slave) = open();
        let dir = tempfile::tempdir().expect("a temporary directory");
        let side = || slave.try_clone().expect("descriptors can be copied");
        let mut command = Command::new(env!("CARGO_BIN_EXE_rtfs"));
        command
            .args(["repl", "--color", "never"])
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .env("TERM", "xterm")
            .env_remove("XDG_DATA_HOME")
            .stdin(side())
            .stdout(side())
            .stderr(side());
        if closed_output {
            command.stdout(Stdio::piped());
        }
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, OsString::from(value)),
                None => command.env_remove(name),
            };
        }
        // SAFETY: between fork and exec only these two system calls are made.
        unsafe {
            command.pre_exec(|| {
                if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY as _, 0) < 0 {
                    return Err(std::io::Error::last_os_error());
                }
                Ok(())
            });
        }
        let mut child = command.spawn().expect("the binary was built");
        drop(child.stdout.take());
        drop((command, slave));
        let screen = Arc::new(Mutex::new(Vec::new()));
        let keyboard = File::from(master);
        watch(
            keyboard.try_clone().expect("descriptors can be copied"),
            screen.clone(),
        );
        Self {
            child,
            keyboard,
            screen,
            looked_at: 0,
            dir,
        }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("the directory is writable");
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).expect("the session reads");
    }

    /// Types a line.
    pub(crate) fn enter(&mut self, line: &str) {
        self.send(line);
        self.send("\r");
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.send(BEGIN_PASTE);
        self.send(text);
        self.send(END_PASTE);
    }

    /// Drops what is typed, as Ctrl-C does, and waits for the next input.
    pub(crate) fn cancel(&mut self) {
        self.send("\u{3}");
        // Sent when a line ends, before the next begins.
        self.expect("\u{1b}[?2004l");
        self.prompt();
    }

    /// Waits for the sign of a new input.
    pub(crate) fn prompt(&mut self) {
        self.expect("rtfs> ");
    }

    /// Waits until the screen shows a text behind what was expected before.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) {
        let started = Instant::now();
        while !self.shows(text) {
            let waited = started.elapsed();
            assert!(waited < PATIENCE, "no {text:?} in {:?}", self.unseen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends keys again and again until the screen shows a text.
    #[track_caller]
    pub(crate) fn insist(&mut self, keys: &str, text: &str) {
        let started = Instant::now();
        while !self.shows(text) {
            assert!(
                started.elapsed() < PATIENCE,
                "no {text:?} in {:?}",
                self.unseen()
            );
            self.send(keys);
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn shows(&mut self, text: &str) -> bool {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let unseen = &screen[self.looked_at..];
        let found = unseen
            .windows(text.len())
            .position(|part| part == text.as_bytes());
        if let Some(at) = found {
            self.looked_at += at + text.len();
        }
        found.is_some()
    }

    fn unseen(&self) -> String {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let unseen = &screen[self.looked_at..];
        String::from_utf8_lossy(&unseen[..unseen.len().min(2_000)]).into_owned()
    }

    /// Everything that was shown.
    pub(crate) fn seen(&self) -> String {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&screen).into_owned()
    }

    /// Leaves as users do.
    pub(crate) fn leave(mut self) {
        self.prompt();
        self.send("\u{4}");
        assert_eq!(self.wait(), 0);
    }

    /// The status of the session when it has ended.
    pub(crate) fn wait(&mut self) -> i32 {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return status.code().unwrap_or(-1);
            }
            assert!(
                started.elapsed() < PATIENCE,
                "it does not end: {:?}",
                self.unseen()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both sides of a new pseudo-terminal.
fn open() -> (OwnedFd, OwnedFd) {
    let (mut master, mut slave) = (0, 0);
    let size = libc::winsize {
        ws_row: 40,
        ws_col: 120,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the pointers are to live variables, or null where that is allowed.
    let status = unsafe {
        libc::openpty(
            &mut master,
            &mut slave,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            &size,
        )
    };
    assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: both descriptors were just opened, and nobody else has them.
    let (master, slave) = unsafe { (OwnedFd::from_raw_fd(master), OwnedFd::from_raw_fd(slave)) };
    // Other sessions that start meanwhile must not inherit them.
    for side in [&master, &slave] {
        // SAFETY: the descriptor is open.
        unsafe { libc::fcntl(side.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    (master, slave)
}

/// Collects what is shown, and answers as a terminal does.
fn watch(mut terminal: File, screen: Arc<Mutex<Vec<u8>>>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 64 << 10];
        let mut answered = 0;
        // On Linux, reading fails when the other side is closed.
        while let Ok(n_read @ 1..) = terminal.read(&mut bytes) {
            let mut screen = screen.lock().unwrap_or_else(PoisonError::into_inner);
            screen.extend_from_slice(&bytes[..n_read]);
            let shown = &screen[answered..];
            let questions: Vec<usize> = shown
                .windows(CURSOR_QUESTION.len())
                .enumerate()
                .filter(|(_, part)| *part == CURSOR_QUESTION)
                .map(|(at, _)| at)
                .collect();
            if let Some(last) = questions.last() {
                answered += last + CURSOR_QUESTION.len();
            }
            drop(screen);
            for _ in questions {
                let _ = terminal.write_all(CURSOR_ANSWER);
            }
        }
    });
}
