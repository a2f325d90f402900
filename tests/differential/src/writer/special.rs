//! Host calls, hints, quoted data, macros, deep nesting.

use super::{Ty, Writer};

impl Writer<'_> {
    pub(super) fn special(&mut self, ty: &Ty, depth: usize) -> String {
        match self.noise.below(9) {
            0 | 1 => self.host_call(ty, depth),
            2 => {
                let key = *self
                    .noise
                    .pick(&["runtime.timeout", "runtime.idempotent", "note"]);
                let hint = self.leaf(&Ty::Int);
                format!("^{{:{key} {hint}}} {}", self.host_or(ty, depth))
            }
            3 => self.quoted(ty, depth),
            4 | 5 => self.macro_call(ty, depth),
            6 => self.threaded(ty, depth),
            7 => self.deep(ty, depth),
            _ => self.odd(ty, depth),
        }
    }

    /// A host call that gives its argument back, if that is data.
    pub(super) fn host_call(&mut self, ty: &Ty, depth: usize) -> String {
        if !ty.is_data() {
            let arg = self.expr(&Ty::Str, depth);
            let id =
                *self
                    .noise
                    .pick(&[":test.fail", ":test.unknown", "\"test.echo\"", ":test.many"]);
            return format!("(call {id} {arg})");
        }
        let arg = self.expr(ty, depth);
        match self.noise.one_in(4) {
            true => format!("(call (str \"test.\" \"echo\") {arg})"),
            false => format!("(call :test.echo {arg})"),
        }
    }

    fn host_or(&mut self, ty: &Ty, depth: usize) -> String {
        match self.noise.one_in(2) {
            true => self.host_call(ty, depth),
            false => format!(
                "(do {} {})",
                self.host_call(&Ty::Int, 0),
                self.expr(ty, depth)
            ),
        }
    }

    fn quoted(&mut self, ty: &Ty, depth: usize) -> String {
        let (one, many) = (
            self.expr(ty, depth),
            self.expr(&Ty::Vector(Box::new(ty.clone())), depth),
        );
        match self.noise.below(4) {
            0 => format!("(first `(~{one} x ~@{many}))"),
            1 => format!("(nth `[a {{:k ~{one}}} ~@{many} 'b] 2 ~{one})").replace(" ~", " "),
            2 => format!("(:k `{{:k ~{one} :l (f [~@{many}])}})"),
            _ => format!("(last `(a ~@{many} `(b ~(c ~{one})) ~{one}))"),
        }
    }

    fn macro_call(&mut self, ty: &Ty, depth: usize) -> String {
        let Some(name) = (!self.macros.is_empty()).then(|| *self.noise.pick(&self.macros)) else {
            return self.expr(ty, depth);
        };
        let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
        let prefix = &self.prefix;
        match name {
            "swap" => format!("({prefix}swap vector {a} {b} first)"),
            "unless" => {
                let test = self.test(depth);
                format!("({}unless {test} {a} {b})", self.prefix)
            }
            "bound" => format!("({prefix}bound tmp {a} {b})"),
            "many" => format!("({prefix}many {a} {b})"),
            _ => format!("({prefix}twice identity {a})"),
        }
    }

    fn threaded(&mut self, ty: &Ty, depth: usize) -> String {
        let w = Ty::Vector(Box::new(Ty::Int));
        match ty {
            Ty::Vector(_) => format!(
                "(-> {} (conj {}) {})",
                self.expr(ty, depth),
                self.leaf(&Ty::Int),
                self.noise
                    .pick(&["reverse", "(subvec 0)", "vec", "(assoc 0 1)"])
            ),
            Ty::Int => format!(
                "(->> {} (map {}) (filter {}) (reduce {} 0))",
                self.expr(&w, depth),
                self.leaf(&Ty::Function(vec![Ty::Int], Box::new(Ty::Int))),
                self.leaf(&Ty::Function(vec![Ty::Int], Box::new(Ty::Bool))),
                self.leaf(&Ty::Function(vec![Ty::Int, Ty::Int], Box::new(Ty::Int))),
            ),
            Ty::Str => format!(
                "(-> {} (str \"!\") string-upper (str {}))",
                self.expr(ty, depth),
                self.leaf(&Ty::Any)
            ),
            _ => format!(
                "(->> {} (vector {}) last)",
                self.expr(ty, depth),
                self.leaf(&Ty::Any)
            ),
        }
    }

    /// Many levels of the same.
    fn deep(&mut self, ty: &Ty, depth: usize) -> String {
        let levels = *self.noise.pick(&[5, 20, 60]);
        let inner = self.expr(ty, depth.min(2));
        let (open, close) = match ty {
            Ty::Int => *self
                .noise
                .pick(&[("(inc ", ")"), ("(+ 1 (* 1 ", "))"), ("(max -5 ", ")")]),
            Ty::Vector(_) => *self
                .noise
                .pick(&[("(rest (cons nil ", "))"), ("(vec ", ")")]),
            _ => *self.noise.pick(&[
                ("(let [q 1] ", ")"),
                ("(if (= 1 1) ", " nil)"),
                ("(identity ", ")"),
                ("(try ", " (finally 1))"),
                ("(first [", "])"),
                ("((fn [] ", "))"),
                ("(match 1 1 ", ")"),
                ("(and 1 ", ")"),
            ]),
        };
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    }

    /// A host call that fails, with any kind of error.
    pub(super) fn raised_by_host(&mut self) -> String {
        let kinds = rtfs_value::error::ErrorKind::ALL;
        let kind = kinds[self.noise.below(kinds.len())].class();
        format!("(call :test.raise \"{kind}\" {})", self.expr(&Ty::Str, 1))
    }

    /// What is rarely written.
    fn odd(&mut self, ty: &Ty, depth: usize) -> String {
        match self.noise.below(14) {
            12 | 13 => self.raised_by_host(),
            0 => "(undefined-name 1)".to_owned(),
            1 => "nowhere/name".to_owned(),
            2 => "(step \"s\" 1)".to_owned(),
            3 => format!("({} {})", self.expr(&Ty::Int, 1), self.expr(ty, 1)),
            4 => format!(
                "(count (reduce (fn [a b] [a]) [] (range {})))",
                self.noise.below(500)
            ),
            5 => "(range 0 10000000000)".to_owned(),
            6 => format!(
                "(let [down (fn [n] (+ 1 (down (+ n 1))))] (try (down 0) (catch e {})))",
                self.expr(ty, depth)
            ),
            7 => format!("(for [] {})", self.expr(ty, depth)),
            8 => "(import no.such.module)".to_owned(),
            9 => format!(
                "(serialize-json {{:f {} 1 {}}})",
                self.leaf(&Ty::Any),
                self.expr(ty, depth)
            ),
            10 => format!("(match {} 1 2)", self.expr(ty, depth)),
            _ => format!("(:k {})", self.expr(ty, depth)),
        }
    }
}
