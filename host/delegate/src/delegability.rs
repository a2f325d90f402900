//! Which top-level functions of a program may be delegated call by call, and why others may not.
//!
//! A call may be delegated when running the function's definition elsewhere gives what running it
//! here would give. That needs more than an equal definition hash: every definition it reaches must
//! be the only one of its name, be in force whenever the function can be called, and have no effect
//! of its own.

use std::collections::BTreeSet;
use std::fmt;

use rtfs_eval::{Environment, Host, HostCall, Limits, Machine, drive, evaluate_in};
use rtfs_ir::{
    DefinitionHash, DefinitionHashes, GlobalId, GlobalInfo, Node, NodeKind, Program, TopForm,
    each_node,
};
use rtfs_value::types::Level;
use rtfs_value::{Error, Value, cbor};

/// Evaluator steps that all initialisers of a program together may take to count as pure data.
const INITIALISER_STEPS: u64 = 1_000_000;
/// Memory they may use.
const INITIALISER_BYTES: usize = 64 << 20;

/// Why a call runs in the evaluator although stored code might exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NotDelegable {
    /// It is no top-level function of the program.
    NoFunction,
    /// It reaches an import, or a definition of an earlier program.
    Unresolved,
    /// It reaches a function that is only declared: who stands in for that one is decided where the
    /// program runs.
    Declared,
    /// It reaches a name that is defined twice, or not at the top level.
    Redefined,
    /// It reaches a value whose initialiser asks the host, reads the context, raises or takes too
    /// long.
    StatefulInit,
    /// Code that runs before everything it reaches is defined can call it.
    CalledEarly,
    /// An argument contains a function. Known at the call.
    FunctionArgument,
    /// The result or the error's data contain a function. Known after the call.
    FunctionResult,
}

impl NotDelegable {
    /// The reason's name in records and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoFunction => "no-function",
            Self::Unresolved => "unresolved",
            Self::Declared => "declared",
            Self::Redefined => "redefined",
            Self::StatefulInit => "stateful-init",
            Self::CalledEarly => "called-early",
            Self::FunctionArgument => "function-argument",
            Self::FunctionResult => "function-result",
        }
    }

    /// Whether the arguments allow a call to be delegated.
    ///
    /// # Errors
    /// [`NotDelegable::FunctionArgument`] when one of them contains a function.
    pub fn check_args(args: &[Value]) -> Result<(), Self> {
        match args.iter().any(cbor::contains_function) {
            true => Err(Self::FunctionArgument),
            false => Ok(()),
        }
    }

    /// Whether an answer may be used.
    ///
    /// # Errors
    /// [`NotDelegable::FunctionResult`] when it contains a function.
    pub fn check_result(result: &Result<Value, Error>) -> Result<(), Self> {
        let has_function = match result {
            Ok(value) => cbor::contains_function(value),
            Err(error) => cbor::contains_function(&error.data()),
        };
        match has_function {
            true => Err(Self::FunctionResult),
            false => Ok(()),
        }
    }
}

impl std::error::Error for NotDelegable {}

impl fmt::Display for NotDelegable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of a program's globals. It speaks of the program run alone: where a later program
/// of the same session defines one of its names again, nothing of it is delegable any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegability {
    functions: Vec<Result<DefinitionHash, NotDelegable>>,
    is_pure: bool,
}

impl Delegability {
    /// Looks at a program, to be run at a validation level. Initialisers that are not plain data
    /// are evaluated under a budget.
    pub fn of(program: &Program, validation: Level) -> Self {
        let globals = Globals::of(program);
        let stateful = stateful(program, &globals, validation);
        let hashes = program.hashes(validation);
        let unsound: Vec<bool> = globals.sound.iter().map(|sound| !sound).collect();
        let only_declared = |info: &GlobalInfo| info.definitions == 0 && info.declared.is_some();
        let declared: Vec<bool> = program.globals.iter().map(only_declared).collect();
        let reach = Reach {
            declared: globals.reaching(&declared),
            unsound: globals.reaching(&unsound),
            stateful: globals.reaching(&stateful),
            early: globals.reaching(&called_early(&globals)),
        };
        let functions =
            (0..program.globals.len()).map(|index| reach.reason(program, index, &hashes));
        let functions = functions.collect();
        let mut definitions = globals.sound.iter().zip(&stateful);
        let is_import = |form: &TopForm| matches!(form.node.kind, NodeKind::Import(_));
        let is_pure = definitions.all(|(sound, stateful)| *sound && !stateful)
            && !program.forms.iter().any(is_import);
        Self { functions, is_pure }
    }

