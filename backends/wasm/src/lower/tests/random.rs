//! Random programs, the same on both engines and without leaks.

use rtfs_eval::{Limits, PureHost, evaluate};

use super::differential::difference;
use super::leaks::leaves_nothing;
use super::runner::on_large_stack;

/// A small generator of pseudo-random numbers (xorshift), so that failures can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Writes programs. Most of what it writes makes sense; the rest raises errors.
struct Writer {
    random: Random,
    names: Vec<String>,
    counter: u32,
}

const FUNCTIONS: [&str; 3] = ["f0", "f1", "f2"];

impl Writer {
    fn program(&mut self) -> String {
        let mut text = String::new();
        for name in FUNCTIONS {
            self.names = vec!["n".to_owned(), "x".to_owned()];
            // The first parameter counts down, so that programs end.
            let body = self.expr(5);
            let base = self.expr(2);
            text += &format!("(defn {name} [n x] (if (<= n 0) {base} {body})) ");
        }
        self.names.clear();
        let main = self.expr(4);
        text + &format!("[(f0 3 (str \"a\" 1)) (try (f1 3 [\"b\"]) (catch e (:message e))) {main}]")
    }

    fn name(&mut self) -> String {
        self.counter += 1;
        format!("v{}", self.counter)
    }

    fn atom(&mut self) -> String {
        if !self.names.is_empty() && self.random.below(3) > 0 {
            let index = self.random.below(self.names.len() as u64) as usize;
            return self.names[index].clone();
        }
        let atoms = [
            "1",
            "2",
            "-1",
            "2.5",
            "nil",
            "true",
            "false",
            "\"s\"",
            ":k",
            "[]",
            "{}",
            "inc",
            "str",
            "9223372036854775807",
        ];
        self.random.pick(&atoms).to_owned()
    }

    fn with_names(&mut self, names: &[String], depth: u32) -> String {
        let height = self.names.len();
        self.names.extend_from_slice(names);
        let text = self.expr(depth);
        self.names.truncate(height);
        text
    }

