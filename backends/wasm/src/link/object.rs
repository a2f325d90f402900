//! A parsed core module: the form in which the linker takes the runtime and the generated units.

use std::collections::BTreeMap;
use std::ops::Range;

use wasmparser::{
    BinaryReader, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType,
    FunctionBody, GlobalType, KnownCustom, Name, Operator, Parser, Payload, TypeRef, ValType,
};

use super::LinkError;

/// An address of the form "constant, or imported global plus constant".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// Index of the imported global, if there is one.
    pub(super) global: Option<u32>,
    /// Added to it.
    pub(super) addend: u32,
}

/// One import of a function, global, memory or table.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectImport<'a> {
    pub(super) module: &'a str,
    pub(super) name: &'a str,
}

/// A global the module defines.
#[derive(Clone, Debug)]
pub(super) struct ObjectGlobal {
    pub(super) ty: GlobalType,
    pub(super) init: GlobalInit,
}

/// Initial value of a global. Only constants: an object has nothing to compute at start.
#[derive(Clone, Copy, Debug)]
pub(super) enum GlobalInit {
    I32(i32),
    I64(i64),
    F64(u64),
}

/// An active data segment.
#[derive(Clone, Debug)]
pub(super) struct ObjectData<'a> {
    pub(super) offset: Offset,
    pub(super) bytes: &'a [u8],
    /// Where the bytes stand in the file.
    pub(super) range: Range<usize>,
}

/// An active element segment.
#[derive(Clone, Debug)]
pub(super) struct ObjectElements {
    pub(super) offset: Offset,
    pub(super) functions: Vec<u32>,
}

/// A parsed core module.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) types: Vec<FuncType>,
    /// Imported functions first: type index of every function.
    pub(super) function_types: Vec<u32>,
    pub(super) function_imports: Vec<ObjectImport<'a>>,
    pub(super) global_imports: Vec<ObjectImport<'a>>,
    pub(super) globals: Vec<ObjectGlobal>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) exports: BTreeMap<&'a str, (ExternalKind, u32)>,
    pub(super) elements: Vec<ObjectElements>,
    pub(super) data: Vec<ObjectData<'a>>,
    pub(super) function_names: BTreeMap<u32, &'a str>,
    /// Custom sections by name, with the index each section has in the file.
    pub(super) customs: Vec<(&'a str, BinaryReader<'a>)>,
    /// Contents of the code and data sections, with their section indices.
    pub(super) code_section: Option<(u32, Range<usize>)>,
    pub(super) data_section: Option<(u32, Range<usize>)>,
    /// A table is imported or defined.
    pub(super) has_table: bool,
}

