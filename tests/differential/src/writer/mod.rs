//! Writes random programs: mostly well typed, over the whole language.

mod binding;
mod control;
mod definitions;
mod leaf;
mod library;
mod special;
mod ty;

use rtfs_fuzz::Noise;
use rtfs_value::library::{BUILTINS, Imp};

pub(crate) use ty::Ty;

/// A program in two parts, so that several fit into one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    /// Top-level forms. They define names that begin with the case's prefix.
    pub(crate) definitions: String,
    /// Forms that are evaluated in the end.
    pub(crate) body: String,
}

impl Case {
    /// The case as a program of its own.
    pub(crate) fn program(&self) -> String {
        format!("{}{}\n", self.definitions, self.body)
    }
}

/// Nesting of expressions at the start of a body.
const DEPTH: usize = 6;

/// A function that the program defines.
#[derive(Clone, Debug)]
struct Defined {
    name: String,
    params: Vec<Ty>,
    result: Ty,
}

/// Writes one case.
pub(crate) struct Writer<'n> {
    noise: &'n mut Noise,
    /// Names in scope, innermost last.
    scope: Vec<(String, Ty)>,
    /// How many more forms may be opened.
    fuel: usize,
    prefix: String,
    counter: usize,
    /// Functions whose first argument counts down to the end.
    functions: Vec<Defined>,
    /// What the first argument of a call has to be here, so that programs end.
    countdown: Option<String>,
    /// Macros that were defined.
    macros: Vec<&'static str>,
    /// Once in so many times an expression is of another type than asked for.
    wrong: usize,
}

impl<'n> Writer<'n> {
    /// A case of about `fuel` forms whose names begin with `prefix`.
    pub(crate) fn case(noise: &'n mut Noise, prefix: &str, fuel: usize) -> Case {
        let wrong = *noise.pick(&[15, 60, 200, 100_000]);
        let mut writer = Writer {
            noise,
            scope: Vec::new(),
            fuel,
            prefix: prefix.to_owned(),
            counter: 0,
            functions: Vec::new(),
            countdown: None,
            macros: Vec::new(),
            wrong,
        };
        let definitions = writer.definitions();
        writer.fuel = fuel;
        let body = writer.body();
        Case { definitions, body }
    }

    /// What is evaluated in the end.
    fn body(&mut self) -> String {
        let ty = Ty::random(self.noise, 2);
        match self.noise.below(40) {
            0 => self.raised_by_host(),
            1..7 => self.expr(&ty, DEPTH),
            7..14 => format!(
                "(try {} (catch e [(:kind e) (:message e) (:data e) (:stack e)]))",
                self.expr(&ty, DEPTH)
            ),
            _ => {
                let n = 1 + self.noise.below(3);
                let items: Vec<String> = (0..n)
                    .map(|_| {
                        let ty = Ty::random(self.noise, 2);
                        self.expr(&ty, DEPTH)
                    })
                    .collect();
                format!("[{}]", items.join(" "))
            }
        }
    }

    fn fresh(&mut self) -> String {
        self.counter += 1;
        // Names that are used again are shadowed.
        let base = *self.noise.pick(&["x", "y", "acc", "it", "s", "m"]);
        match self.noise.one_in(3) {
            true => base.to_owned(),
            false => format!("{base}{}", self.counter),
        }
    }

    fn global(&mut self, base: &str) -> String {
        self.counter += 1;
        format!("{}{base}{}", self.prefix, self.counter)
    }

    /// Writes with more names in scope.
    fn with<R>(&mut self, names: &[(String, Ty)], write: impl FnOnce(&mut Self) -> R) -> R {
        let height = self.scope.len();
        self.scope.extend_from_slice(names);
        let written = write(self);
        self.scope.truncate(height);
        written
    }

    /// One expression.
    fn expr(&mut self, wanted: &Ty, depth: usize) -> String {
        let other;
        let mut ty = wanted;
        if self.noise.one_in(self.wrong) {
            other = Ty::random(self.noise, 1);
            ty = &other;
        }
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 || depth == 0 {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match self.noise.below(20) {
            0..=2 => self.leaf(ty),
            3..=6 => self.control(ty, depth),
            7..=8 => self.binding(ty, depth),
            9 => self.special(ty, depth),
            10 => self.own_call(ty, depth),
            11 => self.taken_out(ty, depth),
            _ => self.made(ty, depth),
        }
    }

    /// A value out of a collection, or the result of a function at hand.
    fn taken_out(&mut self, ty: &Ty, depth: usize) -> String {
        let boxed = Box::new(ty.clone());
        match self.noise.below(5) {
            0 => {
                let index = self.noise.below(3);
                let items = self.expr(&Ty::Vector(boxed), depth);
                let default = self.expr(ty, depth);
                format!("(nth {items} {index} {default})")
            }
            1 => {
                let key = self.key();
                let (map, default) = (self.expr(&Ty::Map(boxed), depth), self.expr(ty, depth));
                format!("({key} {map} {default})")
            }
            2 => format!("(first [{}])", self.expr(ty, depth)),
            3 => {
                let key = self.key();
                let (map, value) = (self.expr(&Ty::Map(boxed), depth), self.expr(ty, depth));
                format!("(get (assoc {map} {key} {value}) {key})")
            }
            _ => {
                let param = Ty::random(self.noise, 1);
                let function = Ty::Function(vec![param.clone()], boxed);
                let (f, arg) = (self.expr(&function, depth), self.expr(&param, depth));
                format!("({f} {arg})")
            }
        }
    }

    /// An expression that is particular to the type.
    fn made(&mut self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Any if self.noise.one_in(3) => self.any_library_call(depth),
            Ty::Any => {
                let ty = Ty::random(self.noise, 2);
                self.made(&ty, depth.saturating_sub(1))
            }
            Ty::Function(params, result) => self.lambda(params, result, depth),
            Ty::Vector(item) => match self.noise.below(5) {
                0 => self.items("[", item, depth, "]"),
                1 => self.comprehension(item, depth),
                2 => self.mapped(item, depth),
                _ => self.library_call(ty, depth),
            },
            Ty::List(item) if self.noise.one_in(2) => self.items("(list ", item, depth, ")"),
            Ty::Map(item) if self.noise.one_in(2) => self.map(item, depth),
            Ty::Record if self.noise.one_in(2) => self.record(depth),
            Ty::Record => {
                let (record, n) = (self.expr(ty, depth), self.expr(&Ty::Int, depth));
                match self.noise.below(3) {
                    0 => format!("(assoc {record} :a {n})"),
                    1 => format!("(update {record} :a + {n})"),
                    _ => format!("(merge {record} {{:a {n}}})"),
                }
            }
            _ => self.library_call(ty, depth),
        }
    }

