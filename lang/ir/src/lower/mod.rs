//! Lowering: forms to the IR. Checks the shape of special forms, resolves names, expands derived
//! forms, and reports as many findings as it can in one run.
//!
//! Three steps: [`expand`] rewrites derived forms and macro calls; [`Lowerer`] turns forms into
//! nodes whose variables are still [`scope::VarId`]s; [`place`] decides slots, captures and cells.

mod annotation;
mod binding;
mod body;
mod call;
pub(crate) mod codes;
mod control;
mod declaration;
mod definition;
mod definitions;
mod expand;
mod expansion_chain;
mod form_value;
mod function;
mod globals;
mod linking;
mod literal;
mod loops;
mod macros;
mod match_form;
mod metadata;
mod module;
mod pattern;
mod place;
mod quasiquote;
mod quote;
mod scope;
mod special;
mod struct_types;
mod suggest;
mod symbol;
mod thread;
mod try_form;
mod type_form;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind, Span};
use rtfs_value::types::Type;

use self::globals::Globals;
use self::place::{LambdaVars, Placer};
use self::scope::Scopes;
use crate::environment::Environment;
use crate::guard::nested;
use crate::node::{Literal, ModuleInfo, Node, NodeId, NodeKind, Program};
use crate::span_table::SpanTable;

pub use self::codes::{CODES, explain};
pub(crate) use self::linking::SessionScope;
pub use self::linking::{LinkedModules, LoadedSources, MAX_MODULES, ModuleLoader};
pub use self::macros::{
    MAX_EXPANDED_FORMS, MAX_MACRO_DEPTH, MAX_MACRO_STEPS, MacroEvaluator, Macros,
};
pub(crate) use self::symbol::split_qualified;

/// Clauses of `try`, which stand at the head of a list like forms.
pub(crate) const CLAUSES: [&str; 2] = ["catch", "finally"];

/// The names of all special and derived forms.
pub(crate) fn form_names() -> impl Iterator<Item = &'static str> {
    special::names().chain(thread::DERIVED)
}

/// How deeply forms may nest after expansion. The reader allows [`rtfs_syntax::MAX_NESTING`];
/// expansion of `->`, `cond` and macros may add to it.
pub const MAX_EXPANDED_NESTING: usize = rtfs_syntax::MAX_NESTING + 500;

/// What lowering needs to know besides the forms.
#[derive(Clone, Copy, Debug, Default)]
pub struct LowerOptions<'a> {
    /// Names and macros that earlier programs of the same session defined.
    pub environment: Option<&'a Environment>,
    /// Who runs macros. Without one, a macro call is an error.
    pub macros: Option<&'a dyn MacroEvaluator>,
    /// Who finds modules that neither the program nor the environment holds.
    pub loader: Option<&'a dyn ModuleLoader>,
    /// Refuse programs that certainly violate an annotation ([`crate::check_types`]).
    pub static_checks: bool,
    /// The number of the first node. The programs of a session are numbered on, so that a number
    /// says which of them a node belongs to.
    pub first_node: u32,
    /// Where the spans of loaded modules begin, when texts of the session lie before; otherwise
    /// behind the longest text there can be.
    pub modules_offset: Option<u32>,
}

/// The outcome of lowering.
#[derive(Clone, Debug)]
pub struct LowerResult {
    /// The program; `None` when a diagnostic is an error.
    pub program: Option<Program>,
    /// Where its nodes come from.
    pub spans: SpanTable,
    /// Errors and warnings in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The macros that are defined after the program, those of the environment included.
    pub macros: Macros,
    /// The exports of the modules that are part of the program or of the programs before it.
    pub modules: LinkedModules,
    /// The texts of loaded modules, by the offset at which their spans begin:
    /// [`rtfs_syntax::SourceText::attach`] makes the program's text know them.
    pub sources: LoadedSources,
    /// What names of the top level mean after the program, besides its definitions.
    pub(crate) scope: SessionScope,
}

