//! What all functions of a program share while they are lowered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rtfs_ir::{GlobalId, NodeId, NodeKind, Program, each_node};
use rtfs_value::{BuiltinId, layout};

use super::asm::{FuncRef, GlobalRef};
use super::callees::Callees;
use super::data::DataOffset;
use super::functions::Functions;
use super::globals::{StaticGlobal, static_globals};
use super::helpers::Helper;
use super::infer::{self, Inferred};
use super::kinds::Kinds;
use super::module::{Body, ModuleBuilder, Signature, Val};
use super::stand_in::Standing;
use crate::Options;
use crate::error::CompileError;

/// Size of an entry of the code table.
pub(super) const CODE_ENTRY_SIZE: u32 = 16;
/// Offsets in an entry of the code table.
pub(super) const CODE_FAST: u32 = 0;
/// See [`CODE_FAST`].
pub(super) const CODE_ARITY: u32 = 4;
/// See [`CODE_FAST`].
pub(super) const CODE_GENERIC: u32 = 8;
/// See [`CODE_FAST`].
pub(super) const CODE_NAME: u32 = 12;
/// The arity in entry 0, which is that of values that are no functions of the program.
pub(super) const NO_ARITY: u32 = VARIADIC - 1;
/// Set in the arity of functions with a rest parameter.
pub(super) const VARIADIC: u32 = 1 << 31;

/// Most arguments that a call hands over on wasm's stack, and that a library function is called with.
pub(super) const MAX_ARGS: usize = crate::rewrite::MAX_ARGS;

/// Most locals of a function, parameters among them, that engines take.
const MAX_LOCALS: usize = 50_000;

/// How a parameter arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ParamKind {
    /// Tag and payload.
    Any,
    /// Certainly an integer: the payload.
    Int,
    /// Certainly a float.
    Float,
}

/// A function lowered for certain parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    /// The function.
    pub(super) code: u32,
    /// Fixed parameters and the rest list.
    pub(super) params: Vec<ParamKind>,
}

impl Version {
    /// Whether the parameters arrive in memory, in the room for arguments of calls: wasm's functions
    /// take at most 1,000 parameters, and a value is two.
    pub(super) fn is_wide(&self) -> bool {
        self.params.len() > MAX_ARGS
    }
}

/// The shared state.
#[derive(Debug)]
pub(super) struct Context<'p> {
    /// The module.
    pub(super) module: ModuleBuilder,
    /// What is lowered.
    pub(super) program: &'p Program,
    /// How.
    pub(super) options: &'p Options,
    /// Its functions.
    pub(super) functions: Functions<'p>,
    /// Where the code table stands.
    pub(super) code_table: DataOffset,
    scratch: Option<DataOffset>,
    /// Most values that are handed over at once.
    most_args: usize,
    /// Generic entries by function.
    pub(super) generic_entries: BTreeMap<u32, FuncRef>,
    inferred: Inferred,
    /// Functions that go around as values.
    pub(super) callees: Callees,
    /// The functions that stand for declared names.
    stand_ins: BTreeMap<GlobalId, u32>,
    statics: Vec<Option<StaticGlobal<'p>>>,
    globals: BTreeMap<GlobalId, (GlobalRef, GlobalRef)>,
    versions: BTreeMap<Version, FuncRef>,
    queue: VecDeque<Version>,
    values: BTreeSet<u32>,
    value_queue: VecDeque<u32>,
    builtin_values: BTreeSet<BuiltinId>,
    helpers: BTreeMap<Helper, FuncRef>,
    helper_queue: VecDeque<Helper>,
    error: Option<CompileError>,
}

