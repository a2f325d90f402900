//! Re-encodes live functions and data into one core module.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction,
    MemorySection, MemoryType, Module, NameMap, NameSection, RefType, TableSection, TableType,
    TypeSection, ValType,
};
use wasmparser::{FuncType, FunctionBody, Operator};

use super::LinkError;
use super::layout::{Layout, STACK_POINTER, TAG};
use super::object::{GlobalInit, Object, ObjectGlobal, Offset, value_type};
use super::runtime::Runtime;
use super::site;

/// What an index of an input module becomes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// An index of the merged module.
    Index(u32),
    /// A call of it, or a read of the global, becomes `i32.const`.
    Constant(i32),
    /// A call of it becomes `global.set`.
    SetGlobal(u32),
    /// A call of it becomes `global.get`.
    GetGlobal(u32),
    /// A call of it cannot happen.
    Unreachable,
    /// Nothing that is kept refers to it.
    Dead,
}

/// How the indices of one input module translate.
#[derive(Clone, Debug)]
pub(super) struct IndexMap {
    pub(super) functions: Vec<Target>,
    pub(super) globals: Vec<Target>,
}

/// The function types of the merged module, in order of first use.
#[derive(Clone, Debug, Default)]
struct Types {
    list: Vec<FuncType>,
    index: BTreeMap<FuncType, u32>,
}

impl Types {
    fn intern(&mut self, ty: &FuncType) -> u32 {
        if let Some(&index) = self.index.get(ty) {
            return index;
        }
        let index = self.list.len() as u32;
        self.list.push(ty.clone());
        self.index.insert(ty.clone(), index);
        index
    }

    fn section(&self) -> Result<TypeSection, LinkError> {
        let mut section = TypeSection::new();
        for ty in &self.list {
            let convert = |types: &[wasmparser::ValType]| {
                let types = types.iter().map(|&ty| value_type(ty));
                types.collect::<Result<Vec<ValType>, LinkError>>()
            };
            section
                .ty()
                .function(convert(ty.params())?, convert(ty.results())?);
        }
        Ok(section)
    }
}

/// The merged module under construction.
#[derive(Default)]
pub(super) struct Merger {
    types: Types,
    imports: ImportSection,
    functions: FunctionSection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    names: NameMap,
}

impl Merger {
    /// Starts with the two globals every merged module has.
    pub(super) fn new(stack_pointer: i32) -> Self {
        let mut merger = Self::default();
        debug_assert_eq!(STACK_POINTER, merger.globals.len());
        merger
            .globals
            .global(mutable(ValType::I32), &ConstExpr::i32_const(stack_pointer));
        debug_assert_eq!(TAG, merger.globals.len());
        merger
            .globals
            .global(mutable(ValType::I32), &ConstExpr::i32_const(0));
        merger
    }

    /// Adds a function import. All imports come before any function.
    pub(super) fn import(&mut self, module: &str, name: &str, ty: &FuncType) {
        let ty = self.types.intern(ty);
        self.imports
            .import(module, name, wasm_encoder::EntityType::Function(ty));
    }

    /// Adds function number `own` of the functions that the runtime defines.
    pub(super) fn copy(
        &mut self,
        runtime: &Runtime<'_>,
        map: &IndexMap,
        own: u32,
    ) -> Result<(), LinkError> {
        let object = &runtime.object;
        let ty = object.signature(object.import_count() + own)?;
        let ty = self.types.intern(ty);
        self.functions.function(ty);
        let own = own as usize;
        let (Some(body), Some(sites)) = (object.bodies.get(own), runtime.sites.get(own)) else {
            return Err(LinkError::Malformed("function without a body"));
        };
        let types = &mut self.types;
        let copied = site::copy(body.as_bytes(), sites, map, |ty| {
            let found = object.types.get(ty as usize);
            Ok(types.intern(found.ok_or(LinkError::Malformed("unknown function type"))?))
        })?;
        self.code.raw(&copied);
        Ok(())
    }

    /// Adds function number `own` of the functions that `object` defines.
    pub(super) fn function(
        &mut self,
        object: &Object<'_>,
        map: &IndexMap,
        own: u32,
    ) -> Result<(), LinkError> {
        let index = object.import_count() + own;
        let ty = self.types.intern(object.signature(index)?);
        self.functions.function(ty);
        let body = object
            .bodies
            .get(own as usize)
            .ok_or(LinkError::Malformed("function without a body"))?;
        let mut reencoder = Reencoder {
            object,
            map,
            types: &mut self.types,
        };
        let function = reencoder.body(body).map_err(|error| match error {
            reencode::Error::ParseError(error) => LinkError::Read(error),
            reencode::Error::UserError(error) => error,
            _ => LinkError::Malformed("function uses an unsupported feature"),
        })?;
        self.code.function(&function);
        Ok(())
    }

