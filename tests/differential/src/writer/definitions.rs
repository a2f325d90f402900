//! Top-level forms.

use super::{Defined, Ty, Writer};

impl Writer<'_> {
    /// All definitions of a case, one a line.
    pub(super) fn definitions(&mut self) -> String {
        let mut text = String::new();
        let n = self.noise.below(4);
        self.declare_functions(n);
        if self.noise.one_in(4) {
            text += &self.macro_definition();
        }
        for _ in 0..self.noise.below(3) {
            let definition = match self.noise.below(8) {
                0 => self.structure(),
                1 => self.module(),
                2 => self.declaration(),
                3 => self.hinted_function(),
                _ => self.constant(),
            };
            text += &definition;
        }
        for index in 0..n {
            text += &self.function(index);
        }
        text
    }

    /// Names first, because functions refer to each other.
    fn declare_functions(&mut self, n: usize) {
        for _ in 0..n {
            let name = self.global("f");
            let params = (0..self.noise.below(3))
                .map(|_| Ty::random(self.noise, 2))
                .collect();
            let result = Ty::random(self.noise, 2);
            self.functions.push(Defined {
                name,
                params,
                result,
            });
        }
    }

    /// A function that ends: its first parameter counts down.
    fn function(&mut self, index: usize) -> String {
        let Defined {
            name,
            params,
            result,
        } = self.functions[index].clone();
        let mut names = vec![("n".to_owned(), Ty::Int)];
        let mut written = vec![(*self.noise.pick(&["n", "n", "n:int"])).to_owned()];
        for ty in &params {
            let mut param = self.bound(ty, &mut names);
            if self.noise.one_in(4) {
                param += &format!(":{}", ty.annotation(self.noise));
            }
            written.push(param);
        }
        let returns = match self.noise.one_in(4) {
            true => format!(" : {}", result.annotation(self.noise)),
            false => String::new(),
        };
        let outer = self.countdown.replace("n".to_owned());
        let (base, body) = self.with(&names, |writer| {
            (writer.expr(&result, 2), writer.expr(&result, 4))
        });
        let tail = self.with(&names, |writer| writer.own_call(&result, 2));
        self.countdown = outer;
        let body = match self.noise.below(3) {
            0 => format!("(if (= n 1) {body} {tail})"),
            _ => body,
        };
        format!(
            "(defn {name} [{}]{returns} (if (<= n 0) {base} {body}))\n",
            written.join(" ")
        )
    }

    /// A call of a function of the program.
    pub(super) fn own_call(&mut self, ty: &Ty, depth: usize) -> String {
        let fitting: Vec<usize> = (0..self.functions.len())
            .filter(|&i| self.functions[i].result.fits(ty))
            .collect();
        if fitting.is_empty() {
            return self.leaf(ty);
        }
        let Defined { name, params, .. } = self.functions[*self.noise.pick(&fitting)].clone();
        let mut args = vec![match &self.countdown {
            Some(n) => format!("(- {n} 1)"),
            None => self
                .noise
                .pick(&["1", "2", "3", "5", "30", "0"])
                .to_string(),
        }];
        if self.noise.one_in(self.wrong) {
            args.push("nil".to_owned());
        }
        for param in &params {
            args.push(self.expr(param, depth));
        }
        format!("({name} {})", args.join(" "))
    }

    fn constant(&mut self) -> String {
        let ty = Ty::random(self.noise, 2);
        let name = self.global("v");
        let functions = std::mem::take(&mut self.functions);
        let init = self.expr(&ty, 3);
        let annotation = match self.noise.one_in(3) {
            true => format!(":{}", ty.annotation(self.noise)),
            false => String::new(),
        };
        let mut text = format!("(def {name}{annotation} {init})\n");
        if self.noise.one_in(5) {
            text += &format!("(def {name} {})\n", self.expr(&ty, 2));
        }
        self.functions = functions;
        self.scope.push((name, ty));
        text
    }

    fn structure(&mut self) -> String {
        let name = format!("{}S{}", self.prefix.to_uppercase(), self.counter);
        self.counter += 1;
        let value = Ty::Function(vec![Ty::Record], Box::new(Ty::Record));
        self.scope.push((name.clone(), value));
        format!("(defstruct {name} :a :int :b :string :c [:vector :int]?)\n")
    }

    fn macro_definition(&mut self) -> String {
        let name = *self
            .noise
            .pick(&["swap", "unless", "bound", "many", "twice"]);
        self.macros.push(name);
        let rest = match name {
            "swap" => "[f a b g] `(~g (~f ~b ~a))",
            "unless" => "[c a b] `(if ~c ~a ~b)",
            "bound" => "[n v & body] `(let [~n ~v] ~@body)",
            "many" => "[& xs] (cons 'do (reverse xs))",
            _ => "[f x] (list f (list f x))",
        };
        format!("(defmacro {}{name} {rest})\n", self.prefix)
    }

    fn module(&mut self) -> String {
        let module = format!("{}mod.m{}", self.prefix, self.counter);
        self.counter += 1;
        let ty = Ty::random(self.noise, 1);
        let scope = std::mem::take(&mut self.scope);
        let functions = std::mem::take(&mut self.functions);
        let factor = self.expr(&Ty::Int, 2);
        let body = self.with(
            &[("x".to_owned(), Ty::Int), ("factor".to_owned(), Ty::Int)],
            |writer| writer.expr(&ty, 3),
        );
        self.functions = functions;
        self.scope = scope;
        let of = Ty::Function(vec![Ty::Int], Box::new(ty));
        let (import, name) = match self.noise.below(3) {
            0 => (format!("(import {module})"), format!("{module}/go")),
            1 => (
                format!("(import {module} :as {}al)", self.prefix),
                format!("{}al/go", self.prefix),
            ),
            // Only one module of a program may bind the name.
            _ => (
                format!("(import {module} :only [{}only])", self.prefix),
                format!("{}only", self.prefix),
            ),
        };
        let only = format!("{}only", self.prefix);
        self.scope.push((name, of));
        format!(
            "(module {module} (:exports [go {only}]) (def factor {factor}) \
             (defn go [x] {body}) (defn {only} [x] (go x)))\n{import}\n"
        )
    }

    fn declaration(&mut self) -> String {
        let name = self.global("d");
        self.scope
            .push((name.clone(), Ty::Function(vec![Ty::Int], Box::new(Ty::Int))));
        match self.noise.one_in(2) {
            true => format!("(declare {name} [x:int] : int)\n"),
            false => format!("(declare {name} [x:int] : int)\n(defn {name} [x] (+ x 1))\n"),
        }
    }

    /// A function whose body may run elsewhere.
    fn hinted_function(&mut self) -> String {
        let name = self.global("h");
        let hint = *self.noise.pick(&[":local"]);
        let body = self.with(&[("x".to_owned(), Ty::Int)], |writer| {
            writer.expr(&Ty::Int, 2)
        });
        self.scope
            .push((name.clone(), Ty::Function(vec![Ty::Int], Box::new(Ty::Int))));
        format!("(defn ^:delegation {hint} {name} [x] {body})\n")
    }
}
