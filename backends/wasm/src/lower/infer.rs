//! What functions give, by what they are given: kinds of results, and the versions of functions
//! that are worth lowering.
//!
//! A function may be lowered several times: for arguments of any kind, and for arguments that are
//! certainly integers or floats where its code computes with them. Which versions exist and what
//! each gives is found by interpreting the program with sets of kinds in place of values, again
//! and again until nothing changes.

mod computes;

use std::collections::BTreeMap;

use rtfs_ir::{Lambda, LetBinding, Literal, Node, NodeKind, Pattern, Place, Program};
use rtfs_value::library;
use rtfs_value::tag;

use super::builtin_kinds::{accepted_kinds, asked_kinds, result_kinds};
use super::context::{ParamKind, Version};
use super::functions::{Functions, children};
use super::globals::StaticGlobal;
use super::higher_order::{Walk, range_args, range_item_kinds};
use super::kinds::Kinds;
use super::nested;

/// Most versions of one function besides the one for arguments of any kind.
const MAX_VERSIONS: usize = 4;

/// What was found out.
#[derive(Debug, Default)]
pub(super) struct Inferred {
    results: BTreeMap<Version, Kinds>,
    /// Parameters that a function computes with, by code.
    computes_with: Vec<Vec<bool>>,
    /// Functions that call themselves by name, by code.
    recursive: Vec<bool>,
}

impl Inferred {
    /// Interprets a program.
    pub(super) fn of(
        program: &Program,
        functions: &Functions<'_>,
        statics: &[Option<StaticGlobal<'_>>],
    ) -> Self {
        let mut inference = Inference {
            functions,
            statics,
            found: Self::default(),
            changed: false,
            current: None,
            own_calls_count: false,
        };
        inference.describe_functions();
        for code in functions.codes() {
            inference.add(generic(functions.get(code).lambda, code));
            if let Some(version) = inference
                .found
                .integer_version(functions.get(code).lambda, code)
            {
                inference.add(version);
            }
        }
        inference.run(program);
        // What functions go on with by themselves comes second: on the way to its best version one
        // calling itself passes through others.
        inference.own_calls_count = true;
        inference.run(program);
        inference.found
    }

    /// What a version gives.
    pub(super) fn result(&self, version: &Version) -> Kinds {
        self.results.get(version).copied().unwrap_or(Kinds::ANY)
    }

    /// The best version for arguments of these kinds.
    pub(super) fn version(&self, lambda: &Lambda, code: u32, args: &[Kinds]) -> Version {
        let wanted = self.wanted(lambda, code, args);
        if self.results.contains_key(&wanted) {
            wanted
        } else {
            generic(lambda, code)
        }
    }

    /// The version that a call wants, whether or not it exists.
    fn wanted(&self, lambda: &Lambda, code: u32, args: &[Kinds]) -> Version {
        let mut version = generic(lambda, code);
        let computes_with = &self.computes_with[code as usize];
        if self.recursive[code as usize] && may_all_be_integers(computes_with, args) {
            return version;
        }
        let annotations = lambda.params.iter().map(|param| param.annotation.as_ref());
        let params = version.params.iter_mut().zip(computes_with);
        for (((param, computes), arg), ty) in params.zip(args).zip(annotations) {
            let fits = ty.is_none_or(|ty| Kinds::of_type(ty).meets(*arg));
            match *arg {
                Kinds::INT if *computes && fits => *param = ParamKind::Int,
                Kinds::FLOAT if *computes && fits => *param = ParamKind::Float,
                _ => {}
            }
        }
        version
    }

    /// The version in which everything that a recursive function computes with is an integer: its
    /// general version goes on there when it can.
    pub(super) fn integer_version(&self, lambda: &Lambda, code: u32) -> Option<Version> {
        if !self.recursive[code as usize] {
            return None;
        }
        let ints = vec![Kinds::INT; lambda.params.len()];
        let version = self.wanted(lambda, code, &ints);
        (version != generic(lambda, code)).then_some(version)
    }
}

/// Whether what a function computes with may turn out to be integers, but is not known to be:
/// then the general version finds out, once, and goes on with the one for integers.
fn may_all_be_integers(computes_with: &[bool], args: &[Kinds]) -> bool {
    let computed = || {
        let pairs = computes_with.iter().zip(args);
        pairs
            .filter(|(computes, _)| **computes)
            .map(|(_, arg)| *arg)
    };
    computed().all(|arg| arg.meets(Kinds::INT)) && computed().any(|arg| arg != Kinds::INT)
}

/// The version that takes anything.
pub(super) fn generic(lambda: &Lambda, code: u32) -> Version {
    let n = lambda.params.len() + usize::from(lambda.rest.is_some());
    Version {
        code,
        params: vec![ParamKind::Any; n],
    }
}

struct Inference<'a, 'p> {
    functions: &'a Functions<'p>,
    statics: &'a [Option<StaticGlobal<'p>>],
    found: Inferred,
    changed: bool,
    /// The function that is interpreted.
    current: Option<u32>,
    /// Calls of a function by itself ask for versions, too.
    own_calls_count: bool,
}

