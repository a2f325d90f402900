//! Wraps a linked core module as a component.

mod compact;

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
        .and_then(|component| {
            compact::compact(&component).map_err(|source| ComponentError::Encode(source.into()))
        })
}
