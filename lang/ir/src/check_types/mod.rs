//! The static stage: finds values that certainly do not fit a written annotation.
//!
//! Gradual: what is not known may be anything, and what may fit is left to the check at run time.
//! Kinds of values, constants, literals of vectors and maps, and the signatures of functions that
//! are defined once are followed through bindings and calls; nothing else is guessed.

mod fit;
mod known;
mod relate;
mod report;

use rtfs_syntax::{Diagnostic, Span};
use rtfs_value::types::Type;
use rtfs_value::{Kind, library};

use self::known::{Kinds, Known, Shape, Signature};
use crate::guard::nested;
use crate::node::{
    Datum, GlobalId, GlobalInfo, Lambda, LetBinding, Literal, Node, NodeKind, Pattern, Place,
    Program, Slot, SlotInfo,
};
use crate::span_table::SpanTable;

/// Checks a lowered program. Errors are certain violations of annotations; warnings are calls that
/// certainly raise something else.
pub fn check_types(program: &Program, spans: &SpanTable) -> Vec<Diagnostic> {
    let mut checker = Checker {
        program,
        spans,
        globals: program.globals.iter().map(declared).collect(),
        frames: Vec::new(),
        diagnostics: Vec::new(),
    };
    for form in &program.forms {
        checker.note_definition(&form.node);
    }
    for form in &program.forms {
        checker.frames.push(Frame::new(&form.slots));
        checker.node(&form.node);
        checker.frames.pop();
    }
    checker
        .diagnostics
        .sort_by_key(|found| (found.span.start, found.span.end));
    checker.diagnostics
}

struct Checker<'p> {
    program: &'p Program,
    spans: &'p SpanTable,
    /// What every reading of a global gives, once it is defined.
    globals: Vec<Known>,
    frames: Vec<Frame<'p>>,
    diagnostics: Vec<Diagnostic>,
}

/// The variables of the current function or top-level form.
struct Frame<'p> {
    infos: &'p [SlotInfo],
    slots: Vec<Known>,
    captures: Vec<Known>,
    own: Known,
}

impl<'p> Frame<'p> {
    fn new(infos: &'p [SlotInfo]) -> Self {
        Frame {
            infos,
            slots: vec![Known::any(); infos.len()],
            captures: Vec::new(),
            own: Known::any(),
        }
    }
}

/// What a declaration says about a global that nothing defines.
fn declared(info: &GlobalInfo) -> Known {
    let Some(declaration) = info.declared.as_ref().filter(|_| info.definitions == 0) else {
        return Known::any();
    };
    let wanted = |ty: &Type| Some(ty.clone()).filter(|ty| *ty != Type::Any);
    Known::function(Signature {
        name: info.name.clone(),
        params: declaration
            .params
            .iter()
            .map(|(name, ty)| (name.clone(), wanted(ty)))
            .collect(),
        rest: declaration.rest.as_ref().map(wanted),
        result: wanted(&declaration.result),
        node: None,
        checked: true,
        fields: None,
    })
}

fn signature(lambda: &Lambda, node: &Node) -> Signature {
    Signature {
        name: lambda.name.clone().unwrap_or_else(|| "fn".to_owned()),
        params: lambda
            .params
            .iter()
            .map(|param| (param.name.clone(), param.annotation.clone()))
            .collect(),
        rest: lambda.rest.as_ref().map(|rest| rest.annotation.clone()),
        result: lambda.result.clone(),
        node: Some(node.id),
        checked: true,
        fields: None,
    }
}

fn constructor(name: &str, fields: &[(String, Type)], node: &Node) -> Signature {
    Signature {
        name: name.to_owned(),
        params: vec![("map".to_owned(), None)],
        rest: None,
        result: None,
        node: Some(node.id),
        checked: true,
        fields: Some(fields.to_vec()),
    }
}

impl<'p> Checker<'p> {
    /// A name that the program defines once, at its top level, means that definition everywhere.
    fn note_definition(&mut self, node: &Node) {
        let (global, known) = match &node.kind {
            NodeKind::Def {
                global,
                annotation: Some(ty),
                ..
            } => (*global, Known::written(ty, self.global_name(*global))),
            NodeKind::Def { global, init, .. } => match &init.kind {
                NodeKind::Lambda(lambda) => (*global, Known::function(signature(lambda, init))),
                _ => return,
            },
            NodeKind::DefStruct { global, fields } => {
                let name = self.global_name(*global);
                (*global, Known::function(constructor(name, fields, node)))
            }
            _ => return,
        };
        let info = self.program.globals.get(global.0 as usize);
        // Before its definition a library function of the same name would be called.
        let once = info.is_some_and(|info| info.definitions == 1 && info.fallback.is_none());
        if let Some(entry) = self.globals.get_mut(global.0 as usize)
            && once
        {
            *entry = known;
        }
    }

