//! Literals and variables.

use super::{Ty, Writer};

const KEYS: [&str; 5] = [":a", ":b", ":c", ":k/x", ":d"];

pub(super) const JSON: [&str; 7] = [
    "\"{\\\"a\\\": [1, null, 2.5e0]}\"",
    "\"[true, false, {\\\"b\\\": \\\"x\\\"}]\"",
    "\"17\"",
    "\"-0.0\"",
    "\"[1,\"",
    "\"{\\\"k\\\":1,\\\"k\\\":2}\"",
    "\"\\\"text\\\"\"",
];

pub(super) const PATTERNS: [&str; 6] = [
    "\"[a-z]+\"",
    "\"\\\\d+\"",
    "\"a|b\"",
    "\"\"",
    "\"(\"",
    "\".b?\"",
];

const INTEGERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "-1",
    "3",
    "7",
    "10",
    "-13",
    "255",
    "4294967296",
    "-2147483649",
    "9007199254740993",
    "4611686018427387904",
    "9223372036854775807",
    "-9223372036854775808",
    "100",
];

const FLOATS: [&str; 14] = [
    "0.0",
    "-0.0",
    "1.0",
    "1.5",
    "-2.25",
    "1e300",
    "2.5e-3",
    "##Inf",
    "##-Inf",
    "##NaN",
    "0.1",
    "9007199254740992.0",
    "1e-7",
    "3.0",
];

const STRINGS: [&str; 14] = [
    "\"\"",
    "\"a\"",
    "\"ab\"",
    "\"hello, world\"",
    "\"é\\n\\\"λ\"",
    "\"12\"",
    "\" x \"",
    "\"-4.5\"",
    "\"😀a\"",
    "\"a string that is longer than what a small buffer may hold, so that it grows\"",
    "\"A;b;;C\"",
    "\"true\"",
    "\"0123456789abcdef\"",
    "\"b\"",
];

const REST: [&str; 16] = [
    "nil",
    "true",
    "()",
    "[]",
    "{}",
    "'(1 (a \"b\") [c] {:d e})",
    "2026-01-01T00:00:00Z",
    "#uuid(\"0f0e0d0c-0b0a-0908-0706-050403020100\")",
    "resource://r",
    "@known",
    "@unknown",
    "known",
    "{1 2 \"s\" [3]}",
    "and",
    "'sym",
    "[1 [2 [3 [4]]]]",
];

impl Writer<'_> {
    pub(super) fn key(&mut self) -> &'static str {
        KEYS[self.noise.below(KEYS.len())]
    }

    pub(super) fn leaf(&mut self, ty: &Ty) -> String {
        if self.noise.below(10) < 7 {
            let fitting: Vec<usize> = (0..self.scope.len())
                .filter(|&i| self.scope[i].1.fits(ty))
                .collect();
            if !fitting.is_empty() {
                let name = &self.scope[*self.noise.pick(&fitting)].0;
                return name.clone();
            }
        }
        self.literal(ty)
    }

    fn literal(&mut self, ty: &Ty) -> String {
        let one = |noise: &mut rtfs_fuzz::Noise, of: &[&str]| (*noise.pick(of)).to_owned();
        match ty {
            Ty::Int if self.noise.one_in(12) => {
                (self.noise.bits() as i64 >> self.noise.below(64)).to_string()
            }
            // Small numbers go further than large ones.
            Ty::Int if self.noise.below(4) < 3 => one(self.noise, &INTEGERS[..8]),
            Ty::Int => one(self.noise, &INTEGERS),
            Ty::Float => one(self.noise, &FLOATS),
            Ty::Number => {
                let ty = self.noise.pick(&[Ty::Int, Ty::Float]).clone();
                self.literal(&ty)
            }
            Ty::Str => one(self.noise, &STRINGS),
            Ty::Bool => one(self.noise, &["true", "false"]),
            Ty::Keyword => one(self.noise, &[":a", ":b", ":c", ":k/x", ":other"]),
            Ty::Symbol => one(self.noise, &["'sym", "'a.b/c", "(symbol \"made\")"]),
            Ty::Error => one(
                self.noise,
                &[
                    "(Exception. \"made\")",
                    "(Exception. \"with\" {:kind :own :n 1})",
                    "(HostError. \"host\")",
                    "(try (nth [] 1) (catch e e))",
                ],
            ),
            Ty::Any if self.noise.one_in(2) => one(self.noise, &REST),
            Ty::Any => {
                let ty = Ty::random(self.noise, 1);
                self.literal(&ty)
            }
            Ty::Vector(item) => {
                let n = self.noise.below(4);
                let items: Vec<String> = (0..n).map(|_| self.leaf(item)).collect();
                format!("[{}]", items.join(" "))
            }
            Ty::List(item) => format!("(list {} {})", self.leaf(item), self.leaf(item)),
            Ty::Map(item) => format!("{{:a {} :b {}}}", self.leaf(item), self.leaf(item)),
            Ty::Record => format!("{{:a {} :b {}}}", self.leaf(&Ty::Int), self.leaf(&Ty::Str)),
            Ty::Function(params, result) => self.known_function(params, result),
        }
    }

    /// A library function or a short function.
    fn known_function(&mut self, params: &[Ty], result: &Ty) -> String {
        let of: &[&str] = match (params, result) {
            ([Ty::Int], Ty::Int) => &["inc", "dec", "-", "#(* % 3)", "abs", "(partial + 2)"],
            ([_], Ty::Bool) => &[
                "nil?",
                "int?",
                "#(= % 1)",
                "not",
                "some?",
                "(comp not even?)",
            ],
            ([Ty::Int], Ty::Keyword) => &["#(if (even? %) :even :odd)"],
            ([_], Ty::Str) => &["str", "type-name", "#(str % \"!\")", "(partial str 1)"],
            ([Ty::Int, Ty::Int], Ty::Int) => &["+", "*", "-", "max", "#(+ %1 (* 2 %2))", "compare"],
            ([Ty::Int, Ty::Int], Ty::Bool) => &["<", ">", "="],
            ([_], _) => &[
                "identity",
                "vector",
                "list",
                ":a",
                "str",
                "#(vector % %)",
                "count",
            ],
            _ => &[
                "vector",
                "str",
                "#(vector %2 %1)",
                "#(conj [%1] %2 %&)",
                "list",
                "=",
            ],
        };
        (*self.noise.pick(of)).to_owned()
    }
}
