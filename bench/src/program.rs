//! The programs: what they are called, what they are given, what they must answer.

use std::path::{Path, PathBuf};

/// A program, in every language that its folder has.
#[derive(Debug)]
pub struct Program {
    /// The folder's name.
    pub name: &'static str,
    /// What it spends its time with.
    pub about: &'static str,
    /// What is timed.
    pub full: Size,
    /// What tests run.
    pub small: Size,
}

/// An argument and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// What `run` is given.
    pub n: i64,
    /// What it must answer, as a text without quotes.
    pub answer: &'static str,
}

const fn size(n: i64, answer: &'static str) -> Size {
    Size { n, answer }
}

/// All programs.
pub static PROGRAMS: &[Program] = &[
    Program {
        name: "fib",
        about: "calls",
        full: size(30, "832040"),
        small: size(15, "610"),
    },
    Program {
        name: "tak",
        about: "calls with three arguments",
        full: size(24, "9"),
        small: size(12, "5"),
    },
    Program {
        name: "collatz",
        about: "tail recursion",
        full: size(30_000, "2864311"),
        small: size(100, "3142"),
    },
    Program {
        name: "mandelbrot",
        about: "floats in a loop",
        full: size(200, "10235"),
        small: size(20, "109"),
    },
    Program {
        name: "closures",
        about: "functions made at run time",
        full: size(300_000, "654785"),
        small: size(100, "173566"),
    },
    Program {
        name: "vectors",
        about: "building, indexing, map, filter, reduce",
        full: size(200_000, "8359581378592"),
        small: size(100, "4148668668"),
    },
    Program {
        name: "counting",
        about: "300,000 assoc into 1,009 keys",
        full: size(300_000, "1009000297"),
        small: size(2_000, "1009000002"),
    },
    Program {
        name: "records",
        about: "record pipeline with group-by",
        full: size(20_000, "43967915"),
        small: size(100, "183195"),
    },
    Program {
        name: "sorting",
        about: "sort and sort-by",
        full: size(50_000, "1076695999"),
        small: size(100, "1115438668"),
    },
    Program {
        name: "append",
        about: "20,000 string appends",
        full: size(20_000, "40000"),
        small: size(100, "200"),
    },
    Program {
        name: "words",
        about: "splitting, counting and joining text",
        full: size(
            2_000,
            "91999:20000:0=200,1=200,2=200,3=200,4=200,5=200,6=200,7=200,8=200,9=200,brown=2000,dog=2000,fox=2000,jumps=2000,lazy=2000,over=2000,quick=2000,the=4000",
        ),
        small: size(
            10,
            "459:100:0=1,1=1,2=1,3=1,4=1,5=1,6=1,7=1,8=1,9=1,brown=10,dog=10,fox=10,jumps=10,lazy=10,over=10,quick=10,the=20",
        ),
    },
    Program {
        name: "json",
        about: "records to JSON and back",
        full: size(5_000, "12946671"),
        small: size(10, "861"),
    },
    Program {
        name: "derive",
        about: "pattern matching on nested vectors",
        full: size(60, "147442"),
        small: size(5, "97"),
    },
    Program {
        name: "queens",
        about: "lists and recursion",
        full: size(9, "352"),
        small: size(5, "10"),
    },
];

/// The folder with programs and drivers.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Program {
    /// A file of the program's folder, if it has it.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let path = root().join("programs").join(self.name).join(name);
        path.is_file().then_some(path)
    }

    /// The text of such a file.
    pub fn text(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.file(name)?).ok()
    }
}