impl<'p> Context<'p> {
    /// A new context.
    pub(super) fn new(standing: &'p Standing<'_>, options: &'p Options) -> Self {
        let program = &*standing.program;
        let functions = Functions::of(program);
        let stand_ins = standing
            .literals
            .iter()
            .filter_map(|(global, literal)| Some((*global, functions.code(*literal)?)))
            .collect();
        let statics = static_globals(program, &functions);
        let mut module = ModuleBuilder::default();
        let code_table = module
            .data
            .reserve(functions.codes().end.saturating_mul(CODE_ENTRY_SIZE));
        Context {
            module,
            program,
            options,
            code_table,
            scratch: None,
            most_args: most_args(program),
            generic_entries: BTreeMap::new(),
            inferred: Inferred::of(program, &functions, &statics),
            callees: Callees::of(program, &functions, &statics),
            functions,
            stand_ins,
            statics,
            globals: BTreeMap::new(),
            versions: BTreeMap::new(),
            queue: VecDeque::new(),
            values: BTreeSet::new(),
            value_queue: VecDeque::new(),
            builtin_values: BTreeSet::new(),
            helpers: BTreeMap::new(),
            helper_queue: VecDeque::new(),
            error: None,
        }
    }

    /// Notes that something cannot be lowered; the first one is reported.
    pub(super) fn unsupported(&mut self, what: impl Into<String>, node: u32) {
        self.error.get_or_insert(CompileError::Unsupported {
            form: what.into(),
            node: NodeId(node),
        });
    }

    /// Gives a function of the program its body; the node is that of its code.
    pub(super) fn define(&mut self, function: FuncRef, body: Body, node: NodeId) {
        if self.module.define(function, body) > MAX_LOCALS {
            self.unsupported("a function with more than 50,000 variables", node.0);
        }
    }

    /// What could not be lowered.
    pub(super) fn take_error(&mut self) -> Option<CompileError> {
        self.error.take()
    }

    /// A function of the runtime.
    pub(super) fn runtime(&mut self, name: &str, params: &[Val], results: &[Val]) -> FuncRef {
        self.module.import(name, params, results)
    }

    /// Room for the arguments of a call through memory.
    pub(super) fn scratch(&mut self) -> DataOffset {
        let data = &mut self.module.data;
        let most_args = u32::try_from(self.most_args).unwrap_or(u32::MAX);
        *self
            .scratch
            .get_or_insert_with(|| data.reserve(layout::VALUE_SIZE.saturating_mul(most_args)))
    }

    /// Code looks for functions in the code table: says there what is none.
    pub(super) fn reads_code_table(&mut self) {
        let no_function = DataOffset(self.code_table.0 + CODE_ARITY);
        self.module.data.set_word(no_function, NO_ARITY);
    }