/// What is known about variables on the way to a point.
type Slots = Vec<Kinds>;

impl Inference<'_, '_> {
    /// Interprets everything until nothing changes.
    fn run(&mut self, program: &Program) {
        self.changed = true;
        while std::mem::take(&mut self.changed) {
            for form in &program.forms {
                let slots = vec![Kinds::ANY; form.slots.len()];
                self.interpret(&form.node, slots);
            }
            for version in self.found.results.keys().cloned().collect::<Vec<_>>() {
                self.current = Some(version.code);
                self.function(version);
                self.current = None;
            }
        }
    }

    /// The function that a head always is.
    fn callee(&self, head: &Node) -> Option<u32> {
        match &head.kind {
            NodeKind::Global(global) => match self.statics.get(global.0 as usize)? {
                Some(StaticGlobal::Function(code)) => Some(*code),
                _ => None,
            },
            _ => None,
        }
    }

    fn add(&mut self, version: Version) {
        if self.found.results.contains_key(&version) {
            return;
        }
        let same_code = |known: &&Version| known.code == version.code;
        if self.found.results.keys().filter(same_code).count() <= MAX_VERSIONS {
            self.found.results.insert(version, Kinds::NONE);
            self.changed = true;
        }
    }

    fn function(&mut self, version: Version) {
        let lambda = self.functions.get(version.code).lambda;
        let mut slots = vec![Kinds::ANY; lambda.slots.len()];
        for (slot, kind) in slots.iter_mut().zip(&version.params) {
            *slot = match kind {
                ParamKind::Any => Kinds::ANY,
                ParamKind::Int => Kinds::INT,
                ParamKind::Float => Kinds::FLOAT,
            };
        }
        for (slot, param) in slots.iter_mut().zip(&lambda.params) {
            if let Some(ty) = &param.annotation {
                *slot = slot.and(Kinds::of_type(ty));
            }
        }
        if lambda.rest.is_some() {
            slots[lambda.params.len()] = Kinds::LIST;
        }
        let mut result = self.interpret(&lambda.body, slots);
        if let Some(ty) = &lambda.result {
            result = result.and(Kinds::of_type(ty));
        }
        let old = self.found.result(&version);
        if !result.is_within(old) {
            self.found.results.insert(version, old.or(result));
            self.changed = true;
        }
    }

    fn interpret(&mut self, node: &Node, mut slots: Slots) -> Kinds {
        self.node(node, &mut slots)
    }

    fn node(&mut self, node: &Node, slots: &mut Slots) -> Kinds {
        nested(|| self.node_by_form(node, slots))
    }

    fn node_by_form(&mut self, node: &Node, slots: &mut Slots) -> Kinds {
        match &node.kind {
            NodeKind::Literal(literal) => literal_kinds(literal),
            NodeKind::Builtin(_) => Kinds::of(tag::BUILTIN),
            NodeKind::Var(Place::Slot(slot)) => {
                slots.get(slot.0 as usize).copied().unwrap_or(Kinds::ANY)
            }
            NodeKind::Global(global) => match self.statics.get(global.0 as usize) {
                Some(Some(StaticGlobal::Literal(literal))) => literal_kinds(literal),
                Some(Some(StaticGlobal::Function(_))) => Kinds::of(tag::STATIC_FN),
                _ => Kinds::ANY,
            },
            NodeKind::Lambda(_) => Kinds::FUNCTION_WITH_CODE,
            NodeKind::Raise { .. } | NodeKind::Qualified { .. } => Kinds::NONE,
            NodeKind::Call { head, args } => self.call(head, args, slots),
            NodeKind::If {
                test,
                then,
                otherwise,
            } => self.if_form(test, then, otherwise, slots),
            NodeKind::Do(items) => items
                .iter()
                .fold(Kinds::NIL, |_, item| self.node(item, slots)),
            NodeKind::And(items) => self.short_circuit(items, false, slots),
            NodeKind::Or(items) => self.short_circuit(items, true, slots),
            NodeKind::Scope { body, .. } => self.node(body, slots),
            NodeKind::Let { bindings, body } => {
                bindings
                    .iter()
                    .for_each(|binding| self.binding(binding, slots));
                self.node(body, slots)
            }
            NodeKind::LocalDef {
                slot,
                init,
                annotation,
                ..
            } => {
                let mut kinds = self.node(init, slots);
                if let Some(ty) = annotation {
                    kinds = kinds.and(Kinds::of_type(ty));
                }
                set(slots, slot.0, kinds);
                kinds
            }
            NodeKind::Def {
                init, annotation, ..
            } => {
                let kinds = self.node(init, slots);
                annotation
                    .as_ref()
                    .map_or(kinds, |ty| kinds.and(Kinds::of_type(ty)))
            }
            NodeKind::Cast { value, to, .. } => self.node(value, slots).and(Kinds::of_type(to)),
            NodeKind::Declare(_) | NodeKind::Import(_) => Kinds::NIL,
            NodeKind::Vector(items) => {
                for item in items {
                    self.node(item, slots);
                }
                Kinds::VECTOR
            }
            NodeKind::Map(entries) => {
                for (_, value) in entries {
                    self.node(value, slots);
                }
                Kinds::MAP
            }
            NodeKind::DoTimes { slot, count, body } => {
                self.node(count, slots);
                let mut inner = slots.clone();
                set(&mut inner, slot.0, Kinds::INT);
                self.node(body, &mut inner).or(Kinds::NIL)
            }
            NodeKind::For { .. } => {
                self.parts(node, slots);
                Kinds::VECTOR
            }
            _ => {
                self.parts(node, slots);
                Kinds::ANY
            }
        }
    }