    fn global_name(&self, global: GlobalId) -> &'p str {
        let info = self.program.globals.get(global.0 as usize);
        info.map_or("", |info| info.name.as_str())
    }

    fn span(&self, node: &Node) -> Span {
        self.spans.get(node.id).unwrap_or_default()
    }

    fn node(&mut self, node: &'p Node) -> Known {
        nested(|| self.node_inside(node))
    }

    fn nodes(&mut self, nodes: &'p [Node]) -> Vec<Known> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn node_inside(&mut self, node: &'p Node) -> Known {
        match &node.kind {
            NodeKind::Literal(literal) => Known::constant(literal),
            NodeKind::Quote(datum) => datum_known(datum),
            NodeKind::Var(place) => self.place(*place),
            NodeKind::Global(id) => self.global(*id),
            NodeKind::Builtin(_) => Known::of(Kinds::one(Kind::Function)),
            NodeKind::Raise { .. } => Known::of(Kinds::NONE),
            NodeKind::Declare(_) | NodeKind::Import(_) => Known::constant(&Literal::Nil),
            NodeKind::Def {
                global,
                annotation,
                init,
            } => self.definition(self.global_name(*global), annotation.as_ref(), init),
            NodeKind::LocalDef {
                slot,
                name,
                annotation,
                init,
            } => {
                let known = self.definition(name, annotation.as_ref(), init);
                self.bind(*slot, known.clone());
                known
            }
            NodeKind::DefStruct { global, fields } => {
                Known::function(constructor(self.global_name(*global), fields, node))
            }
            NodeKind::Lambda(lambda) => self.lambda(lambda, node),
            NodeKind::Call { head, args } => self.call(head, args, node),
            NodeKind::Vector(items) => {
                let items = self.nodes(items);
                items_known(Kind::Vector, items)
            }
            NodeKind::Map(entries) => self.map(entries),
            _ => self.control(node),
        }
    }

    /// Forms that decide what is evaluated.
    fn control(&mut self, node: &'p Node) -> Known {
        match &node.kind {
            NodeKind::If {
                test,
                then,
                otherwise,
            } => {
                self.node(test);
                let then = self.node(then);
                then.or(self.node(otherwise))
            }
            NodeKind::Do(items) => self
                .nodes(items)
                .pop()
                .unwrap_or_else(|| Known::constant(&Literal::Nil)),
            NodeKind::And(items) | NodeKind::Or(items) if !items.is_empty() => self
                .nodes(items)
                .into_iter()
                .reduce(Known::or)
                .unwrap_or_else(Known::any),
            NodeKind::Scope { body, .. } => self.node(body),
            NodeKind::Let { bindings, body } => {
                bindings.iter().for_each(|binding| self.binding(binding));
                self.node(body)
            }
            NodeKind::Match { value, clauses } => {
                let value = self.node(value);
                let mut result = Known::of(Kinds::NONE);
                for clause in clauses {
                    self.pattern(&clause.pattern, &value);
                    if let Some(guard) = &clause.guard {
                        self.node(guard);
                    }
                    result = result.or(self.node(&clause.body));
                }
                result
            }
            NodeKind::Try {
                body,
                catches,
                finally,
            } => {
                let mut result = self.node(body);
                for catch in catches {
                    if let Some(slot) = catch.binding {
                        self.bind(slot, Known::of(Kinds::one(Kind::Error)));
                    }
                    result = result.or(self.node(&catch.body));
                }
                if let Some(finally) = finally {
                    self.node(finally);
                }
                result
            }
            NodeKind::For { bindings, body } => {
                for (slot, collection) in bindings {
                    self.node(collection);
                    self.bind(*slot, Known::any());
                }
                self.node(body);
                Known::of(Kinds::one(Kind::Vector))
            }
            NodeKind::DoTimes { slot, count, body } => {
                self.node(count);
                self.bind(*slot, Known::of(Kinds::one(Kind::Integer)));
                let body = self.node(body);
                body.or(Known::constant(&Literal::Nil))
            }
            NodeKind::HintScope { hints, body } => {
                hints.iter().for_each(|(_, value)| {
                    self.node(value);
                });
                self.node(body)
            }
            other => {
                crate::walk::children(other, &mut |child| {
                    self.node(child);
                });
                Known::any()
            }
        }
    }

    fn place(&self, place: Place) -> Known {
        let Some(frame) = self.frames.last() else {
            return Known::any();
        };
        let known = match place {
            Place::Slot(slot)
                if frame
                    .infos
                    .get(slot.0 as usize)
                    .is_some_and(|info| info.cell) =>
            {
                None
            }
            Place::Slot(slot) => frame.slots.get(slot.0 as usize),
            Place::Capture(index) => frame.captures.get(index as usize),
            Place::SelfFn => Some(&frame.own),
        };
        known.cloned().unwrap_or_else(Known::any)
    }

    fn bind(&mut self, slot: Slot, known: Known) {
        let entry = self
            .frames
            .last_mut()
            .and_then(|frame| frame.slots.get_mut(slot.0 as usize));
        if let Some(entry) = entry {
            *entry = known;
        }
    }

    fn global(&self, id: GlobalId) -> Known {
        let known = self.globals.get(id.0 as usize);
        known.cloned().unwrap_or_else(Known::any)
    }

    fn map(&mut self, entries: &'p [(Literal, Node)]) -> Known {
        let mut known: Vec<(Literal, Known)> = entries
            .iter()
            .map(|(key, value)| (key.clone(), self.node(value)))
            .collect();
        known.sort_by(|(a, _), (b, _)| a.cmp(b));
        // Of a repeated key the last value counts; the order of the entries is not looked at.
        let mut once: Vec<(Literal, Known)> = Vec::with_capacity(known.len());
        for entry in known {
            if once.last().is_some_and(|(key, _)| *key == entry.0) {
                once.pop();
            }
            once.push(entry);
        }
        Known {
            shape: Shape::Entries(once.into()),
            ..Known::of(Kinds::one(Kind::Map))
        }
    }

    /// The value of a definition, after its check.
    fn definition(&mut self, name: &str, annotation: Option<&Type>, init: &'p Node) -> Known {
        let known = self.node(init);
        match annotation {
            Some(ty) => {
                self.expect(&known, ty, &format!("def {name}"), init);
                known.narrowed(ty, name)
            }
            None => known,
        }
    }

    fn binding(&mut self, binding: &'p LetBinding) {
        let mut known = self.node(&binding.init);
        if let Some(ty) = &binding.annotation {
            self.expect(&known, ty, &format!("let {}", binding.name), &binding.init);
            known = known.narrowed(ty, &binding.name);
        }
        self.pattern(&binding.pattern, &known);
    }

    /// Binds what a pattern takes out of a value.
    fn pattern(&mut self, pattern: &'p Pattern, known: &Known) {
        match pattern {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => {}
            Pattern::Var(slot) => self.bind(*slot, known.clone()),
            Pattern::As(slot, inner) => {
                let whole = match &**inner {
                    Pattern::Type(ty) => Known::of(Kinds::fitting(ty).and(known.kinds)),
                    _ => known.clone(),
                };
                self.bind(*slot, whole);
                nested(|| self.pattern(inner, known));
            }
            Pattern::Sequence { items, rest, whole } => {
                for (index, item) in items.iter().enumerate() {
                    let known = match &known.shape {
                        Shape::Items(items) => items.get(index).cloned(),
                        _ => None,
                    };
                    nested(|| self.pattern(item, &known.unwrap_or_else(Known::any)));
                }
                self.bind_parts(*rest, Kind::Vector, *whole, known);
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                for entry in entries {
                    if let Some(default) = &entry.default {
                        self.node(default);
                    }
                    nested(|| self.pattern(&entry.pattern, &Known::any()));
                }
                self.bind_parts(*rest, Kind::Map, *whole, known);
            }
        }
    }

    fn bind_parts(
        &mut self,
        rest: Option<Option<Slot>>,
        kind: Kind,
        whole: Option<Slot>,
        known: &Known,
    ) {
        if let Some(Some(slot)) = rest {
            self.bind(slot, Known::of(Kinds::one(kind)));
        }
        if let Some(slot) = whole {
            self.bind(slot, known.clone());
        }
    }

    fn lambda(&mut self, lambda: &'p Lambda, node: &'p Node) -> Known {
        let own = Known::function(signature(lambda, node));
        let captures = lambda
            .captures
            .iter()
            .map(|place| self.place(*place))
            .collect();
        self.frames.push(Frame {
            captures,
            own: own.clone(),
            ..Frame::new(&lambda.slots)
        });
        for (slot, param) in (0..).map(Slot).zip(&lambda.params) {
            let known = match &param.annotation {
                Some(ty) => Known::written(ty, &param.name),
                None => Known::any(),
            };
            self.bind(slot, known.clone());
            if let Some(pattern) = &param.pattern {
                self.pattern(pattern, &known);
            }
        }
        if lambda.rest.is_some() {
            let slot = Slot(u32::try_from(lambda.params.len()).unwrap_or(u32::MAX));
            self.bind(slot, Known::of(Kinds::one(Kind::List)));
        }
        let result = self.node(&lambda.body);
        self.frames.pop();
        if let Some(ty) = &lambda.result {
            self.expect(&result, ty, "fn return", last_form(&lambda.body));
        }
        own
    }

    fn call(&mut self, head: &'p Node, args: &'p [Node], node: &'p Node) -> Known {
        let called = self.node(head);
        let known = self.nodes(args);
        if let NodeKind::Builtin(id) = &head.kind {
            let function = library::get(*id);
            if let Err(error) = library::check_arity(*id, args.len()) {
                self.warn_arity(error.text(), function.signature, self.span(node));
                return Known::of(Kinds::NONE);
            }
            let types: Vec<Type> = known.iter().map(exact_type).collect();
            let result = crate::optimise::call_type(function.name, &mut types.iter());
            return Known::of(exact_kinds(&result));
        }
        let callable = Kinds::one(Kind::Function).or(Kinds::one(Kind::Keyword));
        if called.kinds.and(callable).is_empty() && !called.kinds.is_empty() {
            self.not_a_function(&called, head);
            return Known::of(Kinds::NONE);
        }
        match called.signature() {
            Some(signature) => self.arguments(signature, args, &known, node),
            None => Known::any(),
        }
    }

    /// Checks the arguments of a call of a known function; gives what it returns.
    fn arguments(
        &mut self,
        signature: &Signature,
        args: &'p [Node],
        known: &[Known],
        node: &'p Node,
    ) -> Known {
        let n_fixed = signature.params.len();
        if args.len() < n_fixed || (args.len() > n_fixed && signature.rest.is_none()) {
            self.wrong_arity(signature, args.len(), node);
            return Known::of(Kinds::NONE);
        }
        for ((param, known), arg) in signature.params.iter().zip(known).zip(args) {
            if let Some(ty) = &param.1 {
                let context = format!("param {}", param.0);
                self.expect_argument(signature, known, ty, &context, arg);
            }
        }
        if let Some(Some(ty)) = &signature.rest {
            for (index, (known, arg)) in known.iter().zip(args).enumerate().skip(n_fixed) {
                let context = format!("variadic param item {}", index - n_fixed);
                self.expect_argument(signature, known, ty, &context, arg);
            }
        }
        if let (Some(fields), [known], [arg]) = (&signature.fields, known, args) {
            self.expect_fields(signature, fields, known, arg);
            return known.clone();
        }
        match &signature.result {
            Some(ty) if signature.checked => Known::written(ty, &signature.name),
            _ => Known::any(),
        }
    }
}

