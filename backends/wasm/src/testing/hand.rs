//! A program lowered by hand.
//!
//! Its exports are identity functions of the given signatures, except three by name: `add` adds
//! two integers, `fail` raises `UndefinedSymbol` of `missing`, and `ask` reads the host context.
//! It uses every part of the interface between units: imports, both mutable globals, static data
//! with pointers, a table slot, and its own global.

use rtfs_value::types::Type;
use rtfs_value::{layout, tag};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, InstructionSink, MemArg, MemoryType, Module, NameMap, NameSection, RefType,
    TableType, TypeSection, ValType,
};

use crate::generated::{
    Generated, GeneratedExport, GeneratedFunction, GeneratedKind, GeneratedParam,
};

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;

/// A parameter.
pub(crate) fn param(name: &str, ty: Option<Type>) -> GeneratedParam {
    GeneratedParam {
        name: name.to_owned(),
        ty,
    }
}

/// An integer parameter.
pub(crate) fn int(name: &str) -> GeneratedParam {
    param(name, Some(Type::Int))
}

/// The program under construction.
#[derive(Default)]
pub(crate) struct Hand {
    exports: Vec<GeneratedExport>,
}

// Types of the module.
const TYPE_NAME: u32 = 0;
const TYPE_NOTE: u32 = 1;
const TYPE_EXPORT: u32 = 2;
const TYPE_TOP: u32 = 3;
const TYPE_ADD: u32 = 4;
const TYPE_VALUE: u32 = 5;
// Imported functions.
const RAISE: u32 = 0;
const NODE: u32 = 1;
const FRAME: u32 = 2;
const ASK: u32 = 3;
// Globals.
const TAG: u32 = 0;
const DATA_BASE: u32 = 1;
const TABLE_BASE: u32 = 2;
const TOP_RUNS: u32 = 3;

impl Hand {
    /// Adds a function.
    pub(crate) fn function(
        mut self,
        name: &str,
        params: Vec<GeneratedParam>,
        result: Option<Type>,
    ) -> Self {
        self.exports.push(GeneratedExport {
            name: name.to_owned(),
            kind: GeneratedKind::Function(GeneratedFunction {
                entry: (name == "add").then(|| "fn.add".to_owned()),
                after_definitions: true,
                params,
                rest: None,
                result,
            }),
        });
        self
    }

    /// Makes the last function variadic.
    pub(crate) fn rest(mut self, rest: GeneratedParam) -> Self {
        if let Some(GeneratedKind::Function(last)) = self.exports.last_mut().map(|e| &mut e.kind) {
            last.rest = Some(rest);
        }
        self
    }

    /// Adds an export that is no function.
    pub(crate) fn value(mut self, name: &str) -> Self {
        self.exports.push(GeneratedExport {
            name: name.to_owned(),
            kind: GeneratedKind::Value,
        });
        self
    }

    /// The lowered program.
    pub(crate) fn generate(self) -> Generated {
        Generated {
            module: self.module(),
            exports: self.exports,
        }
    }

    fn number(&self, name: &str) -> Option<i32> {
        let position = self.exports.iter().position(|export| export.name == name);
        position.map(|position| position as i32 + 1)
    }

    fn module(&self) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([I32], [I64]);
        types.ty().function([I64, I32], [I64]);
        types.ty().function([I32, I32, I32, I32], [I64]);
        types.ty().function([I32], [I32, I64]);
        types.ty().function([I32, I64, I32, I64, I32], [I32, I64]);
        types.ty().function([], [I64]);