impl LowerResult {
    /// Runs the static stage; a program that it refuses is taken away.
    fn check_types(&mut self) {
        let Some(program) = &self.program else { return };
        let found = crate::check_types(program, &self.spans);
        if found.is_empty() {
            return;
        }
        self.diagnostics.extend(found);
        self.diagnostics
            .sort_by_key(|found| (found.span.start, found.span.end));
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            self.program = None;
            self.spans = SpanTable::default();
        }
    }
}

/// Lowers a program.
///
/// ```
/// use rtfs_ir::{LowerOptions, lower};
///
/// let lowered = lower(&rtfs_syntax::read("(+ 1 2)").forms, &LowerOptions::default());
/// assert!(lowered.program.is_some() && lowered.diagnostics.is_empty());
///
/// let refused = lower(&rtfs_syntax::read("(if)").forms, &LowerOptions::default());
/// assert!(refused.program.is_none() && refused.diagnostics[0].is_error());
/// ```
pub fn lower(forms: &[Form], options: &LowerOptions<'_>) -> LowerResult {
    let expansion = expand::expand(forms, options);
    let mut lowerer = Lowerer::new(options, expansion.diagnostics);
    lowerer.macro_names = expansion.macros.0.keys().cloned().collect();
    let (nodes, module) = lowerer.program(&expansion.forms);
    let mut result = lowerer.finish(nodes, module);
    result.macros = expansion.macros;
    if options.static_checks {
        result.check_types();
    }
    expansion.chain.explain_results(&mut result.diagnostics);
    result
}

/// The state of lowering.
struct Lowerer<'a> {
    options: &'a LowerOptions<'a>,
    diagnostics: Vec<Diagnostic>,
    /// By the number a node has until placement.
    spans: Vec<Span>,
    lambdas: BTreeMap<NodeId, LambdaVars>,
    scopes: Scopes,
    globals: Globals,
    scope: linking::ModuleScope,
    modules: linking::Modules,
    /// Names that nothing defines and that were warned of.
    unknown: BTreeSet<String>,
    /// Whether this stands inside a call of a form that does not exist.
    inside_unknown_form: bool,
    /// Macros, which are no values.
    macro_names: BTreeSet<String>,
    /// The expansions of loaded modules.
    expanded: Vec<expansion_chain::Chain>,
    depth: usize,
}

impl<'a> Lowerer<'a> {
    fn new(options: &'a LowerOptions<'a>, diagnostics: Vec<Diagnostic>) -> Self {
        let environment = options.environment;
        let linked = environment.map_or_else(BTreeMap::new, Environment::linked_modules);
        let structs = environment.map_or_else(BTreeMap::new, |it| it.scope.exported().clone());
        Lowerer {
            options,
            diagnostics,
            spans: Vec::new(),
            lambdas: BTreeMap::new(),
            scopes: Scopes::default(),
            globals: Globals::default(),
            scope: linking::ModuleScope::of_session(environment),
            modules: linking::Modules::with_linked(linked, structs, options.modules_offset),
            unknown: BTreeSet::new(),
            inside_unknown_form: false,
            macro_names: BTreeSet::new(),
            expanded: Vec::new(),
            depth: 0,
        }
    }

    /// The outcome: nodes with their variables in places, or what is wrong.
    fn finish(mut self, nodes: Vec<Node>, module: Option<ModuleInfo>) -> LowerResult {
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
        // A form that a macro put in several places is wrong in all of them.
        diagnostics.dedup();
        for chain in &self.expanded {
            chain.explain_results(&mut diagnostics);
        }
        let structs = std::mem::take(&mut self.modules.structs);
        let (modules, sources) = self.modules.into_parts();
        let environment = self.options.environment;
        let scope = self.scope.into_session(environment, &modules, structs);
        let mut result = LowerResult {
            program: None,
            spans: SpanTable::default(),
            diagnostics,
            macros: Macros::default(),
            modules,
            sources,
            scope,
        };
        if result.diagnostics.iter().any(Diagnostic::is_error) {
            return result;
        }
        let mut placer = Placer::new(
            &self.scopes.variables,
            &self.lambdas,
            &self.spans,
            self.options.first_node,
        );
        let forms = nodes.into_iter().map(|node| placer.form(node)).collect();
        result.spans = placer.into_spans();
        result.program = Some(Program {
            globals: self.globals.into_infos(),
            module,
            forms,
        });
        result
    }

