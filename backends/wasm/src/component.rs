//! Wraps a linked core module as a component.

use std::fmt::Write as _;

use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{PackageId, Resolve};

/// The ABI, as the repository's `wit` folder states it.
const HOST_WIT: &str = include_str!("../../../wit/host/host.wit");
const MODULE_WIT: &str = include_str!("../../../wit/module/module.wit");

/// The exported interface; the core module's exports are named `DYNAMIC#function`.
pub(crate) const DYNAMIC: &str = "rtfs:module/dynamic@0.1.0";
/// The imported interface.
const CAPABILITY: &str = "rtfs:host/capability@0.1.0";
const TYPES: &str = "rtfs:module/types@0.1.0";

/// Why a module could not become a component: a defect of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// The world's text is not valid WIT.
    #[error("cannot resolve the component's world:\n{wit}")]
    World {
        /// The text.
        wit: String,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The core module does not fit the world.
    #[error("cannot wrap the core module")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What the component's world holds beside the dynamic interface.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// The program may ask its host for something.
    pub(crate) uses_host: bool,
    /// Type definitions, in WIT.
    pub(crate) types: Vec<String>,
    /// Typed exports, in WIT: `label: func(…) -> …`.
    pub(crate) functions: Vec<String>,
}

impl World {
    /// The world as the text of a package of its own.
    pub(crate) fn wit(&self) -> String {
        let mut text = String::from("package rtfs:compiled;\n\nworld program {\n");
        if self.uses_host {
            line(&mut text, &format!("import {CAPABILITY};"));
        }
        if !self.functions.is_empty() {
            line(&mut text, &format!("use {TYPES}.{{error}};"));
        }
        for ty in &self.types {
            line(&mut text, ty);
        }
        line(&mut text, &format!("export {DYNAMIC};"));
        for function in &self.functions {
            line(&mut text, &format!("export {function};"));
        }
        text.push_str("}\n");
        text
    }

    /// The world with everything it names.
    fn resolve(&self) -> Result<(Resolve, PackageId), ComponentError> {
        let wit = self.wit();
        let mut resolve = Resolve::default();
        let mut program = None;
        for (name, text) in [
            ("host.wit", HOST_WIT),
            ("module.wit", MODULE_WIT),
            ("program.wit", &wit),
        ] {
            let pushed = resolve.push_source(name, text);
            program = Some(pushed.map_err(|source| self.refused(source.into()))?);
        }
        match program {
            Some(package) => Ok((resolve, package)),
            None => Err(self.refused("no package".into())),
        }
    }

    fn refused(&self, source: Box<dyn std::error::Error + Send + Sync>) -> ComponentError {
        ComponentError::World {
            wit: self.wit(),
            source,
        }
    }
}

fn line(text: &mut String, content: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "    {content}");
}

/// Makes the component of `core`, which exports what `world` says under the core names of the
/// canonical ABI.
pub(crate) fn componentise(mut core: Vec<u8>, world: &World) -> Result<Vec<u8>, ComponentError> {
    let (resolve, package) = world.resolve()?;
    let id = resolve
        .select_world(&[package], Some("program"))
        .map_err(|source| world.refused(source.into()))?;
    wit_component::embed_component_metadata(&mut core, &resolve, id, StringEncoding::UTF8)
        .map_err(|source| ComponentError::Encode(source.into()))?;
    ComponentEncoder::default()
        .validate(false)
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|source| ComponentError::Encode(source.into()))
        .and_then(|component| without_remarks(&component))
}

/// Names of the component's own items, and of the tools that made it: a third of the wrapping.
const REMARKS: [&str; 2] = ["component-name", "producers"];

/// Leaves out the custom sections that only say how the component was made, in the component and
/// in the module in it. The names of functions stay.
fn without_remarks(bytes: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let broken = |source: wasmparser::BinaryReaderError| ComponentError::Encode(source.into());
    let mut kept = Vec::with_capacity(bytes.len());
    let mut parser = wasmparser::Parser::new(0);
    let mut rest = bytes;
    loop {
        let wasmparser::Chunk::Parsed { consumed, payload } =
            parser.parse(rest, true).map_err(broken)?
        else {
            return Ok(kept);
        };
        let (section, behind) = rest.split_at(consumed);
        rest = behind;
        match payload {
            wasmparser::Payload::CustomSection(custom) if REMARKS.contains(&custom.name()) => {}
            wasmparser::Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let (module, behind) = rest.split_at(unchecked_range.len());
                rest = behind;
                let module = without_remarks(module)?;
                kept.push(MODULE_SECTION);
                leb128(&mut kept, module.len());
                kept.extend(module);
            }
            wasmparser::Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let (component, behind) = rest.split_at(unchecked_range.len());
                rest = behind;
                kept.extend_from_slice(section);
                kept.extend_from_slice(component);
            }
            wasmparser::Payload::CodeSectionStart { size, .. } => {
                let (code, behind) = rest.split_at(size as usize);
                rest = behind;
                parser.skip_section();
                kept.extend_from_slice(section);
                kept.extend_from_slice(code);
            }
            wasmparser::Payload::End(_) => return Ok(kept),
            _ => kept.extend_from_slice(section),
        }
    }
}

/// Identifies a core module inside a component.
const MODULE_SECTION: u8 = 1;

fn leb128(bytes: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}
