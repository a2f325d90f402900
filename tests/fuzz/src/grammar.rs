//! Programs from a grammar: well formed, mostly well behaved, and full of corners.

use std::fmt::Write as _;

use rtfs_value::library::BUILTINS;

use crate::noise::Noise;

/// Writes programs.
pub struct Grammar<'n> {
    noise: &'n mut Noise,
    text: String,
    /// Names in scope, innermost last.
    names: Vec<String>,
    /// How many more forms may be opened.
    fuel: usize,
    /// No form that may skip, repeat or catch what is inside it.
    straight: bool,
}

const ATOMS: [&str; 34] = [
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2",
    "7",
    "100",
    "9223372036854775807",
    "-9223372036854775808",
    "0.0",
    "-0.0",
    "1.5",
    "1e300",
    "-2.5e-3",
    "\"\"",
    "\"a\"",
    "\"hello world\"",
    "\"é\\n\\\"λ\"",
    "\"12\"",
    "\"{\\\"a\\\": [1, null]}\"",
    ":a",
    ":b",
    ":k/x",
    "'sym",
    "()",
    "[]",
    "{}",
    "@ref",
    "'(1 (a) [b])",
    "2026-01-01T00:00:00Z",
    "#uuid(\"0f0e0d0c-0b0a-0908-0706-050403020100\")",
    "resource://r",
];

const TYPES: [&str; 30] = [
    "int",
    "float",
    "string",
    "bool",
    "nil",
    "keyword",
    "symbol",
    "any",
    "never",
    "number",
    "fn",
    "int?",
    "string?",
    "list",
    "map",
    "vector",
    "error",
    "[:vector :int]",
    "[:vector :any]",
    "[:tuple :int :string]",
    "[:map [:a :int] [:b :string ?]]",
    "[:map [:a :int] [:* :any]]",
    "[:map-of :keyword :int]",
    "[:union :int :string :nil]",
    "[:enum :a 1 \"x\"]",
    "[:val 5]",
    "[:and :int [:> 0] [:< 100]]",
    "[:and :string [:min-length 2]]",
    "[:array :int [2 ?]]",
    "[:fn [:int & :string] :bool]",
];

/// The functions that call back make the most trouble.
const CALLBACKS: [&str; 12] = [
    "map",
    "filter",
    "reduce",
    "sort-by",
    "group-by",
    "some",
    "every?",
    "update",
    "apply",
    "map-indexed",
    "comp",
    "partial",
];

impl<'n> Grammar<'n> {
    /// A program of at most about `fuel` forms.
    pub fn program(noise: &'n mut Noise, fuel: usize) -> String {
        let mut grammar = Grammar::new(noise, fuel, false);
        for _ in 0..grammar.noise.below(4) {
            grammar.definition();
            grammar.text.push('\n');
        }
        grammar.form(0);
        grammar.text
    }

    /// A program in which every form is evaluated, unless one before it raises.
    pub fn straight_program(noise: &'n mut Noise, fuel: usize) -> String {
        let mut grammar = Grammar::new(noise, fuel, true);
        grammar.form(0);
        grammar.text
    }

    /// Data as programs quote them.
    pub fn data(noise: &'n mut Noise, fuel: usize) -> String {
        let mut grammar = Grammar::new(noise, fuel, true);
        grammar.datum(0);
        grammar.text
    }

    fn new(noise: &'n mut Noise, fuel: usize, straight: bool) -> Self {
        Grammar {
            noise,
            text: String::new(),
            names: Vec::new(),
            fuel,
            straight,
        }
    }

    fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn fresh(&mut self) -> String {
        const NAMES: [&str; 10] = ["x", "y", "z", "n", "f", "g", "acc", "it", "m", "xs"];
        (*self.noise.pick(&NAMES)).to_owned()
    }

    fn annotation(&mut self) {
        if self.noise.one_in(4) {
            let ty = *self.noise.pick(&TYPES);
            let _ = write!(self.text, ":{ty}");
        }
    }

    fn definition(&mut self) {
        let name = self.fresh();
        match self.noise.below(6) {
            0 => {
                let _ = write!(self.text, "(def {name}");
                self.annotation();
                self.say(" ");
                self.form(1);
                self.say(")");
            }
            1 => {
                let _ = write!(self.text, "(defmacro {name} [a & more] ");
                self.quasiquote();
                self.say(")");
            }
            2 => {
                let _ = write!(self.text, "(defstruct {name} :a int :b :string?)");
            }
            _ => {
                let _ = write!(self.text, "(defn {name} ");
                self.names.push(name.clone());
                self.parameters_and_body(1);
                self.names.pop();
                self.say(")");
            }
        }
        self.names.push(name);
    }

    /// Forms that are expanded to others.
    fn derived(&mut self, depth: usize) {
        let name = *self.noise.pick(&["and", "or", "when", "cond", "->", "->>"]);
        let _ = write!(self.text, "({name}");
        match name {
            "cond" => {
                let n = 2 * self.noise.below(4);
                self.forms(n, depth);
            }
            "->" | "->>" => {
                self.forms(1, depth);
                for _ in 0..self.noise.below(4) {
                    self.say(" ");
                    self.library_call(depth + 1);
                }
            }
            _ => {
                let n = 1 + self.noise.below(4);
                self.forms(n, depth);
            }
        }
        self.say(")");
    }