    /// Forms whose parts may be skipped or repeated: each is looked at with what is known before
    /// the form.
    fn parts(&mut self, node: &Node, slots: &Slots) {
        children(&node.kind, &mut |child| {
            self.node(child, &mut slots.clone());
        });
    }

    fn binding(&mut self, binding: &LetBinding, slots: &mut Slots) {
        let mut kinds = self.node(&binding.init, slots);
        if let Some(ty) = &binding.annotation {
            kinds = kinds.and(Kinds::of_type(ty));
        }
        // What other patterns bind stays unknown; their defaults are of no interest.
        if let Pattern::Var(slot) = &binding.pattern {
            set(slots, slot.0, kinds);
        }
    }

    fn if_form(&mut self, test: &Node, then: &Node, otherwise: &Node, slots: &mut Slots) -> Kinds {
        self.node(test, slots);
        let mut other_slots = slots.clone();
        refine(test, true, slots);
        refine(test, false, &mut other_slots);
        let a = self.node(then, slots);
        let b = self.node(otherwise, &mut other_slots);
        join(slots, &other_slots, a, b);
        a.or(b)
    }

    fn short_circuit(&mut self, items: &[Node], stop: bool, slots: &mut Slots) -> Kinds {
        let Some((last, rest)) = items.split_last() else {
            return Kinds::BOOL;
        };
        let falsy = Kinds::NIL.or(Kinds::BOOL);
        let mut result = Kinds::NONE;
        let mut inner = slots.clone();
        for item in rest {
            let kinds = self.node(item, &mut inner);
            result = result.or(if stop {
                kinds.without(Kinds::NIL)
            } else {
                kinds.and(falsy)
            });
            refine(item, !stop, &mut inner);
        }
        result.or(self.node(last, &mut inner))
    }

    fn call(&mut self, head: &Node, args: &[Node], slots: &mut Slots) -> Kinds {
        self.node(head, slots);
        let kinds: Vec<Kinds> = args.iter().map(|arg| self.node(arg, slots)).collect();
        if let NodeKind::Builtin(id) = head.kind {
            let name = library::get(id).name;
            for (index, arg) in args.iter().enumerate() {
                if let NodeKind::Var(Place::Slot(slot)) = arg.kind {
                    let known = slots.get(slot.0 as usize).copied().unwrap_or(Kinds::ANY);
                    set(
                        slots,
                        slot.0,
                        known.and(accepted_kinds(name, index, &kinds)),
                    );
                }
            }
            if let Some(walk) = Walk::of(name, args.len())
                && !kinds.contains(&Kinds::NONE)
            {
                return self.walk(walk, name, args, &kinds, slots);
            }
            return result_kinds(name, &kinds);
        }
        let Some(code) = self.callee(head) else {
            return Kinds::ANY;
        };
        self.code_call(code, &kinds)
    }

    /// `reduce`, `map` and others: what they call, and with what.
    fn walk(
        &mut self,
        walk: Walk,
        name: &str,
        args: &[Node],
        kinds: &[Kinds],
        slots: &Slots,
    ) -> Kinds {
        let Some(bounds) = args.last().and_then(range_args) else {
            return self.walk_over(Kinds::ANY, walk, name, args, kinds);
        };
        let bounds: Vec<Kinds> = bounds
            .iter()
            .map(|bound| self.node(bound, &mut slots.clone()))
            .collect();
        // The loop has integers only.
        self.walk_over(Kinds::INT, walk, name, args, kinds);
        let item = range_item_kinds(bounds.into_iter());
        self.walk_over(item, walk, name, args, kinds)
    }

