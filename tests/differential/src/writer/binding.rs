//! Names: `let`, functions, destructuring, recursion.

use super::{Ty, Writer};

impl Writer<'_> {
    pub(super) fn binding(&mut self, ty: &Ty, depth: usize) -> String {
        match self.noise.below(10) {
            0..=2 => self.let_form(ty, depth),
            3 => self.destructured(ty, depth),
            4 => self.shared(ty, depth),
            5 => self.local_function(ty, depth),
            6 if self.noise.one_in(3) => self.list_loop(ty, depth),
            6 => self.local_loop(ty, depth),
            7 => self.mutual(ty, depth),
            8 => self.immediate(ty, depth),
            _ => self.local_definitions(ty, depth),
        }
    }

    fn let_form(&mut self, ty: &Ty, depth: usize) -> String {
        let n = 1 + self.noise.below(3);
        let height = self.scope.len();
        let mut bindings = Vec::new();
        for _ in 0..n {
            let of = Ty::random(self.noise, 2);
            let init = self.expr(&of, depth);
            let name = self.fresh();
            let annotation = match self.noise.one_in(5) {
                true => format!(":{}", of.annotation(self.noise)),
                false => String::new(),
            };
            bindings.push(format!("{name}{annotation} {init}"));
            self.scope.push((name, of));
        }
        let body = self.expr(ty, depth);
        self.scope.truncate(height);
        format!("(let [{}] {body})", bindings.join(" "))
    }

    /// A pattern for such a value; adds what it binds.
    fn binding_pattern(&mut self, ty: &Ty, depth: usize, names: &mut Vec<(String, Ty)>) -> String {
        match ty {
            Ty::Map(item) if depth > 0 => {
                let key = self.key();
                let inner = self.binding_pattern(item, depth - 1, names);
                let rest = match self.noise.below(3) {
                    0 => format!(" & {}", self.bound(ty, names)),
                    1 => format!(" :as {}", self.bound(ty, names)),
                    _ => String::new(),
                };
                format!("{{{key} {inner}{rest}}}")
            }
            Ty::Record if depth > 0 => {
                names.extend([("a".to_owned(), Ty::Int), ("b".to_owned(), Ty::Str)]);
                match self.noise.below(3) {
                    0 => {
                        names.push(("z".to_owned(), Ty::Int));
                        let default = self.leaf(&Ty::Int);
                        format!("{{:keys [a b z] :or {{z {default}}}}}")
                    }
                    1 => "{a :a b :b}".to_owned(),
                    _ => format!("{{:keys [a b] :as {}}}", self.bound(ty, names)),
                }
            }
            _ if self.noise.one_in(8) => "_".to_owned(),
            _ => self.bound(ty, names),
        }
    }

    /// A pattern and an expression that it fits.
    fn pattern_and_value(
        &mut self,
        depth: usize,
        names: &mut Vec<(String, Ty)>,
    ) -> (String, String) {
        match self.noise.below(4) {
            0 => {
                let ty = self
                    .noise
                    .pick(&[Ty::Record, Ty::Map(Box::new(Ty::Str))])
                    .clone();
                let value = self.expr(&ty, depth);
                (self.binding_pattern(&ty, 2, names), value)
            }
            1 => {
                let item = Ty::random(self.noise, 1);
                let vector = Ty::Vector(Box::new(item.clone()));
                let value = self.expr(&vector, depth);
                let first = self.binding_pattern(&item, 1, names);
                let pattern = format!("[{first} & {}]", self.bound(&vector, names));
                (pattern, format!("(cons {} {value})", self.leaf(&item)))
            }
            _ => {
                let types = [Ty::random(self.noise, 1), Ty::random(self.noise, 1)];
                let values = types.clone().map(|ty| self.expr(&ty, depth));
                let patterns = types.map(|ty| self.binding_pattern(&ty, 1, names));
                let whole = match self.noise.one_in(3) {
                    true => format!(" :as {}", self.bound(&Ty::Vector(Box::new(Ty::Any)), names)),
                    false => String::new(),
                };
                (
                    format!("[{} {}{whole}]", patterns[0], patterns[1]),
                    format!("[{} {}]", values[0], values[1]),
                )
            }
        }
    }

    fn destructured(&mut self, ty: &Ty, depth: usize) -> String {
        let mut names = Vec::new();
        let (pattern, value) = self.pattern_and_value(depth, &mut names);
        let body = self.with(&names, |writer| writer.expr(ty, depth));
        match self.noise.one_in(3) {
            true => format!("((fn [{pattern}] {body}) {value})"),
            false => format!("(let [{pattern} {value}] {body})"),
        }
    }

    /// A collection that is used again after it was changed.
    fn shared(&mut self, ty: &Ty, depth: usize) -> String {
        let of = self
            .noise
            .pick(&[
                Ty::Vector(Box::new(Ty::Int)),
                Ty::Map(Box::new(Ty::Int)),
                Ty::Str,
                Ty::Record,
            ])
            .clone();
        let name = self.fresh();
        let init = self.expr(&of, depth);
        let result = Ty::Vector(Box::new(Ty::Any));
        let (used, body) = self.with(&[(name.clone(), of.clone())], |writer| {
            let used = match of {
                Ty::Vector(_) => format!(
                    "[(conj {name} 9) {name} (assoc {name} 0 {}) (rest {name}) {name}]",
                    writer.leaf(&Ty::Int)
                ),
                Ty::Str => format!("[(str {name} \"+\") {name} (str {name} {name})]"),
                _ => format!(
                    "[(assoc {name} :a 5) {name} (dissoc {name} :a) (update {name} :a (fn [o] [o {name}])) {name}]"
                ),
            };
            let other = writer.fresh();
            let body = writer.with(&[(other.clone(), result)], |writer| writer.expr(ty, depth));
            (format!("{other} {used}"), body)
        });
        format!("(let [{name} {init} {used}] {body})")
    }

    /// Parameters with their names in scope, and a body.
    fn parameters_and_body(&mut self, params: &[Ty], result: &Ty, depth: usize) -> String {
        let mut names = Vec::new();
        let mut written = Vec::new();
        for ty in params {
            let mut param = match self.noise.one_in(6) {
                true => self.binding_pattern(ty, 1, &mut names),
                false => self.bound(ty, &mut names),
            };
            if self.noise.one_in(6) {
                param += &format!(":{}", ty.annotation(self.noise));
            }
            written.push(param);
        }
        if self.noise.one_in(8) {
            written.push(format!(
                "& {}",
                self.bound(&Ty::List(Box::new(Ty::Any)), &mut names)
            ));
            if self.noise.one_in(3) {
                written.push(":any".to_owned());
            }
        }
        let returns = match self.noise.one_in(8) {
            true => format!(" : {}", result.annotation(self.noise)),
            false => String::new(),
        };
        let body = self.with(&names, |writer| writer.expr(result, depth));
        format!("[{}]{returns} {body}", written.join(" "))
    }

    pub(super) fn lambda(&mut self, params: &[Ty], result: &Ty, depth: usize) -> String {
        let head = *self.noise.pick(&["fn", "fn", "fn", "λ"]);
        // What it is called with does not count down.
        let countdown = self.countdown.take();
        let rest = self.parameters_and_body(params, result, depth);
        self.countdown = countdown;
        format!("({head} {rest})")
    }

    fn immediate(&mut self, ty: &Ty, depth: usize) -> String {
        let params: Vec<Ty> = (0..self.noise.below(3))
            .map(|_| Ty::random(self.noise, 1))
            .collect();
        let args: Vec<String> = params.iter().map(|ty| self.expr(ty, depth)).collect();
        let f = self.lambda(&params, ty, depth);
        format!("({f} {})", args.join(" "))
    }

    /// A function with a name, called some times.
    fn local_function(&mut self, ty: &Ty, depth: usize) -> String {
        let n = 1 + self.noise.below(2);
        let params: Vec<Ty> = (0..n).map(|_| Ty::random(self.noise, 1)).collect();
        let f = self.lambda(&params, ty, depth);
        let name = self.fresh();
        let calls: Vec<String> = (0..2)
            .map(|_| {
                let args: Vec<String> = params.iter().map(|ty| self.expr(ty, 1)).collect();
                format!("({name} {})", args.join(" "))
            })
            .collect();
        let of = Ty::Function(params, Box::new(ty.clone()));
        let used = self.with(&[(name.clone(), of)], |writer| writer.expr(ty, depth));
        match self.noise.below(3) {
            0 => format!("(let [{name} {f}] (first [{} {}]))", calls[0], calls[1]),
            1 => format!("(let [{name} {f}] {used})"),
            _ => format!("(let [{name} {f}] (do {} {used}))", calls[0]),
        }
    }

    /// A function that calls itself until its counter is 0, keeping a value.
    fn local_loop(&mut self, ty: &Ty, depth: usize) -> String {
        let name = format!("loop{}", self.fresh());
        let (n, acc) = (self.fresh() + "-n", self.fresh() + "-acc");
        let scope = [(n.clone(), Ty::Int), (acc.clone(), ty.clone())];
        let step = self.with(&scope, |writer| writer.expr(ty, depth));
        let start = self.expr(ty, depth);
        let count = *self.noise.pick(&["0", "1", "3", "10", "40", "300"]);
        let next = format!("({name} (- {n} 1) {step})");
        let body = match self.noise.below(4) {
            0 => format!("(cond (> {n} 0) {next} :else {acc})"),
            1 => format!("(if (= {n} 0) {acc} (let [{acc} {step}] ({name} (dec {n}) {acc})))"),
            // Not a tail call.
            2 => format!("(if (= {n} 0) {acc} (or nil (first [{next}])))"),
            _ => format!("(if (<= {n} 0) {acc} {next})"),
        };
        let annotated = match self.noise.below(5) {
            0 => format!("[{n}:int {acc}]"),
            1 => format!("[{n}:int {acc}] : {}", ty.annotation(self.noise)),
            _ => format!("[{n} {acc}]"),
        };
        format!("(let [{name} (fn {annotated} {body})] ({name} {count} {start}))")
    }

    /// A function that goes through a collection by calling itself with its rest.
    fn list_loop(&mut self, ty: &Ty, depth: usize) -> String {
        let name = format!("each{}", self.fresh());
        let (list, item, acc) = (self.fresh() + "-list", self.fresh(), self.fresh() + "-acc");
        let of = Ty::random(self.noise, 1);
        let whole = match self.noise.below(4) {
            0 => Ty::List(Box::new(of.clone())),
            1 => Ty::Any,
            _ => Ty::Vector(Box::new(of.clone())),
        };
        let mut scope = vec![(item.clone(), of), (acc.clone(), ty.clone())];
        if self.noise.one_in(4) {
            // An ordinary use of the collection.
            scope.push((list.clone(), whole.clone()));
        }
        let step = self.with(&scope, |writer| writer.expr(ty, depth));
        let (start, from) = (self.expr(ty, depth), self.expr(&whole, depth));
        let first = *self.noise.pick(&["(first {})", "(nth {} 0)", "(count {})"]);
        let first = first.replace("{}", &list);
        let (next, last) = match self.noise.below(4) {
            0 => (format!("({name} {list} {step})"), format!("(rest {list})")),
            1 => (
                format!("({name} (rest {list}) {step})"),
                format!("(nth {list} 0)"),
            ),
            _ => (format!("({name} (rest {list}) {step})"), acc.clone()),
        };
        let body = match self.noise.below(3) {
            0 => format!("(if (empty? {list}) {last} (let [{item} {first}] {next}))"),
            1 => format!("(cond (= 0 (count {list})) {last} :else (let [{item} {first}] {next}))"),
            _ => format!("(let [{item} (first {list})] (if (nil? {item}) {last} {next}))"),
        };
        format!("(let [{name} (fn [{list} {acc}] {body})] ({name} {from} {start}))")
    }

    /// Two functions that refer to each other before both are bound.
    fn mutual(&mut self, ty: &Ty, depth: usize) -> String {
        let (f, g) = (format!("f{}", self.fresh()), format!("g{}", self.fresh()));
        let acc = self.fresh();
        let scope = [(acc.clone(), ty.clone())];
        let step = self.with(&scope, |writer| writer.expr(ty, depth));
        let start = self.expr(ty, depth);
        let count = self.noise.below(12);
        let early = match self.noise.one_in(6) {
            true => format!("early ({f} 1 {start}) "),
            false => String::new(),
        };
        format!(
            "(let [{f} (fn [n {acc}] (if (= n 0) {acc} ({g} (- n 1) {step}))) {early}\
             {g} (fn [n {acc}] (if (= n 0) {acc} ({f} (- n 1) {acc})))] ({f} {count} {start}))"
        )
    }

    /// `def` in a body.
    fn local_definitions(&mut self, ty: &Ty, depth: usize) -> String {
        let of = Ty::random(self.noise, 1);
        let init = self.expr(&of, depth);
        let name = format!("local{}", self.fresh());
        let names = [(name.clone(), of.clone())];
        let annotation = match self.noise.one_in(4) {
            true => format!(":{}", of.annotation(self.noise)),
            false => String::new(),
        };
        let body = self.with(&names, |writer| writer.expr(ty, depth));
        match self.noise.one_in(3) {
            // The function sees what is defined behind it.
            true => format!(
                "(let [_ 1] (defn inner [] {body}) (def {name}{annotation} {init}) (inner))"
            ),
            false => format!("(let [_ nil] (def {name}{annotation} {init}) {body})"),
        }
    }
}