/// The form whose value is the value of a body.
fn last_form(node: &Node) -> &Node {
    let mut node = node;
    loop {
        node = match &node.kind {
            NodeKind::Do(items) => match items.last() {
                Some(last) => last,
                None => return node,
            },
            NodeKind::Scope { body, .. } | NodeKind::Let { body, .. } => body,
            _ => return node,
        }
    }
}

fn items_known(kind: Kind, items: Vec<Known>) -> Known {
    Known {
        shape: Shape::Items(items.into()),
        ..Known::of(Kinds::one(kind))
    }
}

fn datum_known(datum: &Datum) -> Known {
    nested(|| match datum {
        Datum::Literal(literal) => Known::constant(literal),
        Datum::List(items) => items_known(Kind::List, items.iter().map(datum_known).collect()),
        Datum::Vector(items) => items_known(Kind::Vector, items.iter().map(datum_known).collect()),
        Datum::Map(entries) => Known {
            shape: Shape::Entries(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), datum_known(value)))
                    .collect(),
            ),
            ..Known::of(Kinds::one(Kind::Map))
        },
    })
}

/// The kind as a type of the optimiser, which tells integers from floats.
fn exact_type(known: &Known) -> Type {
    if known.kinds == Kinds::one(Kind::Integer) {
        Type::Int
    } else if known.kinds == Kinds::one(Kind::Float) {
        Type::Float
    } else {
        Type::Any
    }
}

fn exact_kinds(ty: &Type) -> Kinds {
    match ty {
        Type::Float => Kinds::one(Kind::Float),
        Type::Vector(_) => Kinds::one(Kind::Vector),
        other => Kinds::fitting(other),
    }
}