    /// Adds a global that a unit defines.
    pub(super) fn global(&mut self, global: &ObjectGlobal) -> Result<(), LinkError> {
        let init = match global.init {
            GlobalInit::I32(value) => ConstExpr::i32_const(value),
            GlobalInit::I64(value) => ConstExpr::i64_const(value),
            GlobalInit::F64(bits) => ConstExpr::f64_const(f64::from_bits(bits).into()),
        };
        let ty = GlobalType {
            val_type: value_type(global.ty.content_type)?,
            mutable: global.ty.mutable,
            shared: false,
        };
        self.globals.global(ty, &init);
        Ok(())
    }

    /// Fills table slots from `slot` on.
    pub(super) fn elements(&mut self, slot: u32, functions: &[u32]) {
        self.elements.active(
            None,
            &ConstExpr::i32_const(slot as i32),
            Elements::Functions(functions.into()),
        );
    }

    /// Adds initialised memory.
    pub(super) fn data(&mut self, address: u32, bytes: &[u8]) {
        self.data.active(
            0,
            &ConstExpr::i32_const(address as i32),
            bytes.iter().copied(),
        );
    }

    /// Exports a function.
    pub(super) fn export(&mut self, name: &str, function: u32) {
        self.exports.export(name, ExportKind::Func, function);
    }

    /// Names a function in the name section. Indices must grow.
    pub(super) fn name(&mut self, function: u32, name: &str) {
        self.names.append(function, name);
    }

    /// Puts the sections together.
    pub(super) fn finish(mut self, layout: &Layout) -> Result<Vec<u8>, LinkError> {
        let mut module = Module::new();
        module.section(&self.types.section()?);
        if !self.imports.is_empty() {
            module.section(&self.imports);
        }
        module.section(&self.functions);
        if layout.table_size > 0 {
            module.section(&table(layout.table_size));
        }
        module.section(&memory(layout.heap_start));
        module.section(&self.globals);
        self.exports.export("memory", ExportKind::Memory, 0);
        module.section(&self.exports);
        if !self.elements.is_empty() {
            module.section(&self.elements);
        }
        module.section(&self.code);
        if !self.data.is_empty() {
            module.section(&self.data);
        }
        if !self.names.is_empty() {
            let mut names = NameSection::new();
            names.functions(&self.names);
            module.section(&names);
        }
        Ok(module.finish())
    }
}

fn mutable(val_type: ValType) -> GlobalType {
    GlobalType {
        val_type,
        mutable: true,
        shared: false,
    }
}

fn table(size: u32) -> TableSection {
    let mut section = TableSection::new();
    section.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: u64::from(size),
        maximum: Some(u64::from(size)),
        shared: false,
    });
    section
}

/// WebAssembly's page size.
const PAGE: u32 = 65536;