    fn quasiquote(&mut self) {
        const BODIES: [&str; 8] = [
            "`(do ~a ~@more)",
            "`(+ ~a 1)",
            "`[~a ~@more]",
            "`(let [x ~a] x)",
            "a",
            "(first more)",
            "`(if ~a (do ~@more) nil)",
            "`{:k ~a}",
        ];
        let body = *self.noise.pick(&BODIES);
        self.say(body);
    }

    /// One form; `depth` is how many are open around it.
    fn form(&mut self, depth: usize) {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 || depth > 12 || self.noise.one_in(4) {
            return self.atom();
        }
        match self.noise.below(if self.straight { 9 } else { 22 }) {
            0..=2 => self.library_call(depth),
            3 => self.sequence('[', ']', depth),
            4 => self.map(depth),
            5 | 6 => self.bindings(depth),
            7 => self.immediate(depth),
            8 => self.keyword("do", depth, 3),
            9 => {
                self.say("(if");
                let n = 2 + self.noise.below(2);
                self.forms(n, depth);
                self.say(")");
            }
            10 => self.function(depth),
            11 | 12 => self.callback(depth),
            13 => self.try_form(depth),
            14 => self.match_form(depth),
            15 => self.loops(depth),
            16 => self.derived(depth),
            17 => self.own_call(depth),
            18 => self.short_function(depth),
            19 => self.call_capability(depth),
            20 => self.hinted(depth),
            _ => {
                self.say("(throw ");
                self.form(depth + 1);
                self.say(")");
            }
        }
    }

    fn atom(&mut self) {
        if !self.names.is_empty() && self.noise.below(5) < 3 {
            let name = self.noise.pick(&self.names).clone();
            self.say(&name);
        } else if self.noise.one_in(12) {
            let name = self.noise.pick(BUILTINS).name;
            self.say(name);
        } else if self.noise.one_in(6) {
            let number = self.noise.bits() as i64 >> self.noise.below(64);
            let _ = write!(self.text, "{number}");
        } else {
            let atom = *self.noise.pick(&ATOMS);
            self.say(atom);
        }
    }

    fn datum(&mut self, depth: usize) {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 || depth > 12 || self.noise.one_in(3) {
            let atom = *self.noise.pick(&ATOMS[..28]);
            return self.say(atom.trim_start_matches('\''));
        }
        let (open, close) = *self.noise.pick(&[("(", ")"), ("[", "]")]);
        if self.noise.one_in(3) {
            self.say("{");
            for index in 0..self.noise.below(12) {
                let _ = write!(self.text, " :k{index} ");
                self.datum(depth + 1);
            }
            return self.say("}");
        }
        self.say(open);
        for _ in 0..self.noise.below(6) {
            self.say(" ");
            self.datum(depth + 1);
        }
        self.say(close);
    }

    fn forms(&mut self, n: usize, depth: usize) {
        for _ in 0..n {
            self.say(" ");
            self.form(depth + 1);
        }
    }

    fn keyword(&mut self, head: &str, depth: usize, most: usize) {
        let _ = write!(self.text, "({head}");
        let n = self.noise.below(most + 1);
        self.forms(n, depth);
        self.say(")");
    }

    fn sequence(&mut self, open: char, close: char, depth: usize) {
        self.text.push(open);
        let n = self.noise.below(5);
        self.forms(n, depth);
        self.text.push(close);
    }

    fn map(&mut self, depth: usize) {
        self.say("{");
        for index in 0..self.noise.below(4) {
            let key = ["a", "b", "c", "k/x"][index];
            let _ = write!(self.text, " :{key} ");
            self.form(depth + 1);
        }
        self.say("}");
    }

    fn library_call(&mut self, depth: usize) {
        let builtin = self.noise.pick(BUILTINS);
        if self.straight && matches!(builtin.imp, rtfs_value::library::Imp::HostCall) {
            return self.atom();
        }
        let most = usize::from(builtin.max.unwrap_or(builtin.min.max(1) + 2));
        let n = match self.noise.one_in(20) {
            true => self.noise.below(5),
            false => {
                usize::from(builtin.min) + self.noise.below(most + 1 - usize::from(builtin.min))
            }
        };
        let _ = write!(self.text, "({}", builtin.name);
        self.forms(n, depth);
        self.say(")");
    }

    fn callback(&mut self, depth: usize) {
        let name = *self.noise.pick(&CALLBACKS);
        let _ = write!(self.text, "({name} ");
        self.function(depth + 1);
        let n = 1 + self.noise.below(2);
        self.forms(n, depth);
        self.say(")");
    }

    fn own_call(&mut self, depth: usize) {
        let Some(name) = self.names.last().cloned() else {
            return self.atom();
        };
        let n = self.noise.below(4);
        let _ = write!(self.text, "({name}");
        self.forms(n, depth);
        self.say(")");
    }