impl<'a> Object<'a> {
    /// Parses `bytes`, refusing whatever the linker would not carry over.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, LinkError> {
        let mut object = Self::default();
        let mut section = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            let counted = !matches!(
                payload,
                Payload::Version { .. } | Payload::CodeSectionEntry(_) | Payload::End(_)
            );
            object.read(payload, section)?;
            section += u32::from(counted);
        }
        Ok(object)
    }

    /// Number of functions, imported ones included.
    pub(super) fn function_count(&self) -> u32 {
        self.function_types.len() as u32
    }

    /// Number of imported functions.
    pub(super) fn import_count(&self) -> u32 {
        self.function_imports.len() as u32
    }

    /// The signature of a function.
    pub(super) fn signature(&self, function: u32) -> Result<&FuncType, LinkError> {
        self.function_types
            .get(function as usize)
            .and_then(|&ty| self.types.get(ty as usize))
            .ok_or(LinkError::Malformed("function without a type"))
    }

    /// The function exported as `name`.
    pub(super) fn exported_function(&self, name: &str) -> Option<u32> {
        match self.exports.get(name) {
            Some(&(ExternalKind::Func, index)) => Some(index),
            _ => None,
        }
    }

    /// The contents of the custom section `name`.
    pub(super) fn custom(&self, name: &str) -> Option<BinaryReader<'a>> {
        let found = self.customs.iter().find(|(n, _)| *n == name);
        found.map(|(_, reader)| reader.clone())
    }

    fn read(&mut self, payload: Payload<'a>, section: u32) -> Result<(), LinkError> {
        match payload {
            Payload::TypeSection(reader) => {
                for ty in reader.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    self.read_import(import?)?;
                }
            }
            Payload::FunctionSection(reader) => {
                for ty in reader {
                    self.function_types.push(ty?);
                }
            }
            Payload::TableSection(_) => self.has_table = true,
            Payload::MemorySection(_) => {}
            Payload::GlobalSection(reader) => {
                for global in reader {
                    self.read_global(global?)?;
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    self.exports
                        .insert(export.name, (export.kind, export.index));
                }
            }
            Payload::ElementSection(reader) => {
                for element in reader {
                    self.read_element(element?)?;
                }
            }
            Payload::CodeSectionStart { range, .. } => self.code_section = Some((section, range)),
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(reader) => {
                self.data_section = Some((section, reader.range()));
                for data in reader {
                    self.read_data(data?)?;
                }
            }
            Payload::CustomSection(reader) => self.read_custom(&reader)?,
            Payload::Version { .. } | Payload::DataCountSection { .. } | Payload::End(_) => {}
            _ => return Err(LinkError::Malformed("unsupported section")),
        }
        Ok(())
    }

    fn read_import(&mut self, import: wasmparser::Import<'a>) -> Result<(), LinkError> {
        let named = ObjectImport {
            module: import.module,
            name: import.name,
        };
        match import.ty {
            TypeRef::Func(ty) => {
                self.function_types.push(ty);
                self.function_imports.push(named);
            }
            TypeRef::Global(_) => self.global_imports.push(named),
            TypeRef::Table(_) => self.has_table = true,
            TypeRef::Memory(_) => {}
            _ => return Err(LinkError::Malformed("unsupported import")),
        }
        Ok(())
    }

    fn read_global(&mut self, global: wasmparser::Global<'a>) -> Result<(), LinkError> {
        let mut ops = global.init_expr.get_operators_reader();
        let init = match ops.read()? {
            Operator::I32Const { value } => GlobalInit::I32(value),
            Operator::I64Const { value } => GlobalInit::I64(value),
            Operator::F64Const { value } => GlobalInit::F64(value.bits()),
            _ => return Err(LinkError::Malformed("computed global")),
        };
        self.globals.push(ObjectGlobal {
            ty: global.ty,
            init,
        });
        Ok(())
    }

    fn read_element(&mut self, element: wasmparser::Element<'a>) -> Result<(), LinkError> {
        let ElementKind::Active { offset_expr, .. } = element.kind else {
            return Err(LinkError::Malformed("element segment is not active"));
        };
        let ElementItems::Functions(items) = element.items else {
            return Err(LinkError::Malformed("element segment of expressions"));
        };
        let functions = items.into_iter().collect::<Result<Vec<u32>, _>>()?;
        self.elements.push(ObjectElements {
            offset: read_offset(&offset_expr)?,
            functions,
        });
        Ok(())
    }

    fn read_data(&mut self, data: wasmparser::Data<'a>) -> Result<(), LinkError> {
        let DataKind::Active { offset_expr, .. } = data.kind else {
            return Err(LinkError::Malformed("data segment is not active"));
        };
        let end = data.range.end;
        self.data.push(ObjectData {
            offset: read_offset(&offset_expr)?,
            bytes: data.data,
            range: end - data.data.len()..end,
        });
        Ok(())
    }

    fn read_custom(
        &mut self,
        reader: &wasmparser::CustomSectionReader<'a>,
    ) -> Result<(), LinkError> {
        let contents = BinaryReader::new(reader.data(), reader.data_offset());
        self.customs.push((reader.name(), contents));
        let KnownCustom::Name(subsections) = reader.as_known() else {
            return Ok(());
        };
        for subsection in subsections {
            if let Name::Function(map) = subsection? {
                for naming in map {
                    let naming = naming?;
                    self.function_names.insert(naming.index, naming.name);
                }
            }
        }
        Ok(())
    }
}

/// Reads `i32.const c`, `global.get g` or `global.get g; i32.const c; i32.add`.
fn read_offset(expr: &ConstExpr<'_>) -> Result<Offset, LinkError> {
    let mut offset = Offset {
        global: None,
        addend: 0,
    };
    for operator in expr.get_operators_reader() {
        match operator? {
            Operator::I32Const { value } => {
                offset.addend = offset.addend.wrapping_add(value as u32)
            }
            Operator::GlobalGet { global_index } if offset.global.is_none() => {
                offset.global = Some(global_index);
            }
            Operator::I32Add | Operator::End => {}
            _ => return Err(LinkError::Malformed("unsupported segment offset")),
        }
    }
    Ok(offset)
}

/// Translates a number or `funcref` type.
pub(super) fn value_type(ty: ValType) -> Result<wasm_encoder::ValType, LinkError> {
    Ok(match ty {
        ValType::I32 => wasm_encoder::ValType::I32,
        ValType::I64 => wasm_encoder::ValType::I64,
        ValType::F32 => wasm_encoder::ValType::F32,
        ValType::F64 => wasm_encoder::ValType::F64,
        ValType::FUNCREF => wasm_encoder::ValType::FUNCREF,
        _ => return Err(LinkError::Malformed("unsupported value type")),
    })
}