        let asks = self.number("ask").is_some();
        let own = 3 + u32::from(asks);
        let mut functions = FunctionSection::new();
        functions
            .function(TYPE_EXPORT)
            .function(TYPE_TOP)
            .function(TYPE_ADD)
            .function(TYPE_VALUE);
        let mut globals = GlobalSection::new();
        globals.global(global(true), &ConstExpr::i32_const(0));
        let mut exports = ExportSection::new();
        for (name, index) in [("call_export", 0), ("ensure_top", 1), ("fn.add", 2)] {
            exports.export(name, ExportKind::Func, own + index);
        }
        let mut elements = ElementSection::new();
        let seven = Elements::Functions(vec![own + 3].into());
        elements.active(None, &ConstExpr::global_get(TABLE_BASE), seven);
        let mut code = CodeSection::new();
        code.function(&self.call_export(own));
        code.function(&ensure_top());
        code.function(&add());
        code.function(&seven_body());
        let mut names = NameMap::new();
        names.append(own + 2, "add");
        let mut name_section = NameSection::new();
        name_section.functions(&names);

        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports(asks))
            .section(&functions)
            .section(&globals)
            .section(&exports)
            .section(&elements)
            .section(&code)
            .section(&data())
            .section(&CustomSection {
                name: "rtfs.reloc".into(),
                data: relocations().into(),
            })
            .section(&name_section);
        module.finish()
    }

    fn call_export(&self, own: u32) -> Function {
        let mut body = Function::new([]);
        let mut code = body.instructions();
        // Export 0 goes through the table.
        code.local_get(0).i32_eqz().if_(BlockType::Empty);
        code.global_get(TABLE_BASE).call_indirect(0, TYPE_VALUE);
        code.return_().end();
        if let Some(number) = self.number("add") {
            when_export(&mut code, number);
            for i in 0..2 {
                code.local_get(1).i32_load(at(16 * i, 2));
                code.local_get(1).i64_load(at(16 * i + 8, 3));
            }
            code.local_get(3).i32_const(1).i32_sub().call(own + 2);
            // Payload below, tag into the global.
            code.drop().drop();
            code.i32_const(tag::INT as i32).global_set(TAG);
            code.local_get(1).i64_load(at(8, 3));
            code.local_get(1).i64_load(at(24, 3)).i64_add();
            code.return_().end();
        }
        if let Some(number) = self.number("fail") {
            when_export(&mut code, number);
            code.global_get(DATA_BASE)
                .i32_load(at(POINTER, 2))
                .call(RAISE);
            // Node 7.
            code.i32_const(8).call(NODE);
            code.global_get(DATA_BASE)
                .i32_const(TEXT as i32)
                .i32_add()
                .call(FRAME);
            code.return_().end();
        }
        if let Some(number) = self.number("ask") {
            when_export(&mut code, number);
            code.global_get(DATA_BASE)
                .i32_const(ANSWER as i32)
                .i32_add()
                .call(ASK);
            code.return_().end();
        }
        code.local_get(2).i32_eqz().if_(BlockType::Empty);
        code.i32_const(tag::NIL as i32).global_set(TAG);
        code.i64_const(0).return_().end();
        code.local_get(1).i32_load(at(0, 2)).global_set(TAG);
        code.local_get(1).i64_load(at(8, 3)).end();
        body
    }
}

fn when_export(code: &mut InstructionSink<'_>, number: i32) {
    code.local_get(0).i32_const(number).i32_eq();
    code.if_(BlockType::Empty);
}

fn imports(asks: bool) -> ImportSection {
    let mut imports = ImportSection::new();
    imports.import("rt", "rt:raise_undefined", EntityType::Function(TYPE_NAME));
    imports.import("rt", "rt:err_node", EntityType::Function(TYPE_NOTE));
    imports.import("rt", "rt:err_frame", EntityType::Function(TYPE_NOTE));
    if asks {
        imports.import("rt", "rt:free_symbol", EntityType::Function(TYPE_NAME));
    }
    let memory = MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import("rt", "memory", memory);
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 0,
        maximum: None,
        shared: false,
    };
    imports.import("rt", "table", table);
    imports.import("rt", "tag", global(true));
    imports.import("rt", "data_base", global(false));
    imports.import("rt", "table_base", global(false));
    imports
}

fn global(mutable: bool) -> GlobalType {
    GlobalType {
        val_type: I32,
        mutable,
        shared: false,
    }
}

fn at(offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align,
        memory_index: 0,
    }
}

/// Counts its runs; raises when no call may be pending.
fn ensure_top() -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    code.global_get(TOP_RUNS)
        .i32_const(1)
        .i32_add()
        .global_set(TOP_RUNS);
    code.local_get(0)
        .i32_const(0)
        .i32_lt_s()
        .if_(BlockType::Empty);
    code.i32_const(tag::RAISED as i32);
    code.global_get(DATA_BASE)
        .i32_load(at(POINTER, 2))
        .call(RAISE);
    code.return_().end();
    code.i32_const(tag::NIL as i32).i64_const(0).end();
    body
}

fn add() -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    code.i32_const(tag::INT as i32);
    code.local_get(1).local_get(3).i64_add().end();
    body
}

fn seven_body() -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    code.i32_const(tag::INT as i32).global_set(TAG);
    code.i64_const(7).end();
    body
}

/// Where the static data are: a pointer to a text, and two texts.
const POINTER: u32 = 0;
const TEXT: u32 = 8;
const ANSWER: u32 = 48;

fn data() -> DataSection {
    let mut bytes = TEXT.to_le_bytes().to_vec();
    bytes.resize(TEXT as usize, 0);
    bytes.extend(layout::static_text("missing"));
    bytes.resize(ANSWER as usize, 0);
    bytes.extend(layout::static_text("answer"));
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::global_get(DATA_BASE), bytes);
    data
}

fn relocations() -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend(POINTER.to_le_bytes());
    bytes
}
