//! What an artifact says of the program it was made of, whatever made it.

use rtfs_value::types::{Level, Type};
use rtfs_value::{Map, Value};

use super::{DefinitionHash, InterfaceHash};
use crate::node::{Lambda, Program};

/// A program's exports as `describe` gives them. Everything follows from the program, so whoever
/// has the program can hold an artifact's own account against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Name of the source module, if it is one.
    pub module: Option<String>,
    /// Item `n` is export `n + 1` of `invoke`.
    pub exports: Vec<ExportDescription>,
}

/// One export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportDescription {
    /// The RTFS name, unqualified.
    pub name: String,
    /// The definition's hash; `None` when the program alone does not fix its meaning.
    pub definition: Option<DefinitionHash>,
    /// How it is called; `None` for a value that is no function literal.
    pub function: Option<FunctionDescription>,
}

/// How an exported function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDescription {
    /// Name and type of each fixed parameter. Pattern parameters have their index as a name.
    pub params: Vec<(String, Type)>,
    /// Name and item type of the rest parameter.
    pub rest: Option<(String, Type)>,
    /// The result's type.
    pub result: Type,
    /// The hash of its signature.
    pub interface: Option<InterfaceHash>,
}

impl Description {
    /// The exports of `program`, run at a validation level. It is the program as it is stored and
    /// hashed, before any optimisation.
    ///
    /// ```
    /// # use rtfs_value::types::Level;
    /// let read = rtfs_syntax::read("(defn add [x :int y :int] :int (+ x y))");
    /// let lowered = rtfs_ir::lower(&read.forms, &rtfs_ir::LowerOptions::default());
    /// let program = lowered.program.expect("the text is a program");
    /// let description = rtfs_ir::Description::of(&program, Level::Standard);
    /// assert_eq!(description.exports[0].name, "add");
    /// ```
    pub fn of(program: &Program, level: Level) -> Self {
        let hashes = program.hashes(level);
        let functions = program.functions();
        let describe = |global: crate::node::GlobalId| {
            let index = global.0 as usize;
            let interface = || program.interface(global).map(|interface| interface.hash());
            let function = functions.get(index).copied().flatten();
            Some(ExportDescription {
                name: program.globals.get(index)?.name.clone(),
                definition: hashes.get(global),
                function: function.map(|lambda| FunctionDescription::of(lambda, interface())),
            })
        };
        Self {
            module: program.module.as_ref().map(|module| module.name.clone()),
            exports: program.exports().into_iter().filter_map(describe).collect(),
        }
    }

    /// The value whose encoding `describe` gives. `backend` is the id and version of the backend.
    pub fn to_value(&self, backend: &str) -> Value {
        let [module, exports] = self.entries();
        map([("backend", Value::string(backend)), module, exports])
    }

    /// The part of [`Description::to_value`] that does not depend on the backend, which a backend is
    /// told.
    pub fn to_instruction(&self) -> Value {
        map(self.entries())
    }

    fn entries(&self) -> [(&'static str, Value); 2] {
        let exports = self.exports.iter().map(ExportDescription::to_value);
        [
            ("module", text(self.module.as_ref())),
            ("exports", Value::vector(exports)),
        ]
    }

    /// Where an artifact's own account differs from this one: a sentence for people. `:backend` and
    /// keys that are not ours do not count.
    pub fn difference(&self, account: &Value) -> Option<String> {
        let Some(account) = account.as_map() else {
            return Some("the description is no map".to_owned());
        };
        if account.get_keyword("module") != Some(&text(self.module.as_ref())) {
            return Some("`:module` is another".to_owned());
        }
        let Some(exports) = account.get_keyword("exports").and_then(Value::as_seq) else {
            return Some("`:exports` is no vector".to_owned());
        };
        if exports.len() != self.exports.len() {
            let (wanted, got) = (self.exports.len(), exports.len());
            return Some(format!("the program has {wanted} exports, not {got}"));
        }
        let pairs = self.exports.iter().zip(exports.iter()).enumerate();
        pairs
            .filter_map(|(index, (wanted, got))| {
                let key = wanted.difference(got)?;
                let (number, name) = (index + 1, &wanted.name);
                Some(format!("export {number} is `{name}`: `{key}` differs"))
            })
            .next()
    }
}

impl ExportDescription {
    fn to_value(&self) -> Value {
        let name = ("name", Value::string(&self.name));
        let definition = ("definition", text(self.definition));
        let Some(function) = &self.function else {
            return map([name, ("kind", Value::keyword("value")), definition]);
        };
        map([
            name,
            ("kind", Value::keyword("function")),
            definition,
            ("params", Value::vector(function.params.iter().map(param))),
            ("rest", function.rest.as_ref().map_or(Value::NIL, param)),
            ("result", Value::string(&function.result.printed())),
            ("interface", text(function.interface)),
        ])
    }

    /// The first key in which an export's own account differs.
    fn difference(&self, account: &Value) -> Option<String> {
        let wanted = self.to_value();
        let account = account.as_map();
        wanted.as_map()?.iter().find_map(|(key, value)| {
            let same = account.and_then(|account| account.get(key)) == Some(value);
            (!same).then(|| rtfs_value::readable(key))
        })
    }
}

impl FunctionDescription {
    fn of(lambda: &Lambda, interface: Option<InterfaceHash>) -> Self {
        let typed = |name: &str, ty: &Option<Type>| {
            let ty = ty.clone().unwrap_or(Type::Any);
            (name.to_owned(), ty)
        };
        let params = lambda.params.iter();
        Self {
            params: params
                .map(|param| typed(&param.name, &param.annotation))
                .collect(),
            rest: lambda
                .rest
                .as_ref()
                .map(|rest| typed(&rest.name, &rest.annotation)),
            result: lambda.result.clone().unwrap_or(Type::Any),
            interface,
        }
    }
}

fn param((name, ty): &(String, Type)) -> Value {
    Value::vector([Value::string(name), Value::string(&ty.printed())])
}

fn text(text: Option<impl ToString>) -> Value {
    text.map_or(Value::NIL, |text| Value::string(&text.to_string()))
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        // A keyword is a valid key.
        let _ = map.assoc(Value::keyword(key), value);
    }
    map.into_value()
}