    fn walk_over(
        &mut self,
        item: Kinds,
        walk: Walk,
        name: &str,
        args: &[Node],
        kinds: &[Kinds],
    ) -> Kinds {
        let mut sum = match walk {
            Walk::Fold => item,
            Walk::FoldFrom => kinds[1],
            Walk::MapIndexed => {
                self.call_back(&args[0], &[Kinds::INT, item]);
                return result_kinds(name, kinds);
            }
            _ => {
                self.call_back(&args[0], &[item]);
                return result_kinds(name, kinds);
            }
        };
        loop {
            let result = self.call_back(&args[0], &[sum, item]);
            if result.is_within(sum) {
                return sum;
            }
            sum = sum.or(result);
        }
    }

    /// What a callback gives.
    fn call_back(&mut self, function: &Node, args: &[Kinds]) -> Kinds {
        match &function.kind {
            NodeKind::Builtin(id) => result_kinds(library::get(*id).name, args),
            NodeKind::Lambda(_) => match self.functions.code(function.id) {
                Some(code) => self.code_call(code, args),
                None => Kinds::ANY,
            },
            _ => match self.callee(function) {
                Some(code) => self.code_call(code, args),
                None => Kinds::ANY,
            },
        }
    }

    fn code_call(&mut self, code: u32, kinds: &[Kinds]) -> Kinds {
        if kinds.contains(&Kinds::NONE) {
            return Kinds::NONE;
        }
        let lambda = self.functions.get(code).lambda;
        if self.own_calls_count || self.current != Some(code) {
            let wanted = self.found.wanted(lambda, code, kinds);
            self.add(wanted);
        }
        let version = self.found.version(lambda, code, kinds);
        self.found.result(&version)
    }
}

fn set(slots: &mut Slots, slot: u32, kinds: Kinds) {
    if let Some(entry) = slots.get_mut(slot as usize) {
        *entry = kinds;
    }
}

/// What is known after two ways; a way that does not complete tells nothing.
fn join(slots: &mut Slots, other: &Slots, a: Kinds, b: Kinds) {
    for (slot, other) in slots.iter_mut().zip(other) {
        *slot = match (a, b) {
            (_, Kinds::NONE) => *slot,
            (Kinds::NONE, _) => *other,
            _ => slot.or(*other),
        };
    }
}

/// Narrows variables by the outcome of a test.
fn refine(test: &Node, outcome: bool, slots: &mut Slots) {
    nested(|| match &test.kind {
        NodeKind::Call { head, args } => {
            let (NodeKind::Builtin(id), [arg]) = (&head.kind, &args[..]) else {
                return;
            };
            let name = library::get(*id).name;
            if name == "not" {
                return refine(arg, !outcome, slots);
            }
            let (Some(asked), NodeKind::Var(Place::Slot(slot))) = (asked_kinds(name), &arg.kind)
            else {
                return;
            };
            let known = slots.get(slot.0 as usize).copied().unwrap_or(Kinds::ANY);
            set(
                slots,
                slot.0,
                if outcome {
                    known.and(asked)
                } else {
                    known.without(asked)
                },
            );
        }
        NodeKind::Var(Place::Slot(slot)) => {
            let known = slots.get(slot.0 as usize).copied().unwrap_or(Kinds::ANY);
            let falsy = Kinds::NIL.or(Kinds::BOOL);
            set(
                slots,
                slot.0,
                if outcome {
                    known.without(Kinds::NIL)
                } else {
                    known.and(falsy)
                },
            );
        }
        NodeKind::And(items) if outcome => items.iter().for_each(|item| refine(item, true, slots)),
        NodeKind::Or(items) if !outcome => items.iter().for_each(|item| refine(item, false, slots)),
        _ => {}
    });
}

fn literal_kinds(literal: &Literal) -> Kinds {
    match literal {
        Literal::Nil => Kinds::NIL,
        Literal::Bool(_) => Kinds::BOOL,
        Literal::Int(_) => Kinds::INT,
        Literal::Float(_) => Kinds::FLOAT,
        Literal::Str(_) => Kinds::STRING,
        Literal::Keyword(_) => Kinds::KEYWORD,
        Literal::Symbol(_) => Kinds::of(tag::SYMBOL),
        Literal::Timestamp(_) => Kinds::of(tag::TIMESTAMP),
        Literal::Uuid(_) => Kinds::of(tag::UUID),
        Literal::Resource(_) => Kinds::of(tag::RESOURCE),
    }
}