    fn items(&mut self, open: &str, item: &Ty, depth: usize, close: &str) -> String {
        let n = self.noise.below(5);
        let items: Vec<String> = (0..n).map(|_| self.expr(item, depth)).collect();
        format!("{open}{}{close}", items.join(" "))
    }

    fn map(&mut self, item: &Ty, depth: usize) -> String {
        let n = self.noise.below(4);
        let entries: Vec<String> = (0..n)
            .map(|_| format!("{} {}", self.key(), self.expr(item, depth)))
            .collect();
        format!("{{{}}}", entries.join(" "))
    }

    fn record(&mut self, depth: usize) -> String {
        let (a, b) = (self.expr(&Ty::Int, depth), self.expr(&Ty::Str, depth));
        match self.noise.one_in(2) {
            true => format!("{{:a {a} :b {b}}}"),
            false => {
                let c = self.expr(&Ty::Vector(Box::new(Ty::Int)), depth);
                format!("{{:b {b} :c {c} :a {a}}}")
            }
        }
    }

    /// A call of a library function that gives such a value.
    fn library_call(&mut self, ty: &Ty, depth: usize) -> String {
        let start = self.noise.below(library::ROWS.len());
        let rows = library::ROWS[start..].iter().chain(&library::ROWS[..start]);
        let row = rows
            .filter(|row| library::ty(row.2).fits(ty) && row.0 != "call")
            .nth(self.noise.below(3));
        match row {
            Some((name, letters, _)) => {
                let args: Vec<String> = letters
                    .chars()
                    .map(|letter| self.argument(letter, depth))
                    .collect();
                format!("({name} {})", args.join(" "))
            }
            None => self.leaf(ty),
        }
    }

    /// A call of any library function with arguments that may be anything.
    fn any_library_call(&mut self, depth: usize) -> String {
        let builtin = self.noise.pick(BUILTINS);
        if matches!(builtin.imp, Imp::HostCall) {
            return self.host_call(&Ty::Any, depth);
        }
        let rows: Vec<&library::Row> = library::ROWS
            .iter()
            .filter(|row| row.0 == builtin.name)
            .collect();
        if !rows.is_empty() && !self.noise.one_in(3) {
            let letters = self.noise.pick(&rows).1;
            let args: Vec<String> = letters.chars().map(|c| self.argument(c, depth)).collect();
            return format!("({} {})", builtin.name, args.join(" "));
        }
        let most = usize::from(builtin.max.unwrap_or(builtin.min.max(1) + 2));
        let min = usize::from(builtin.min);
        let n = match self.noise.one_in(20) {
            true => self.noise.below(5),
            false => min + self.noise.below(most + 1 - min),
        };
        let args: Vec<String> = (0..n)
            .map(|_| {
                let ty = Ty::random(self.noise, 1);
                self.expr(&ty, depth)
            })
            .collect();
        format!("({} {})", builtin.name, args.join(" "))
    }

    fn argument(&mut self, letter: char, depth: usize) -> String {
        if self.noise.one_in(self.wrong) {
            let ty = Ty::random(self.noise, 1);
            return self.expr(&ty, depth);
        }
        match letter {
            'd' => match self.noise.one_in(6) {
                true => self.expr(&Ty::Int, depth),
                false => self.noise.below(5).to_string(),
            },
            't' => (*self.noise.pick(&leaf::JSON)).to_owned(),
            'z' => (*self.noise.pick(&leaf::PATTERNS)).to_owned(),
            'p' => {
                let n = 1 + self.noise.below(2);
                let keys: Vec<&str> = (0..n).map(|_| self.key()).collect();
                format!("[{}]", keys.join(" "))
            }
            'c' => {
                let letter = *self.noise.pick(&['v', 'w', 'u', 'l', 's', 'm']);
                self.expr(&library::ty(letter), depth)
            }
            _ => self.expr(&library::ty(letter), depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::library::ROWS;
    use rtfs_value::library::BUILTINS;

    #[test]
    fn every_library_function_has_plausible_arguments() {
        for builtin in BUILTINS {
            assert!(
                ROWS.iter().any(|row| row.0 == builtin.name),
                "{} has no row",
                builtin.name
            );
        }
        for (name, letters, _) in ROWS {
            let builtin = BUILTINS.iter().find(|known| known.name == *name);
            let builtin = builtin.unwrap_or_else(|| panic!("{name} is no library function"));
            let n = letters.len();
            assert!(n >= usize::from(builtin.min), "{name} {letters}");
            assert!(
                builtin.max.is_none_or(|max| n <= usize::from(max)),
                "{name} {letters}"
            );
        }
    }
}
