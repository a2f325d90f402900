//! The core module under construction: types, imports, functions, globals, table slots, data.

use std::collections::BTreeMap;

use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, EntityType,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    IndirectNameMap, MemoryType, Module, NameMap, NameSection, RefType, TableType, TypeSection,
    ValType,
};

use super::asm::{self, FuncRef, GlobalRef, Indices, Op, RuntimeGlobal};
use super::data::Data;
use super::shape::Local;
use super::tidy::tidy;

/// The name of everything that the linker binds.
const RUNTIME: &str = "rt";

/// A function type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Signature {
    pub(super) params: Vec<Val>,
    pub(super) results: Vec<Val>,
}

/// The value types that generated code uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Val {
    /// Tags, addresses, truth values, counts.
    I32,
    /// Payloads and integers.
    I64,
    /// Floats.
    F64,
}

impl From<Val> for ValType {
    fn from(ty: Val) -> Self {
        match ty {
            Val::I32 => Self::I32,
            Val::I64 => Self::I64,
            Val::F64 => Self::F64,
        }
    }
}

impl Signature {
    /// A signature.
    pub(super) fn new(params: &[Val], results: &[Val]) -> Self {
        Self {
            params: params.to_vec(),
            results: results.to_vec(),
        }
    }
}

/// The body of a function.
#[derive(Debug)]
pub(super) struct Body {
    /// Locals after the parameters.
    pub(super) locals: Vec<Val>,
    /// Those of them that may be one where they are not needed at the same time.
    pub(super) temporaries: Vec<Local>,
    /// Names of locals, for people.
    pub(super) names: Vec<(Local, String)>,
    pub(super) ops: Vec<Op>,
}

#[derive(Debug)]
enum FunctionKind {
    Import,
    Defined(Option<Body>),
}

#[derive(Debug)]
struct FunctionEntry {
    name: String,
    ty: u32,
    kind: FunctionKind,
}

/// The module.
#[derive(Debug, Default)]
pub(super) struct ModuleBuilder {
    types: Vec<Signature>,
    type_indices: BTreeMap<Signature, u32>,
    functions: Vec<FunctionEntry>,
    imports: BTreeMap<String, FuncRef>,
    runtime_globals: Vec<RuntimeGlobal>,
    globals: Vec<(Val, i64)>,
    slots: Vec<FuncRef>,
    exports: Vec<(String, FuncRef)>,
    /// Locals get their names, for people.
    pub(super) names_locals: bool,
    /// Static data.
    pub(super) data: Data,
}

impl ModuleBuilder {
    /// The index of a function type.
    pub(super) fn ty(&mut self, signature: Signature) -> u32 {
        if let Some(index) = self.type_indices.get(&signature) {
            return *index;
        }
        let index = count(self.types.len());
        self.types.push(signature.clone());
        self.type_indices.insert(signature, index);
        index
    }

    /// A function of the runtime.
    pub(super) fn import(&mut self, name: &str, params: &[Val], results: &[Val]) -> FuncRef {
        let ty = self.ty(Signature::new(params, results));
        if let Some(known) = self.imports.get(name) {
            debug_assert_eq!(
                self.functions[known.0 as usize].ty, ty,
                "one signature for {name}"
            );
            return *known;
        }
        let function = self.add(name.to_owned(), ty, FunctionKind::Import);
        self.imports.insert(name.to_owned(), function);
        function
    }

    /// Whether a function of the runtime is used.
    pub(super) fn imports(&self, name: &str) -> bool {
        self.imports.contains_key(name)
    }

    /// A function whose body follows. The name is for people.
    pub(super) fn declare(&mut self, name: String, signature: Signature) -> FuncRef {
        let ty = self.ty(signature);
        self.add(name, ty, FunctionKind::Defined(None))
    }

    /// Gives a declared function its body; gives the number of its locals.
    pub(super) fn define(&mut self, function: FuncRef, body: Body) -> usize {
        let entry = &mut self.functions[function.0 as usize];
        debug_assert!(
            matches!(entry.kind, FunctionKind::Defined(None)),
            "{} defined twice",
            entry.name
        );
        let params = &self.types[entry.ty as usize].params;
        let body = tidy(params, body);
        let n_locals = params.len() + body.locals.len();
        entry.kind = FunctionKind::Defined(Some(body));
        n_locals
    }