    fn pattern(&mut self) {
        match self.noise.below(8) {
            0 => {
                let (a, b) = (self.fresh(), self.fresh());
                let _ = write!(self.text, "[{a} & rest-{b}]");
                self.names.extend([a, format!("rest-{b}")]);
            }
            1 => {
                self.say("{:keys [a b] :or {b 2} :as whole}");
                self.names.extend(["a", "b", "whole"].map(str::to_owned));
            }
            2 => {
                self.say("[p [q _] :as both]");
                self.names.extend(["p", "q", "both"].map(str::to_owned));
            }
            _ => {
                let name = self.fresh();
                self.say(&name);
                self.names.push(name);
            }
        }
    }

    fn bindings(&mut self, depth: usize) {
        let height = self.names.len();
        self.say("(let [");
        for _ in 0..=self.noise.below(3) {
            // A name is bound after its value.
            let mut inner = std::mem::take(&mut self.text);
            let before = self.names.len();
            self.pattern();
            self.annotation();
            let bound = self.names.split_off(before);
            inner.push_str(&self.text);
            self.text = inner;
            self.say(" ");
            self.form(depth + 1);
            self.say(" ");
            self.names.extend(bound);
        }
        self.say("] ");
        self.form(depth + 1);
        self.say(")");
        self.names.truncate(height);
    }

    fn parameters_and_body(&mut self, depth: usize) {
        let height = self.names.len();
        self.say("[");
        for _ in 0..self.noise.below(3) {
            self.pattern();
            self.annotation();
            self.say(" ");
        }
        if self.noise.one_in(6) {
            self.say("& more");
            self.annotation();
            self.names.push("more".to_owned());
        }
        self.say("] ");
        if self.noise.one_in(6) {
            let ty = *self.noise.pick(&TYPES);
            let _ = write!(self.text, ": {ty} ");
        }
        self.form(depth + 1);
        self.names.truncate(height);
    }

    fn function(&mut self, depth: usize) {
        self.say("(fn ");
        self.parameters_and_body(depth);
        self.say(")");
    }

    /// A function that is called where it stands, with as many arguments as it wants.
    fn immediate(&mut self, depth: usize) {
        let height = self.names.len();
        let n = self.noise.below(3);
        self.say("((fn [");
        for _ in 0..n {
            let name = self.fresh();
            self.say(&name);
            self.annotation();
            self.say(" ");
            self.names.push(name);
        }
        self.say("] ");
        self.form(depth + 1);
        self.say(")");
        self.names.truncate(height);
        self.forms(n, depth);
        self.say(")");
    }

    fn short_function(&mut self, depth: usize) {
        let inner = *self
            .noise
            .pick(&["#(+ % 1)", "#(str %1 %2)", "#(vector %&)", "#(do %)"]);
        let _ = write!(self.text, "(map {inner}");
        self.forms(1, depth);
        self.say(")");
    }

    fn try_form(&mut self, depth: usize) {
        self.say("(try");
        self.forms(1, depth);
        let n_catches = self.noise.below(3);
        for _ in 0..n_catches {
            let selector = *self.noise.pick(&[
                "e",
                ":error/type e",
                ":TypeError e",
                ":IndexOutOfBounds e",
                "_",
            ]);
            let _ = write!(self.text, " (catch {selector} ");
            self.names.push("e".to_owned());
            self.form(depth + 1);
            self.names.pop();
            self.say(")");
        }
        if n_catches == 0 || self.noise.one_in(3) {
            self.say(" (finally");
            self.forms(1, depth);
            self.say(")");
        }
        self.say(")");
    }

    fn match_form(&mut self, depth: usize) {
        const PATTERNS: [&str; 12] = [
            "_",
            "nil",
            "1",
            "\"a\"",
            ":a",
            "[a b]",
            "[a & more]",
            "{:a a}",
            "{:a 1 & more}",
            "a",
            "[[a] :as b]",
            "(:int x)",
        ];
        self.say("(match");
        self.forms(1, depth);
        for _ in 0..=self.noise.below(3) {
            let pattern = *self.noise.pick(&PATTERNS);
            let _ = write!(self.text, " {pattern}");
            if self.noise.one_in(5) {
                self.say(" when");
                self.forms(1, depth);
            }
            self.forms(1, depth);
        }
        self.say(")");
    }

    fn loops(&mut self, depth: usize) {
        let name = self.fresh();
        let head = *self.noise.pick(&["dotimes", "for"]);
        let _ = write!(self.text, "({head} [{name} ");
        match head {
            "dotimes" => {
                let _ = write!(self.text, "{}", self.noise.below(5));
            }
            _ => self.form(depth + 1),
        }
        self.say("] ");
        self.names.push(name);
        self.form(depth + 1);
        self.names.pop();
        self.say(")");
    }

    fn call_capability(&mut self, depth: usize) {
        let id = *self.noise.pick(&["test.echo", "test.fail", "test.unknown"]);
        let _ = write!(self.text, "(call :{id}");
        self.forms(1, depth);
        self.say(")");
    }

    fn hinted(&mut self, depth: usize) {
        self.say("^{:runtime.test/hint 1} ");
        self.form(depth + 1);
    }
}
