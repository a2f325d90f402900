//! Control flow.

use super::{Ty, Writer};

/// What `catch` may name.
const SELECTORS: [&str; 14] = [
    "",
    "",
    "Exception ",
    "RuntimeError ",
    "TypeError ",
    "IndexOutOfBounds ",
    "ArithmeticException ",
    "Overflow ",
    "HostError ",
    ":own ",
    ":type-error ",
    ":overflow ",
    "IllegalArgumentException ",
    "TypeValidationError ",
];

impl Writer<'_> {
    pub(super) fn control(&mut self, ty: &Ty, depth: usize) -> String {
        match self.noise.below(15) {
            0..=2 => {
                let test = self.test(depth);
                format!(
                    "(if {test} {} {})",
                    self.expr(ty, depth),
                    self.expr(ty, depth)
                )
            }
            3 => {
                let n = 1 + self.noise.below(3);
                let mut text = "(cond".to_owned();
                for _ in 0..n {
                    text += &format!(" {} {}", self.test(depth), self.expr(ty, depth));
                }
                text + &format!(" :else {})", self.expr(ty, depth))
            }
            4 => {
                let forms = [self.expr(ty, depth), self.expr(ty, depth)];
                let op = *self.noise.pick(&["and", "or"]);
                format!("({op} {})", forms.join(" "))
            }
            5 => format!("(or {} nil {})", self.leaf(&Ty::Any), self.expr(ty, depth)),
            6 => format!("(do {} {})", self.effect(depth), self.expr(ty, depth)),
            7 => {
                let when = *self.noise.pick(&["when", "when-not"]);
                let test = self.test(depth);
                format!(
                    "({when} {test} {} {})",
                    self.effect(depth),
                    self.expr(ty, depth)
                )
            }
            8..=10 => self.try_form(ty, depth),
            11..=13 => self.match_form(ty, depth),
            _ => self.dotimes(ty, depth),
        }
    }

    /// A condition, often made of several.
    pub(super) fn test(&mut self, depth: usize) -> String {
        let depth = depth.saturating_sub(1);
        match self.noise.below(6) {
            0 => self.expr(&Ty::Any, depth),
            1 => {
                let op = *self.noise.pick(&["and", "or"]);
                format!("({op} {} {})", self.test(depth), self.test(depth))
            }
            2 => format!("(not {})", self.test(depth)),
            _ => self.expr(&Ty::Bool, depth),
        }
    }

    /// An expression whose value is not used, best one that somebody notices.
    fn effect(&mut self, depth: usize) -> String {
        match self.noise.one_in(2) {
            true => self.host_call(&Ty::Int, depth.saturating_sub(1)),
            false => self.expr(&Ty::Any, depth.saturating_sub(1)),
        }
    }

    fn try_form(&mut self, ty: &Ty, depth: usize) -> String {
        let mut text = format!("(try {}", self.risky(ty, depth));
        let n_catches = self.noise.below(3);
        for _ in 0..n_catches {
            let selector = *self.noise.pick(&SELECTORS);
            let name = self.fresh();
            let handler = self.with(&[(name.clone(), Ty::Error)], |writer| {
                match writer.noise.below(6) {
                    0 => format!("(:message {name})"),
                    1 => format!("[(:kind {name}) (:stack {name}) (:data {name})]"),
                    2 => format!("(throw {name})"),
                    _ => writer.expr(ty, depth),
                }
            });
            text += &format!(" (catch {selector}{name} {handler})");
        }
        if n_catches == 0 || self.noise.one_in(2) {
            text += &format!(" (finally {})", self.effect(depth));
        }
        text + ")"
    }

    /// An expression that often raises.
    fn risky(&mut self, ty: &Ty, depth: usize) -> String {
        match self.noise.below(12) {
            0 => format!(
                "(nth {} {})",
                self.expr(&Ty::Vector(Box::new(ty.clone())), depth),
                self.expr(&Ty::Int, 1)
            ),
            1 => format!(
                "(error {} {{:kind :own :v {}}})",
                self.expr(&Ty::Str, depth),
                self.expr(&Ty::Any, depth)
            ),
            2 => format!("(throw {})", self.expr(&Ty::Any, depth)),
            3 => format!(
                "(do {} (+ 9223372036854775807 {}) {})",
                self.effect(depth),
                self.expr(&Ty::Int, depth),
                self.expr(ty, depth)
            ),
            4 => self.raised_by_host(),
            5 => format!(
                "(do (quot {} {}) {})",
                self.expr(&Ty::Int, depth),
                self.leaf(&Ty::Int),
                self.expr(ty, depth)
            ),
            6 => format!(
                "(let [r:int {}] {})",
                self.expr(&Ty::Any, depth),
                self.expr(ty, depth)
            ),
            _ => self.expr(ty, depth),
        }
    }

    fn match_form(&mut self, ty: &Ty, depth: usize) -> String {
        let scrutinee = Ty::random(self.noise, 2);
        let mut text = format!("(match {}", self.expr(&scrutinee, depth));
        for _ in 0..=self.noise.below(4) {
            let mut names = Vec::new();
            // Clauses that take much, so that their order matters.
            let depth_of_pattern = 2 * self.noise.below(2);
            let pattern = self.match_pattern(&scrutinee, depth_of_pattern, &mut names);
            let (guard, body) = self.with(&names, |writer| {
                let guard = match writer.noise.one_in(4) {
                    true => format!(" when {}", writer.test(1)),
                    false => String::new(),
                };
                (guard, writer.expr(ty, depth))
            });
            text += &format!(" {pattern}{guard} {body}");
        }
        if !self.noise.one_in(4) {
            text += &format!(" _ {}", self.expr(ty, depth));
        }
        text + ")"
    }

    /// A pattern for such a value; adds what it binds.
    fn match_pattern(&mut self, ty: &Ty, depth: usize, names: &mut Vec<(String, Ty)>) -> String {
        if depth == 0 || self.noise.one_in(5) {
            return match self.noise.one_in(4) {
                true => "_".to_owned(),
                false => self.bound(ty, names),
            };
        }
        match ty {
            Ty::Int => match self.noise.below(3) {
                0 => format!("(:int {})", self.bound(ty, names)),
                1 => self.noise.below(3).to_string(),
                _ => "[:and :int [:> 0]]".to_owned(),
            },
            Ty::Float => (*self.noise.pick(&["1.5", "0.0", "[:union :float :string]"])).to_owned(),
            Ty::Str => match self.noise.one_in(2) {
                true => format!("(:string {})", self.bound(ty, names)),
                false => (*self.noise.pick(&["\"a\"", "\"\"", "[:val \"ab\"]"])).to_owned(),
            },
            Ty::Bool => (*self.noise.pick(&["true", "false"])).to_owned(),
            Ty::Keyword => (*self.noise.pick(&[":a", ":other", "[:enum :a :b]"])).to_owned(),
            Ty::Symbol => "(quote sym)".to_owned(),
            Ty::Vector(item) | Ty::List(item) => {
                let n = self.noise.below(4);
                let mut parts: Vec<String> = (0..n)
                    .map(|_| self.match_pattern(item, depth - 1, names))
                    .collect();
                if self.noise.one_in(2) {
                    parts.push(format!(
                        "& {}",
                        self.bound(&Ty::Vector(item.clone()), names)
                    ));
                }
                format!("[{}]", parts.join(" "))
            }
            Ty::Map(item) => {
                let key = self.key();
                let inner = self.match_pattern(item, depth - 1, names);
                match self.noise.below(3) {
                    0 => format!("{{{key} {inner} & {}}}", self.bound(ty, names)),
                    1 => format!("(:as {} {{{key} {inner}}})", self.bound(ty, names)),
                    _ => format!("{{{key} {inner}}}"),
                }
            }
            Ty::Record => {
                names.push(("a".to_owned(), Ty::Int));
                names.push(("b".to_owned(), Ty::Str));
                "{:keys [a b]}".to_owned()
            }
            _ => match self.noise.below(4) {
                0 => "nil".to_owned(),
                1 => format!("(:map {})", self.bound(&Ty::Map(Box::new(Ty::Any)), names)),
                2 => "[:union :int :string]".to_owned(),
                _ => {
                    let ty = Ty::random(self.noise, 1);
                    self.match_pattern(&ty, depth - 1, names)
                }
            },
        }
    }

    /// A new name that is bound to such a value.
    pub(super) fn bound(&mut self, ty: &Ty, names: &mut Vec<(String, Ty)>) -> String {
        let name = self.fresh();
        names.push((name.clone(), ty.clone()));
        name
    }

    fn dotimes(&mut self, ty: &Ty, depth: usize) -> String {
        let name = self.fresh();
        let n = match self.noise.one_in(5) {
            true => self.expr(&Ty::Int, 1),
            false => self.noise.below(6).to_string(),
        };
        let effect = self.with(&[(name.clone(), Ty::Int)], |writer| writer.effect(depth));
        let body = self.with(&[(name.clone(), Ty::Int)], |writer| writer.expr(ty, depth));
        format!("(dotimes [{name} {n}] {effect} {body})")
    }

    pub(super) fn comprehension(&mut self, item: &Ty, depth: usize) -> String {
        let (one, other) = (Ty::random(self.noise, 1), Ty::Int);
        let items = match self.noise.below(3) {
            0 => "(range 4)".to_owned(),
            _ => self.expr(&Ty::Vector(Box::new(one.clone())), depth),
        };
        let name = self.fresh();
        let mut names = vec![(name.clone(), one)];
        let mut bindings = format!("{name} {items}");
        if self.noise.one_in(3) {
            let more = self.with(&names.clone(), |writer| {
                writer.expr(&Ty::Vector(Box::new(other.clone())), 1)
            });
            bindings += &format!(" {} {more}", self.bound(&other, &mut names));
        }
        let body = self.with(&names, |writer| writer.expr(item, depth));
        format!("(for [{bindings}] {body})")
    }

    /// `map` and the like with a function that is written where it is used.
    pub(super) fn mapped(&mut self, item: &Ty, depth: usize) -> String {
        let from = Ty::random(self.noise, 1);
        let items = match self.noise.below(4) {
            0 => format!("(range {})", self.noise.below(12)),
            _ => self.expr(&Ty::Vector(Box::new(from.clone())), depth),
        };
        if self.noise.one_in(5) {
            return self.onto_itself(item, depth);
        }
        let f = self.lambda(std::slice::from_ref(&from), item, depth);
        match self.noise.below(4) {
            0 => {
                let test = self.lambda(std::slice::from_ref(&from), &Ty::Bool, depth);
                format!("(map {f} (filter {test} {items}))")
            }
            1 => {
                let (acc, one) = (self.fresh(), self.fresh());
                let vector = Ty::Vector(Box::new(item.clone()));
                let body = self.with(&[(acc.clone(), vector), (one.clone(), from)], |writer| {
                    writer.expr(item, depth)
                });
                format!("(reduce (fn [{acc} {one}] (conj {acc} {body})) [] {items})")
            }
            _ => format!("(map {f} {items})"),
        }
    }

    /// One variable as several operands of a call, the last of which may have it for itself if the
    /// others did not need it, too.
    fn onto_itself(&mut self, item: &Ty, depth: usize) -> String {
        let vector = Ty::Vector(Box::new(item.clone()));
        let (all, acc, one) = (self.fresh(), self.fresh(), self.fresh());
        let items = self.expr(&vector, depth);
        let mut names = vec![(all.clone(), vector.clone()), (one.clone(), item.clone())];
        let call = match self.noise.below(5) {
            0 => format!("(reduce conj {all} {all})"),
            1 => {
                if self.noise.one_in(2) {
                    names.remove(0);
                }
                names.push((acc.clone(), vector));
                let body = self.with(&names, |writer| writer.expr(item, depth));
                format!("(reduce (fn [{acc} {one}] (conj {acc} {body})) {all} {all})")
            }
            2 => {
                let body = self.with(&names, |writer| writer.expr(item, depth));
                format!("(into {all} (map (fn [{one}] {body}) {all}))")
            }
            3 => {
                let body = self.with(&names, |writer| writer.expr(item, depth));
                format!("(conj {all} (match {all} [{one} & _] {body} _ (first {all})))")
            }
            _ => {
                let (a, b) = (self.fresh(), self.fresh());
                format!("(into {all} (match {all} [{a} {b}] [{b} {a}] [{a}] [{a} {a}] _ {all}))")
            }
        };
        format!("(let [{all} {items}] {call})")
    }
}