    /// What a global always is.
    pub(super) fn static_global(&self, global: GlobalId) -> Option<StaticGlobal<'p>> {
        self.statics.get(global.0 as usize).copied().flatten()
    }

    /// The function that stands for a declared name.
    pub(super) fn stand_in(&self, global: GlobalId) -> Option<u32> {
        self.stand_ins.get(&global).copied()
    }

    /// The functions that stand for declared names.
    pub(super) fn stand_ins(&self) -> impl Iterator<Item = u32> {
        self.stand_ins.values().copied()
    }

    /// The storage of a global.
    pub(super) fn global_storage(&mut self, global: GlobalId) -> (GlobalRef, GlobalRef) {
        if let Some(storage) = self.globals.get(&global) {
            return *storage;
        }
        let unset = i64::from(rtfs_value::tag::UNSET);
        let storage = (
            self.module.own_global(Val::I32, unset),
            self.module.own_global(Val::I64, 0),
        );
        self.globals.insert(global, storage);
        storage
    }

    /// The direct entry of a function.
    pub(super) fn entry(&mut self, version: Version) -> FuncRef {
        if let Some(entry) = self.versions.get(&version) {
            return *entry;
        }
        let info = self.functions.get(version.code);
        let mut params = Vec::new();
        if !info.lambda.captures.is_empty() {
            params.push(Val::I32);
        }
        if version.is_wide() {
            params.push(Val::I32);
        }
        for param in version.params.iter().filter(|_| !version.is_wide()) {
            match param {
                ParamKind::Any => params.extend([Val::I32, Val::I64]),
                ParamKind::Int => params.push(Val::I64),
                ParamKind::Float => params.push(Val::F64),
            }
        }
        params.push(Val::I32);
        let mut name = info.display_name.clone();
        if self.module.names_locals && version != infer::generic(info.lambda, version.code) {
            name.push('.');
            name.extend(version.params.iter().map(|param| match param {
                ParamKind::Any => '_',
                ParamKind::Int => 'i',
                ParamKind::Float => 'f',
            }));
        }
        let entry = self
            .module
            .declare(name, Signature::new(&params, &[Val::I32, Val::I64]));
        self.versions.insert(version.clone(), entry);
        self.queue.push_back(version);
        entry
    }

    /// Whether a function is the direct entry of one of the program.
    pub(super) fn is_version(&self, function: FuncRef) -> bool {
        self.versions.values().any(|entry| *entry == function)
    }

    /// The version of a function that takes anything.
    pub(super) fn generic_version(&self, code: u32) -> Version {
        infer::generic(self.functions.get(code).lambda, code)
    }

    /// What a version of a function gives.
    pub(super) fn result_kinds(&self, version: &Version) -> Kinds {
        self.inferred.result(version)
    }

    /// The version of a function that suits arguments of these kinds best.
    pub(super) fn version_for(&self, code: u32, args: &[Kinds]) -> Version {
        let lambda = self.functions.get(code).lambda;
        let generic = infer::generic(lambda, code);
        match self.options.opt_level {
            0 => generic,
            _ if generic.is_wide() => generic,
            _ => self.inferred.version(lambda, code, args),
        }
    }

    /// The version that a function goes on with when everything it computes with is an integer.
    pub(super) fn integer_version(&self, code: u32) -> Option<Version> {
        let lambda = self.functions.get(code).lambda;
        self.inferred
            .integer_version(lambda, code)
            .filter(|version| self.options.opt_level > 0 && !version.is_wide())
    }

    /// The function exists as a value, so that it can be called through the code table.
    pub(super) fn used_as_value(&mut self, code: u32) {
        if self.values.insert(code) {
            self.value_queue.push_back(code);
        }
    }

    /// The library function exists as a value.
    pub(super) fn builtin_used_as_value(&mut self, id: BuiltinId) {
        self.builtin_values.insert(id);
    }

    /// The library functions that exist as values.
    pub(super) fn builtin_values(&self) -> Vec<BuiltinId> {
        self.builtin_values.iter().copied().collect()
    }

    /// A helper function.
    pub(super) fn helper(&mut self, helper: Helper) -> FuncRef {
        if let Some(function) = self.helpers.get(&helper) {
            return *function;
        }
        let function = self.module.declare(helper.name(), helper.signature());
        self.helpers.insert(helper, function);
        self.helper_queue.push_back(helper);
        function
    }

    /// The next function that was asked for and not lowered yet.
    pub(super) fn next_version(&mut self) -> Option<(Version, FuncRef)> {
        let version = self.queue.pop_front()?;
        let entry = self.versions[&version];
        Some((version, entry))
    }

    /// The next function whose entries for values were not made yet.
    pub(super) fn next_value(&mut self) -> Option<u32> {
        self.value_queue.pop_front()
    }

    /// The next helper that was asked for and not made yet.
    pub(super) fn next_helper(&mut self) -> Option<(Helper, FuncRef)> {
        let helper = self.helper_queue.pop_front()?;
        Some((helper, self.helpers[&helper]))
    }
}

/// How many values some call or function of a program takes, but no less than [`MAX_ARGS`].
fn most_args(program: &Program) -> usize {
    let mut most = MAX_ARGS;
    for form in &program.forms {
        each_node(&form.node, &mut |node| match &node.kind {
            NodeKind::Call { args, .. } => most = most.max(args.len()),
            NodeKind::Lambda(lambda) => most = most.max(lambda.params.len() + 1),
            _ => {}
        });
    }
    most
}