    fn add(&mut self, name: String, ty: u32, kind: FunctionKind) -> FuncRef {
        let function = FuncRef(count(self.functions.len()));
        self.functions.push(FunctionEntry { name, ty, kind });
        function
    }

    /// A global shared with the runtime.
    pub(super) fn runtime_global(&mut self, global: RuntimeGlobal) -> GlobalRef {
        if !self.runtime_globals.contains(&global) {
            self.runtime_globals.push(global);
        }
        GlobalRef::Runtime(global)
    }

    /// A new mutable global.
    pub(super) fn own_global(&mut self, ty: Val, init: i64) -> GlobalRef {
        self.globals.push((ty, init));
        GlobalRef::Own(count(self.globals.len() - 1))
    }

    /// The function's slot in the table, counted from `table_base`.
    pub(super) fn table_slot(&mut self, function: FuncRef) -> u32 {
        let slot = self
            .slots
            .iter()
            .position(|known| *known == function)
            .unwrap_or_else(|| {
                self.slots.push(function);
                self.slots.len() - 1
            });
        count(slot)
    }

    /// Exports a function.
    pub(super) fn export(&mut self, name: impl Into<String>, function: FuncRef) {
        self.exports.push((name.into(), function));
    }

    /// The module's bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if !self.slots.is_empty() {
            self.runtime_global(RuntimeGlobal::TableBase);
        }
        if !self.data.is_empty() {
            self.runtime_global(RuntimeGlobal::DataBase);
        }
        let numbers = self.numbers();
        let mut module = Module::new();
        module.section(&self.type_section());
        module.section(&self.import_section());
        let (functions, code) = self.code_sections(&numbers);
        module.section(&functions);
        self.global_section(&mut module);
        module.section(&self.export_section(&numbers));
        self.element_section(&mut module, &numbers);
        module.section(&code);
        self.data_sections(&mut module, &numbers);
        module.section(&self.name_section(&numbers));
        module.finish()
    }

    fn numbers(&self) -> Numbers {
        let mut functions = vec![0; self.functions.len()];
        let is_import = |entry: &FunctionEntry| matches!(entry.kind, FunctionKind::Import);
        let mut next = 0;
        for wanted in [true, false] {
            for (entry, number) in self.functions.iter().zip(&mut functions) {
                if is_import(entry) == wanted {
                    *number = next;
                    next += 1;
                }
            }
        }
        Numbers {
            functions,
            runtime_globals: self.runtime_globals.clone(),
        }
    }

    fn type_section(&self) -> TypeSection {
        let mut section = TypeSection::new();
        for ty in &self.types {
            section.ty().function(
                ty.params.iter().copied().map(ValType::from),
                ty.results.iter().copied().map(ValType::from),
            );
        }
        section
    }

    fn import_section(&self) -> ImportSection {
        let mut section = ImportSection::new();
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        section.import(RUNTIME, "memory", EntityType::Memory(memory));
        let table = TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 0,
            maximum: None,
            shared: false,
        };
        section.import(RUNTIME, "table", EntityType::Table(table));
        for global in &self.runtime_globals {
            let ty = GlobalType {
                val_type: ValType::I32,
                mutable: matches!(global, RuntimeGlobal::Tag | RuntimeGlobal::Sp),
                shared: false,
            };
            section.import(RUNTIME, global.name(), EntityType::Global(ty));
        }
        for entry in &self.functions {
            if matches!(entry.kind, FunctionKind::Import) {
                section.import(RUNTIME, &entry.name, EntityType::Function(entry.ty));
            }
        }
        section
    }

    fn code_sections(&self, numbers: &Numbers) -> (FunctionSection, CodeSection) {
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for entry in &self.functions {
            let FunctionKind::Defined(body) = &entry.kind else {
                continue;
            };
            functions.function(entry.ty);
            debug_assert!(body.is_some(), "{} has no body", entry.name);
            let mut function = match body {
                Some(body) => {
                    Function::new_with_locals_types(body.locals.iter().copied().map(ValType::from))
                }
                None => Function::new([]),
            };
            asm::encode(
                body.as_ref().map_or(&[][..], |body| &body.ops),
                numbers,
                &mut function,
            );
            code.function(&function);
        }
        (functions, code)
    }

    fn global_section(&self, module: &mut Module) {
        if self.globals.is_empty() {
            return;
        }
        let mut section = GlobalSection::new();
        for (ty, init) in &self.globals {
            let init = match ty {
                // Only small constants are asked for.
                Val::I32 => ConstExpr::i32_const(*init as i32),
                Val::I64 => ConstExpr::i64_const(*init),
                Val::F64 => ConstExpr::f64_const(f64::from_bits(*init as u64).into()),
            };
            let ty = GlobalType {
                val_type: (*ty).into(),
                mutable: true,
                shared: false,
            };
            section.global(ty, &init);
        }
        module.section(&section);
    }

    fn export_section(&self, numbers: &Numbers) -> ExportSection {
        let mut section = ExportSection::new();
        for (name, function) in &self.exports {
            section.export(name, ExportKind::Func, numbers.function(*function));
        }
        section
    }

    fn element_section(&self, module: &mut Module, numbers: &Numbers) {
        if self.slots.is_empty() {
            return;
        }
        let mut section = ElementSection::new();
        let base = numbers.global(GlobalRef::Runtime(RuntimeGlobal::TableBase));
        let functions: Vec<u32> = self
            .slots
            .iter()
            .map(|slot| numbers.function(*slot))
            .collect();
        section.active(
            None,
            &ConstExpr::global_get(base),
            Elements::Functions(functions.into()),
        );
        module.section(&section);
    }

    fn data_sections(&self, module: &mut Module, numbers: &Numbers) {
        let mut section = DataSection::new();
        for (offset, bytes) in self.data.segments() {
            let base = numbers.global(GlobalRef::Runtime(RuntimeGlobal::DataBase));
            let start = match offset {
                0 => ConstExpr::global_get(base),
                // Offsets are far below 2^31.
                offset => ConstExpr::global_get(base)
                    .with_i32_const(offset as i32)
                    .with_i32_add(),
            };
            section.active(0, &start, bytes.iter().copied());
        }
        if !section.is_empty() {
            module.section(&section);
        }
        let size = self.data.size().to_le_bytes();
        module.section(&CustomSection {
            name: "rtfs.data-size".into(),
            data: (&size[..]).into(),
        });
        let relocations = self.data.relocation_section();
        module.section(&CustomSection {
            name: "rtfs.reloc".into(),
            data: relocations.into(),
        });
    }

    fn name_section(&self, numbers: &Numbers) -> NameSection {
        let mut entries: Vec<_> = self
            .functions
            .iter()
            .zip(&numbers.functions)
            .map(|(entry, number)| (*number, entry.name.as_str()))
            .filter(|(_, name)| !name.is_empty())
            .collect();
        entries.sort_unstable_by_key(|(number, _)| *number);
        let mut map = NameMap::new();
        for (number, name) in entries {
            map.append(number, name);
        }
        let mut names = NameSection::new();
        names.functions(&map);
        if self.names_locals {
            names.locals(&self.local_names(numbers));
            names.globals(&self.global_names());
        }
        names
    }

    fn global_names(&self) -> NameMap {
        let mut names = NameMap::new();
        for (number, global) in (0..).zip(&self.runtime_globals) {
            names.append(number, global.name());
        }
        names
    }

    fn local_names(&self, numbers: &Numbers) -> IndirectNameMap {
        let mut bodies: Vec<_> = self
            .functions
            .iter()
            .zip(&numbers.functions)
            .filter_map(|(entry, number)| match &entry.kind {
                FunctionKind::Defined(Some(body)) => Some((*number, body)),
                _ => None,
            })
            .collect();
        bodies.sort_unstable_by_key(|(number, _)| *number);
        let mut functions = IndirectNameMap::new();
        for (number, body) in bodies {
            let mut locals = NameMap::new();
            for (local, name) in &body.names {
                locals.append(local.0, name);
            }
            functions.append(number, &locals);
        }
        functions
    }
}

/// The final numbers of functions and globals.
struct Numbers {
    functions: Vec<u32>,
    runtime_globals: Vec<RuntimeGlobal>,
}

impl Indices for Numbers {
    fn function(&self, function: FuncRef) -> u32 {
        self.functions[function.0 as usize]
    }

    fn global(&self, global: GlobalRef) -> u32 {
        match global {
            GlobalRef::Runtime(global) => {
                let known = self
                    .runtime_globals
                    .iter()
                    .position(|known| *known == global);
                debug_assert!(known.is_some(), "{global:?} is used but not imported");
                count(known.unwrap_or(usize::MAX))
            }
            GlobalRef::Own(number) => count(self.runtime_globals.len()) + number,
        }
    }
}

/// Programs are far smaller than 2^32 of anything.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