fn memory(heap_start: u32) -> MemorySection {
    let mut section = MemorySection::new();
    section.memory(MemoryType {
        minimum: u64::from(heap_start.div_ceil(PAGE)),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    section
}

/// Translates one module's instructions. Encoding anew also shrinks the five-byte numbers that
/// relocatable code is padded with.
struct Reencoder<'m, 'a> {
    object: &'m Object<'a>,
    map: &'m IndexMap,
    types: &'m mut Types,
}

type ReencodeError = reencode::Error<LinkError>;

impl Reencoder<'_, '_> {
    /// Translates a body. A static address and an offset that is added to it become one number.
    fn body(&mut self, body: &FunctionBody<'_>) -> Result<Function, ReencodeError> {
        let mut function = self.new_function_with_parsed_locals(body)?;
        let mut reader = body.get_operators_reader()?;
        let (mut base, mut offset) = (None, None);
        while !reader.eof() {
            let op = reader.read()?;
            match (base, offset, &op) {
                (Some(_), None, Operator::I32Const { value }) => offset = Some(*value),
                (Some(address), Some(added), Operator::I32Add) => {
                    base = Some(i32::wrapping_add(address, added));
                    offset = None;
                }
                _ => {
                    for number in [base.take(), offset.take()].into_iter().flatten() {
                        function.instruction(&Instruction::I32Const(number));
                    }
                    base = self.static_address(&op);
                    if base.is_none() {
                        function.instruction(&self.instruction(op)?);
                    }
                }
            }
        }
        Ok(function)
    }

    fn static_address(&self, op: &Operator<'_>) -> Option<i32> {
        match op {
            Operator::GlobalGet { global_index } => {
                match self.map.globals.get(*global_index as usize)? {
                    Target::Constant(value) => Some(*value),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Reencode for Reencoder<'_, '_> {
    type Error = LinkError;

    fn function_index(&mut self, function: u32) -> Result<u32, ReencodeError> {
        match self.map.functions.get(function as usize) {
            Some(Target::Index(index)) => Ok(*index),
            _ => Err(malformed("reference to a function that was not kept")),
        }
    }

    fn global_index(&mut self, global: u32) -> Result<u32, ReencodeError> {
        match self.map.globals.get(global as usize) {
            Some(Target::Index(index)) => Ok(*index),
            _ => Err(malformed("reference to a global that was not kept")),
        }
    }

    fn type_index(&mut self, ty: u32) -> Result<u32, ReencodeError> {
        let found = self.object.types.get(ty as usize);
        let ty = found.ok_or_else(|| malformed("unknown function type"))?;
        Ok(self.types.intern(ty))
    }

    fn instruction<'i>(&mut self, op: Operator<'i>) -> Result<Instruction<'i>, ReencodeError> {
        let target = match op {
            Operator::Call { function_index } => self.map.functions.get(function_index as usize),
            Operator::GlobalGet { global_index } => self.map.globals.get(global_index as usize),
            _ => None,
        };
        match target {
            Some(Target::Constant(value)) => Ok(Instruction::I32Const(*value)),
            Some(Target::Unreachable) => Ok(Instruction::Unreachable),
            Some(Target::SetGlobal(index)) => Ok(Instruction::GlobalSet(*index)),
            Some(Target::GetGlobal(index)) => Ok(Instruction::GlobalGet(*index)),
            _ => reencode::utils::instruction(self, op),
        }
    }
}

fn malformed(what: &'static str) -> ReencodeError {
    reencode::Error::UserError(LinkError::Malformed(what))
}

/// The absolute place of a unit's segment.
pub(super) fn absolute(offset: Offset, map: &IndexMap) -> Result<u32, LinkError> {
    let base = match offset.global {
        None => 0,
        Some(global) => match map.globals.get(global as usize) {
            Some(Target::Constant(value)) => *value as u32,
            _ => return Err(LinkError::Malformed("segment offset is not a constant")),
        },
    };
    Ok(base.wrapping_add(offset.addend))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::Encode as _;

    use super::*;
    use crate::link::layout::INTRINSIC;

    /// Calls of every kind of target: those of intrinsics become other instructions.
    fn map(object: &Object<'_>) -> IndexMap {
        let instead = [
            Target::SetGlobal(TAG),
            Target::GetGlobal(TAG),
            Target::Constant(70_000),
            Target::Unreachable,
        ];
        let functions = (0..object.function_count()).map(|function| {
            let import = object.function_imports.get(function as usize);
            match import.filter(|import| import.module == INTRINSIC) {
                Some(_) => instead[function as usize % instead.len()],
                None => Target::Index(2 * function),
            }
        });
        IndexMap {
            functions: functions.collect(),
            globals: vec![Target::Index(STACK_POINTER)],
        }
    }

    #[test]
    fn copied_functions_are_those_that_decoding_and_encoding_gives() {
        for bytes in [
            include_bytes!("../../runtime.wasm").as_slice(),
            include_bytes!("../../runtime-lean.wasm").as_slice(),
        ] {
            let runtime = Runtime::parse(bytes).expect("the committed runtime parses");
            let map = map(&runtime.object);
            for own in 0..runtime.object.bodies.len() as u32 {
                let (mut copied, mut encoded) = (Merger::default(), Merger::default());
                copied.copy(&runtime, &map, own).expect("it can be copied");
                let object = &runtime.object;
                encoded.function(object, &map, own).expect("it is valid");
                let code = |merger: &Merger| {
                    let mut bytes = Vec::new();
                    merger.code.encode(&mut bytes);
                    bytes
                };
                assert_eq!(code(&copied), code(&encoded), "function {own}");
                assert_eq!(copied.types.list, encoded.types.list, "function {own}");
            }
        }
    }
}
