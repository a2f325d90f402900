//! Builds a core module that the linker takes as a unit.

use std::collections::BTreeMap;

use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalType, ImportSection, MemoryType, Module, TypeSection, ValType,
};

/// Global 0 of a unit built here: the start of its static data.
pub(super) const DATA_BASE: u32 = 0;
/// Global 1: the stack pointer.
pub(super) const STACK_POINTER: u32 = 1;

/// A function signature.
pub(super) type Signature = (Vec<ValType>, Vec<ValType>);

/// A unit under construction.
#[derive(Default)]
pub(super) struct UnitBuilder {
    signatures: Vec<Signature>,
    imports: Vec<(&'static str, String, u32)>,
    import_index: BTreeMap<String, u32>,
    functions: Vec<(String, u32, Function)>,
    data: Vec<u8>,
    /// Offsets of pointers inside the data.
    pointers: Vec<u32>,
}

impl UnitBuilder {
    fn signature(&mut self, signature: Signature) -> u32 {
        let known = self.signatures.iter().position(|known| *known == signature);
        let index = known.unwrap_or_else(|| {
            self.signatures.push(signature);
            self.signatures.len() - 1
        });
        index as u32
    }

    /// The index of an imported function. Each name is imported once.
    pub(super) fn import(&mut self, module: &'static str, name: &str, signature: Signature) -> u32 {
        if let Some(&index) = self.import_index.get(name) {
            return index;
        }
        let index = self.imports.len() as u32;
        let ty = self.signature(signature);
        self.imports.push((module, name.to_owned(), ty));
        self.import_index.insert(name.to_owned(), index);
        index
    }

    /// Adds an exported function.
    pub(super) fn function(&mut self, name: &str, signature: Signature, body: Function) {
        let ty = self.signature(signature);
        self.functions.push((name.to_owned(), ty, body));
    }

    /// Adds static data and gives their offset, a multiple of four.
    pub(super) fn data(&mut self, bytes: &[u8]) -> u32 {
        let offset = self.data.len().next_multiple_of(4);
        self.data.resize(offset, 0);
        self.data.extend_from_slice(bytes);
        offset as u32
    }

    /// Adds the address of earlier data, as data.
    pub(super) fn pointer(&mut self, to: u32) -> u32 {
        let offset = self.data(&to.to_le_bytes());
        self.pointers.push(offset);
        offset
    }

    /// The unit as a core module.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut types = TypeSection::new();
        for (params, results) in &self.signatures {
            let params = params.iter().copied();
            types.ty().function(params, results.iter().copied());
        }
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut code = CodeSection::new();
        for (i, (name, ty, body)) in self.functions.iter().enumerate() {
            functions.function(*ty);
            code.function(body);
            let index = (self.imports.len() + i) as u32;
            exports.export(name, ExportKind::Func, index);
        }
        let mut data = DataSection::new();
        data.active(
            0,
            &ConstExpr::global_get(DATA_BASE),
            self.data.iter().copied(),
        );
        let mut relocations = Vec::with_capacity(self.pointers.len() * 5);
        for pointer in &self.pointers {
            relocations.push(0);
            relocations.extend_from_slice(&pointer.to_le_bytes());
        }
        let mut module = Module::new();
        module
            .section(&types)
            .section(&self.import_section())
            .section(&functions)
            .section(&exports)
            .section(&code)
            .section(&data)
            .section(&CustomSection {
                name: "rtfs.reloc".into(),
                data: relocations.into(),
            });
        module.finish()
    }

    fn import_section(&self) -> ImportSection {
        let mut section = ImportSection::new();
        for (module, name, ty) in &self.imports {
            section.import(module, name, EntityType::Function(*ty));
        }
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        section.import("rt", "memory", memory);
        for (name, mutable) in [("data_base", false), ("sp", true)] {
            let global = GlobalType {
                val_type: ValType::I32,
                mutable,
                shared: false,
            };
            section.import("rt", name, global);
        }
        section
    }
}