    /// A node from the form at `span`.
    fn node(&mut self, span: Span, kind: NodeKind) -> Node {
        let id = NodeId(u32::try_from(self.spans.len()).unwrap_or(u32::MAX));
        self.spans.push(span);
        Node {
            id,
            ty: Type::Any,
            kind,
        }
    }

    /// A `nil` that the source does not spell out, or that stands for a form with an error.
    fn nil(&mut self, span: Span) -> Node {
        self.node(span, NodeKind::Literal(Literal::Nil))
    }

    /// Reports an error.
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a malformed special form: `message` says which rule it breaks.
    fn malformed(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Node {
        self.report(malformed(code, span, message));
        self.nil(span)
    }

    /// Reports a special form that lacks a part: `message` says which.
    fn incomplete(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Node {
        self.report(missing(code, span, message));
        self.nil(span)
    }

    /// Lowers an expression.
    fn expression(&mut self, form: &Form) -> Node {
        if self.depth >= MAX_EXPANDED_NESTING {
            return self.too_deep(form.span);
        }
        self.depth += 1;
        let node = nested(|| self.expression_inner(form));
        self.depth -= 1;
        node
    }

    fn too_deep(&mut self, span: Span) -> Node {
        let message = format!("the program nests more than {MAX_EXPANDED_NESTING} levels deep");
        self.report(
            Diagnostic::error(codes::NESTING, ParseErrorKind::CustomError, message, span)
                .with_help("give inner parts names with `let` or `defn`"),
        );
        self.nil(span)
    }

    fn expression_inner(&mut self, form: &Form) -> Node {
        let span = form.span;
        if let Some(literal) = literal::scalar(&form.kind) {
            return self.node(span, NodeKind::Literal(literal));
        }
        match &form.kind {
            FormKind::Symbol(name) => self.symbol(name, span),
            FormKind::List(items) => self.list(items, span),
            FormKind::Vector(items) => {
                let items = self.expressions(items);
                self.node(span, NodeKind::Vector(items))
            }
            FormKind::Map(entries) => self.map(entries, span),
            FormKind::Meta { .. } => self.with_metadata(form),
            FormKind::Ampersand => {
                self.stray(span, "`&` stands only in parameter lists and patterns")
            }
            FormKind::Colon => {
                self.stray(span, "`:` starts an annotation, but none can stand here")
            }
            _ => self.stray(span, "a type stands only in annotations"),
        }
    }

    fn stray(&mut self, span: Span, message: &str) -> Node {
        self.report(Diagnostic::error(
            codes::STRAY,
            ParseErrorKind::UnexpectedRule,
            message,
            span,
        ));
        self.nil(span)
    }

    fn expressions(&mut self, forms: &[Form]) -> Vec<Node> {
        forms.iter().map(|form| self.expression(form)).collect()
    }

    /// A map expression.
    fn map(&mut self, entries: &[(Form, Form)], span: Span) -> Node {
        let mut nodes = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let node = self.expression(value);
            match literal::map_key(&key.kind) {
                Some(key) => nodes.push((key, node)),
                None => self.report(
                    malformed(
                        codes::MAP_KEY,
                        key.span,
                        "a key in a map expression is a keyword, a string or an integer",
                    )
                    .with_help("build maps with computed keys by `(hash-map key value …)`"),
                ),
            }
        }
        self.node(span, NodeKind::Map(nodes))
    }
}

/// An error about a form that breaks a rule of its shape.
fn malformed(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, ParseErrorKind::UnexpectedRule, message, span)
}

/// An error about a form that lacks a part.
fn missing(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, ParseErrorKind::MissingToken, message, span)
}