    /// The hash under which calls of a global may be looked up.
    ///
    /// # Errors
    /// Why calls of it run in the evaluator.
    pub fn definition(&self, global: GlobalId) -> Result<DefinitionHash, NotDelegable> {
        let known = self.functions.get(global.0 as usize).copied();
        known.unwrap_or(Err(NotDelegable::NoFunction))
    }

    /// Whether evaluating all the program's definitions, without its bare expressions, has no
    /// effects and cannot fail.
    pub fn definitions_are_pure(&self) -> bool {
        self.is_pure
    }
}

/// How the globals of a program are defined.
struct Globals<'p> {
    program: &'p Program,
    /// Positions of the top-level forms in which each global is defined.
    defined_at: Vec<BTreeSet<usize>>,
    /// Globals that each form mentions, its own included.
    mentions: Vec<BTreeSet<usize>>,
    /// Whether each global is defined once at most, and then by a top-level definition.
    sound: Vec<bool>,
}

impl<'p> Globals<'p> {
    fn of(program: &'p Program) -> Self {
        let mut globals = Self {
            program,
            defined_at: vec![BTreeSet::new(); program.globals.len()],
            mentions: Vec::with_capacity(program.forms.len()),
            sound: vec![true; program.globals.len()],
        };
        for (position, form) in program.forms.iter().enumerate() {
            globals.add(position, form);
        }
        for (info, sound) in program.globals.iter().zip(&mut globals.sound) {
            *sound &= info.definitions <= 1;
        }
        globals
    }

    fn add(&mut self, position: usize, form: &TopForm) {
        let at_top = defines(&form.node);
        let mut mentions = BTreeSet::new();
        each_node(&form.node, &mut |node| {
            let defined = defines(node);
            if let Some(global) = defined {
                self.defined_at[global].insert(position);
                self.sound[global] &= at_top == Some(global);
            }
            if let NodeKind::Global(id) = &node.kind {
                mentions.insert(id.0 as usize);
            }
            mentions.extend(defined);
        });
        self.mentions.push(mentions);
    }

    /// Adds everything that evaluating or calling what `start` names can reach, and gives what is
    /// new.
    fn reach(&self, reached: &mut [bool], start: Vec<usize>) -> Vec<usize> {
        let mut new = Vec::new();
        let mut todo = start;
        while let Some(global) = todo.pop() {
            if !std::mem::replace(&mut reached[global], true) {
                new.push(global);
                let forms = self.defined_at[global].iter();
                todo.extend(forms.flat_map(|form| &self.mentions[*form]));
            }
        }
        new
    }

    /// For each global, whether it reaches one of those.
    fn reaching(&self, those: &[bool]) -> Vec<bool> {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); those.len()];
        for (global, forms) in self.defined_at.iter().enumerate() {
            for mentioned in forms.iter().flat_map(|form| &self.mentions[*form]) {
                users[*mentioned].push(global);
            }
        }
        let mut reaching = those.to_vec();
        let mut todo: Vec<usize> = (0..those.len()).filter(|global| those[*global]).collect();
        while let Some(global) = todo.pop() {
            for user in &users[global] {
                if !std::mem::replace(&mut reaching[*user], true) {
                    todo.push(*user);
                }
            }
        }
        reaching
    }
}

/// For each global, whether it reaches one that makes it not delegable.
struct Reach {
    declared: Vec<bool>,
    unsound: Vec<bool>,
    stateful: Vec<bool>,
    early: Vec<bool>,
}

impl Reach {
    fn reason(
        &self,
        program: &Program,
        global: usize,
        hashes: &DefinitionHashes,
    ) -> Result<DefinitionHash, NotDelegable> {
        let Some(id) = u32::try_from(global).ok().map(GlobalId) else {
            return Err(NotDelegable::NoFunction);
        };
        if self.unsound[global] {
            return Err(NotDelegable::Redefined);
        }
        if program.function(id).is_none() {
            return Err(NotDelegable::NoFunction);
        }
        if self.stateful[global] {
            return Err(NotDelegable::StatefulInit);
        }
        if self.early[global] {
            return Err(NotDelegable::CalledEarly);
        }
        if self.declared[global] {
            return Err(NotDelegable::Declared);
        }
        hashes.get(id).ok_or(NotDelegable::Unresolved)
    }
}

/// The global that a node defines.
fn defines(node: &Node) -> Option<usize> {
    match &node.kind {
        NodeKind::Def { global, .. } | NodeKind::DefStruct { global, .. } => {
            Some(global.0 as usize)
        }
        _ => None,
    }
}