    fn expr(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.atom();
        }
        let depth = depth - 1;
        match self.random.below(26) {
            0..=1 => self.atom(),
            2..=3 => format!(
                "(if {} {} {})",
                self.expr(depth),
                self.expr(depth),
                self.expr(depth)
            ),
            4..=6 => {
                let name = self.name();
                let init = self.expr(depth);
                let body = self.with_names(std::slice::from_ref(&name), depth);
                format!("(let [{name} {init}] {body})")
            }
            7 => {
                let names = [self.name(), self.name()];
                let init = self.expr(depth);
                let body = self.with_names(&names, depth);
                format!("(let [[{} & {}] {init}] {body})", names[0], names[1])
            }
            8 => {
                let names = [self.name(), self.name()];
                let (a, b, body) = (
                    self.expr(depth),
                    self.expr(depth),
                    self.with_names(&names, depth),
                );
                format!("(let [[{} {}] [{a} {b}]] {body})", names[0], names[1])
            }
            9 => {
                let name = self.name();
                let (init, default) = (self.expr(depth), self.expr(depth));
                let body = self.with_names(std::slice::from_ref(&name), depth);
                format!(
                    "(let [{{:keys [{name}] :or {{{name} {default}}}}} {{:{name} {init}}}] {body})"
                )
            }
            10..=11 => {
                let op = self
                    .random
                    .pick(&["+", "-", "*", "<", "=", "str", "vector", "mod", "not="]);
                format!("({op} {} {})", self.expr(depth), self.expr(depth))
            }
            12 => {
                let op = self.random.pick(&[
                    "inc", "count", "first", "rest", "nil?", "not", "str", "int?",
                ]);
                format!("({op} {})", self.expr(depth))
            }
            13 => format!("(and {} {})", self.expr(depth), self.expr(depth)),
            14 => format!(
                "(or {} {} {})",
                self.expr(depth),
                self.expr(depth),
                self.expr(depth)
            ),
            15 => format!("[{} {}]", self.expr(depth), self.expr(depth)),
            16 => format!("{{:k {} :v {}}}", self.expr(depth), self.expr(depth)),
            17..=18 => self.try_form(depth),
            19..=20 => {
                let function = self.random.pick(&FUNCTIONS);
                let count = if self.names.iter().any(|name| name == "n") {
                    "(- n 1)"
                } else {
                    "2"
                };
                format!("({function} {count} {})", self.expr(depth))
            }
            21..=22 => {
                let name = self.name();
                let body = self.with_names(std::slice::from_ref(&name), depth);
                let arg = self.expr(depth);
                let kind = self.random.below(3);
                match kind {
                    0 => format!("((fn [{name}] {body}) {arg})"),
                    1 => format!("(map (fn [{name}] {body}) [{arg} 1])"),
                    _ => {
                        let function = self.name();
                        format!(
                            "(let [{function} (fn [{name}] {body})] [({function} {arg}) ({function} 1)])"
                        )
                    }
                }
            }
            23 => self.match_form(depth),
            24 => {
                let name = self.name();
                let items = self.expr(depth);
                let body = self.with_names(std::slice::from_ref(&name), depth);
                format!("(for [{name} [{items} 2]] {body})")
            }
            _ => format!("(do {} {})", self.expr(depth), self.expr(depth)),
        }
    }

    fn try_form(&mut self, depth: u32) -> String {
        let body = self.expr(depth);
        let name = self.name();
        let handler = self.with_names(std::slice::from_ref(&name), depth);
        match self.random.below(4) {
            0 => format!("(try {body} (catch {name} {handler}))"),
            1 => format!(
                "(try {body} (catch TypeError {name} {handler}) (finally {}))",
                self.expr(depth)
            ),
            2 => format!("(try {body} (finally {}))", self.expr(depth)),
            _ => format!("(try (error (str {body})) (catch {name} (:message {name})))"),
        }
    }

    fn match_form(&mut self, depth: u32) -> String {
        let value = self.expr(depth);
        let names = [self.name(), self.name()];
        let (a, b) = (names[0].clone(), names[1].clone());
        let pair = self.with_names(&names, depth);
        let guard = self.with_names(&names, 1);
        let one = self.with_names(std::slice::from_ref(&a), depth);
        let rest = self.expr(depth);
        format!(
            "(match {value} [{a} {b}] when {guard} {pair} {{:k {a}}} {one} (:string {a}) {one} 1 :one _ {rest})"
        )
    }
}

fn check_seeds(seeds: impl Iterator<Item = u64>) {
    let mut failures = Vec::new();
    for seed in seeds {
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut writer = Writer {
            random,
            names: Vec::new(),
            counter: 0,
        };
        let source = writer.program();
        let program = super::program(&source);
        let limits = Limits {
            steps: Some(20_000),
            ..Limits::default()
        };
        // Some programs multiply their work; they would only take long.
        if evaluate(&program, &mut PureHost, &limits)
            .result
            .is_err_and(|error| error.class_name() == "BudgetExhausted")
        {
            continue;
        }
        let level = [0, 2][(seed % 2) as usize];
        failures.extend(difference(
            &format!("seed {seed}: {source}"),
            &program,
            500,
            &[level],
        ));
        failures.extend(
            leaves_nothing(&program, level)
                .err()
                .map(|left| format!("seed {seed} {left}: {source}")),
        );
    }
    assert!(
        failures.is_empty(),
        "{} fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// `SEEDS=1000..2000` runs others.
#[test]
fn random_programs() {
    let seeds = std::env::var("SEEDS").unwrap_or_else(|_| "0..60".to_owned());
    let (from, to) = seeds.split_once("..").expect("SEEDS is a range");
    let (from, to): (u64, u64) = (
        from.parse().expect("a number"),
        to.parse().expect("a number"),
    );
    on_large_stack(|| check_seeds(from..to));
}
