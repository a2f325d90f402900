//! What compiling and starting cost: from IR to a component, and whole processes of `rtfs run`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rtfs_backend_wasm::{Options, compile};

use crate::Failure;
use crate::component::program;
use crate::program::root;
use crate::target::{Finding, Unit};

/// A program whose work is nothing.
const TRIVIAL: &str = "(defn double [n] (* 2 n))\n(double 21)\n";

fn least(
    rounds: usize,
    mut run: impl FnMut() -> Result<Duration, Failure>,
) -> Result<Duration, Failure> {
    let mut least = Duration::MAX;
    for _ in 0..rounds {
        least = least.min(run()?);
    }
    Ok(least)
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The module of 200 lines.
pub fn module() -> PathBuf {
    root().join("modules/ledger.rtfs")
}

/// From the IR of the module to its component.
///
/// # Errors
/// When it cannot be compiled.
pub fn compilation(rounds: usize) -> Result<Finding, Failure> {
    let program = program(&std::fs::read_to_string(module())?)?;
    let time = least(rounds, || {
        let started = Instant::now();
        compile(&program, &Options::default())?;
        Ok(started.elapsed())
    })?;
    Ok(Finding {
        row: 7,
        case: "200-line module to component".to_owned(),
        measured: millis(time),
        at_most: 10.0,
        unit: Unit::Millis,
    })
}

/// The `rtfs` binary: `RTFS_BIN`, or the one that was built beside this program.
pub fn binary() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("RTFS_BIN") {
        return Some(path.into());
    }
    let this = std::env::current_exe().ok()?;
    let folders = this.ancestors().skip(1).take(2);
    folders
        .map(|folder| folder.join("rtfs"))
        .find(|path| path.is_file())
}

/// Store and keys of some processes.
#[derive(Debug)]
pub struct Home<'a> {
    rtfs: &'a Path,
    dir: PathBuf,
}

impl<'a> Home<'a> {
    /// One in `dir`, where nothing is kept yet.
    ///
    /// # Errors
    /// When `dir` cannot be made.
    pub fn new(rtfs: &'a Path, dir: PathBuf) -> Result<Self, Failure> {
        let home = Self { rtfs, dir };
        home.clear()?;
        Ok(home)
    }

    /// As on a machine that never ran a program.
    fn clear(&self) -> Result<(), Failure> {
        match std::fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(std::fs::create_dir_all(&self.dir)?),
        }
    }

    /// Time of one whole `rtfs run`.
    fn run(&self, file: &Path, flags: &[&str]) -> Result<Duration, Failure> {
        self.command(&[&["run"], flags].concat(), file)
    }

    /// Time of one whole process whose last argument is `file`.
    ///
    /// # Errors
    /// When it does not succeed.
    pub fn command(&self, args: &[&str], file: &Path) -> Result<Duration, Failure> {
        let mut command = Command::new(self.rtfs);
        let option = |name: &str| -> [Box<OsStr>; 2] {
            let path = self.dir.join(name);
            [
                OsStr::new(&format!("--{name}")).into(),
                path.as_os_str().into(),
            ]
        };
        command.args(args);
        command.args(option("store")).args(option("keys")).arg(file);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let output = command.output()?;
        let time = started.elapsed();
        match output.status.success() {
            true => Ok(time),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }
}

/// Whole processes: cold and warm.
///
/// # Errors
/// When a run fails.
pub fn processes(rtfs: &Path, rounds: usize, scratch: &Path) -> Result<Vec<Finding>, Failure> {
    let module = module();
    let trivial = scratch.join("trivial.rtfs");
    std::fs::write(&trivial, TRIVIAL)?;
    let home = Home::new(rtfs, scratch.join("home"))?;
    let evaluator = ["--engine", "evaluator"];
    let component = ["--engine", "component"];
    let mut times = [Duration::MAX; 5];
    for _ in 0..rounds {
        home.clear()?;
        let fresh = home.run(&module, &component)?;
        home.clear()?;
        home.run(&trivial, &component)?;
        let unknown = home.run(&module, &component)?;
        let evaluated = home.run(&module, &evaluator)?;
        let warm = home.run(&trivial, &component)?;
        let warm_module = home.run(&module, &component)?;
        let these = [evaluated, fresh, unknown, warm, warm_module];
        for (least, time) in times.iter_mut().zip(these) {
            *least = time.min(*least);
        }
    }
    let [evaluated, fresh, unknown, trivially, warm_module] = times.map(millis);
    let cold = |what: &str, time: f64| Finding {
        row: 8,
        case: format!("{what}: {time:.1} ms vs {evaluated:.1} ms"),
        measured: time / evaluated,
        at_most: 3.0,
        unit: Unit::Ratio,
    };
    let warm = |what: &str, time: f64| Finding {
        row: 9,
        case: what.to_owned(),
        measured: time,
        at_most: 15.0,
        unit: Unit::Millis,
    };
    Ok(vec![
        cold("store and keys made on the way", fresh),
        cold("in a store that is there", unknown),
        warm("one function", trivially),
        warm("the 200-line module", warm_module),
    ])
}