/// Globals that code can reach before they are defined. What such code sees is not what the
/// definition hash says.
fn called_early(globals: &Globals<'_>) -> Vec<bool> {
    let n_globals = globals.program.globals.len();
    let (mut early, mut reached) = (vec![false; n_globals], vec![false; n_globals]);
    for (position, form) in globals.program.forms.iter().enumerate() {
        if form.node.is_inert() {
            continue;
        }
        let own = defines(&form.node);
        let mentions = globals.mentions[position].iter().copied();
        // What a definition stores is read only through its name.
        let unread = own
            .and_then(|own| u32::try_from(own).ok())
            .is_some_and(|own| !form.node.reads(GlobalId(own)));
        let is_own = |global: &usize| Some(*global) == own && unread;
        let start = mentions.filter(|global| !is_own(global)).collect();
        // What was reached before and is still to come was early then.
        for global in globals.reach(&mut reached, start) {
            let mut places = globals.defined_at[global].iter();
            early[global] = places.any(|place| *place >= position);
        }
    }
    early
}

/// For each global, whether evaluating its definition asks the host, reads the context, raises or
/// takes too long. Definitions are evaluated one after the other, so one that needs a stateful one
/// raises and is stateful too.
fn stateful(program: &Program, globals: &Globals<'_>, validation: Level) -> Vec<bool> {
    let mut stateful = vec![false; program.globals.len()];
    let definitions = || {
        let forms = program.forms.iter();
        forms.filter_map(|form| Some((form, defines(&form.node)?)))
    };
    if definitions().all(|(form, _)| form.node.is_inert()) {
        return stateful;
    }
    let mut host = Refusing::default();
    if all_pure(program, &mut host, validation) {
        return stateful;
    }
    let mut environment = Environment::new();
    let mut steps_left = INITIALISER_STEPS;
    for (form, global) in definitions() {
        let single = Program {
            globals: program.globals.clone(),
            module: None,
            forms: vec![form.clone()],
        };
        let limits = initialiser_limits(steps_left, validation);
        host.was_asked = false;
        let outcome = evaluate_in(&mut environment, &single, &mut host, &limits);
        steps_left = steps_left.saturating_sub(outcome.steps);
        stateful[global] |= outcome.result.is_err() || host.was_asked;
    }
    // Whatever became of a name that is defined twice, it is refused for that.
    for (stateful, sound) in stateful.iter_mut().zip(&globals.sound) {
        *stateful &= sound;
    }
    stateful
}

/// Whether all definitions of a program together are pure, which most are.
fn all_pure(program: &Program, host: &mut Refusing, validation: Level) -> bool {
    let mut environment = Environment::new();
    let Ok(unit) = environment.load(program) else {
        return false;
    };
    let limits = initialiser_limits(INITIALISER_STEPS, validation);
    let mut machine = Machine::in_environment(environment, &unit.definitions(), &limits);
    drive(&mut machine, host).is_ok() && !host.was_asked
}

fn initialiser_limits(steps: u64, validation: Level) -> Limits {
    Limits {
        steps: Some(steps),
        memory: Some(INITIALISER_BYTES),
        validation,
        ..Limits::default()
    }
}

/// A host that answers nothing and remembers that it was asked.
#[derive(Default)]
struct Refusing {
    was_asked: bool,
}

