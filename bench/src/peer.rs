//! Other languages: processes that stay, and do one call for each line they are sent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Failure;
use crate::program::{Program, root};
use crate::race::{Contender, Sample};

/// A language that programs are written in besides RTFS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// The name of its column.
    pub name: &'static str,
    /// What runs or compiles it.
    pub tool: &'static str,
    /// How the tool is asked for its version.
    version: &'static str,
    /// What a program's file is called.
    pub file: &'static str,
    /// Reads the program and serves it.
    driver: &'static str,
    /// What comes before the driver.
    flags: &'static [&'static str],
}

/// All of them. The first is compiled ahead of time: the limit of what the machine can do.
pub static LANGUAGES: &[Language] = &[
    Language {
        name: "Rust",
        tool: "rustc",
        version: "--version",
        file: "native.rs",
        driver: "native.rs",
        flags: &[],
    },
    Language {
        name: "Node",
        tool: "node",
        version: "--version",
        file: "node.js",
        driver: "node.js",
        flags: &[],
    },
    Language {
        name: "LuaJIT",
        tool: "luajit",
        version: "-v",
        file: "luajit.lua",
        driver: "luajit.lua",
        flags: &[],
    },
    Language {
        name: "Guile",
        tool: "guile",
        version: "--version",
        file: "guile.scm",
        driver: "guile.scm",
        flags: &["--no-auto-compile"],
    },
    Language {
        name: "SBCL",
        tool: "sbcl",
        version: "--version",
        file: "sbcl.lisp",
        driver: "sbcl.lisp",
        flags: &["--script"],
    },
];

impl Language {
    /// The first line with which the tool introduces itself; `None` where it is not installed.
    pub fn installed(&self) -> Option<String> {
        let output = Command::new(self.tool).arg(self.version).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().next().unwrap_or_default().to_owned();
        output.status.success().then_some(line)
    }

    /// Starts serving a program; `None` where the language has no such program. What is made on the
    /// way goes into `scratch`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(
        &self,
        program: &Program,
        n: i64,
        scratch: &Path,
    ) -> Result<Option<Peer>, Failure> {
        let Some(file) = program.file(self.file) else {
            return Ok(None);
        };
        let scratch = scratch.join(format!("{}-{}", self.tool, program.name));
        std::fs::create_dir_all(&scratch)?;
        let driver = root().join("drivers").join(self.driver);
        let mut command = match self.tool {
            "rustc" => Command::new(build_native(&driver, &file, &scratch)?),
            tool => {
                let mut command = Command::new(tool);
                command.args(self.flags).arg(driver).arg(file);
                command
            }
        };
        command.arg(n.to_string()).arg(&scratch);
        Peer::start(&mut command).map(Some)
    }
}

/// Compiles a program behind its driver.
fn build_native(driver: &Path, file: &Path, scratch: &Path) -> Result<std::path::PathBuf, Failure> {
    let text = std::fs::read_to_string(driver)?;
    let main = scratch.join("main.rs");
    std::fs::write(&main, text.replace("PROGRAM", &file.display().to_string()))?;
    let binary = scratch.join("main");
    let built = Command::new("rustc")
        .args(["--edition", "2024", "-C", "opt-level=3", "-o"])
        .arg(&binary)
        .arg(&main)
        .output()?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into_owned().into());
    }
    Ok(binary)
}

/// A program being served.
pub struct Peer {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(command: &mut Command) -> Result<Self, Failure> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let input = process.stdin.take();
        let output = process.stdout.take().ok_or("the output is piped")?;
        Ok(Self {
            process,
            input,
            output: BufReader::new(output),
        })
    }
}

impl Contender for Peer {
    fn run(&mut self) -> Result<Sample, Failure> {
        let input = self.input.as_mut().ok_or("the input is piped")?;
        input.write_all(b"run\n")?;
        input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let (time, answer) = line.trim_end().split_once(' ').ok_or("it ended")?;
        Ok(Sample {
            time: Duration::from_nanos(time.parse()?),
            answer: answer.to_owned(),
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // At the end of its input a driver ends. One that does not is in nobody's way for long.
        self.input = None;
        let _ = self.process.wait();
    }
}