impl Host for Refusing {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.was_asked = true;
        Err(Error::unknown_capability(&call.capability_id))
    }

    fn get_context_value(&mut self, _: &str) -> Option<Value> {
        self.was_asked = true;
        None
    }

    fn set_execution_hint(&mut self, _: &str, _: &Value) {
        self.was_asked = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(source: &str) -> Program {
        let forms = rtfs_syntax::read(source).forms;
        let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
        program.expect("the source is well formed")
    }

    /// What becomes of calls of `f`.
    #[track_caller]
    fn check(source: &str, expected: Result<(), &str>) {
        let program = program(source);
        let delegability = Delegability::of(&program, Level::Standard);
        let index = program.globals.iter().position(|global| global.name == "f");
        let global = GlobalId(u32::try_from(index.expect("f is defined")).expect("few"));
        let found = delegability.definition(global).map(|_| ());
        assert_eq!(found.map_err(NotDelegable::name), expected, "{source}");
    }

    #[test]
    fn functions_over_functions_and_data_are_delegable() {
        check("(defn f [x] (+ x 1))", Ok(()));
        check("(defn g [x] x) (defn f [x] (g x))", Ok(()));
        check(
            "(defn f [x] (if x (g x) 1)) (defn g [x] (f x)) (f 1)",
            Ok(()),
        );
        check(
            "(defn f [x] (if x (g x) 1)) (defn g [x] (f x)) (+ 1 2) (f nil)",
            Ok(()),
        );
        check("(def k {:a [1 2]}) (defn f [x] (k x))", Ok(()));
        check("(declare g [x]) (defn f [x] (g x)) (defn g [x] x)", Ok(()));
        check("(defn f [] (call :clock.now))", Ok(()));
    }

    #[test]
    fn pure_initialisers_are_fine() {
        check("(def k (reduce + (range 100))) (defn f [] k)", Ok(()));
        check("(defn g [x] (* x 2)) (def k (g 21)) (defn f [] k)", Ok(()));
        check(
            "(def k (map inc [1 2])) (def l (count k)) (defn f [] l)",
            Ok(()),
        );
        check("(def h (comp inc dec)) (defn f [x] (h x))", Ok(()));
    }

    #[test]
    fn redefined_names_are_not() {
        check("(defn f [] 1) (defn f [] 2)", Err("redefined"));
        check(
            "(defn g [] 1) (defn f [] (g)) (defn g [] 2)",
            Err("redefined"),
        );
        check("(if true (defn g [] 1)) (defn f [] (g))", Err("redefined"));
        check("(def k 1) (defn f [] k) (def k 2)", Err("redefined"));
    }

    #[test]
    fn stateful_initialisers_are_not() {
        check(
            "(def k (call :clock.now)) (defn f [] k)",
            Err("stateful-init"),
        );
        check("(def k unknown-name) (defn f [] k)", Err("stateful-init"));
        check("(def k @user) (defn f [] k)", Err("stateful-init"));
        check("(def k (/ 1 0)) (defn f [] k)", Err("stateful-init"));
        check(
            "(def k (/ 1 0)) (def l (inc k)) (defn f [] l)",
            Err("stateful-init"),
        );
        check(
            "(def k (dotimes [i 10000000] i)) (defn f [] k)",
            Err("stateful-init"),
        );
        check(
            "(def k (try (call :x) (catch e 1))) (defn f [] k)",
            Err("stateful-init"),
        );
        check("(def k:int \"a\") (defn f [] k)", Err("stateful-init"));
        // A function that asks when it is called is another matter.
        check("(def k (call :clock.now)) (defn f [] 1)", Ok(()));
    }

    #[test]
    fn what_runs_before_everything_is_defined_is_not() {
        check("(defn f [] k) (f) (def k 1)", Err("called-early"));
        check(
            "(defn f [] (inc 1)) (f) (defn inc [x] x)",
            Err("called-early"),
        );
        check("(defn f [] k) (+ 1 2) (def k 1) (f)", Ok(()));
        check("(def k 1) (defn f [] k) (f)", Ok(()));
    }

    #[test]
    fn what_reaches_a_function_without_a_body_is_not() {
        let source = "(declare h [x:int] : :int) (defn g [x] (h x)) (defn f [x] (g x))";
        check(source, Err("declared"));
    }

    #[test]
    fn values_and_imports_are_not() {
        check("(def f 1)", Err("no-function"));
        check("(import a.b :as m) (defn f [] (m/g))", Err("unresolved"));
    }

    #[test]
    fn a_unit_is_pure_when_all_its_definitions_are() {
        let is_pure =
            |source| Delegability::of(&program(source), Level::Standard).definitions_are_pure();
        assert!(is_pure("(defn f [] 1) (def k (f)) (call :x)"));
        assert!(!is_pure("(def t (call :clock.now)) (defn f [] 1)"));
        assert!(!is_pure("(import a.b) (defn f [] 1)"));
        assert!(!is_pure("(defn f [] 1) (defn f [] 2)"));
    }

    #[test]
    fn functions_do_not_cross() {
        let function = Value::opaque_fn();
        let nested = Value::vector([Value::vector([function])]);
        let reason = NotDelegable::check_args(&[Value::int(1), nested.clone()]);
        assert_eq!(reason, Err(NotDelegable::FunctionArgument));
        let reason = NotDelegable::check_result(&Ok(nested.clone()));
        assert_eq!(reason, Err(NotDelegable::FunctionResult));
        let error = Error::application("x", nested, None);
        let reason = NotDelegable::check_result(&Err(error));
        assert_eq!(reason, Err(NotDelegable::FunctionResult));
        assert_eq!(NotDelegable::check_args(&[Value::int(1)]), Ok(()));
    }
}
