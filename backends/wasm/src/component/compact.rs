//! Leaves out of an encoded component what says how it was made and what only names its parts to
//! each other.
//!
//! Three things are shortened. Custom sections about names and producers go; the names of
//! functions stay. Core exports, which only the component around the module sees, get names of a
//! letter or two. And an exported interface, which the encoder makes by instantiating a component
//! that passes its imports on, becomes an instance of the items themselves.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Alias, ComponentAliasSection, ComponentExportKind, ComponentInstanceSection, ComponentSection,
    ExportSection, Section, reencode,
};
use wasmparser::{
    BinaryReaderError, Chunk, ComponentAlias, ComponentExport, ComponentInstance, Export, Parser,
    Payload,
};

/// Names of the component's own items, and of the tools that made it.
const REMARKS: [&str; 2] = ["component-name", "producers"];

/// Identifies a core module inside a component.
const MODULE_SECTION: u8 = 1;
/// Identifies a component inside a component.
const COMPONENT_SECTION: u8 = 4;

type Error = reencode::Error;

/// The same component in fewer bytes.
pub(super) fn compact(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let parts = parts(bytes)?;
    let modules = parts.iter().filter(|part| part.is_module()).count();
    let mut names = Names::default();
    // The encoder's own modules, which take part in imports, know names of the program's.
    let shortened = if modules == 1 { Some(&mut names) } else { None };
    let mut writer = Writer {
        kept: Vec::with_capacity(bytes.len()),
        names: shortened,
        passed_on: pass_on(&parts)?,
    };
    for part in &parts {
        writer.part(part)?;
    }
    Ok(writer.kept)
}

/// A section with its header, or the header of the file.
struct Part<'a> {
    bytes: &'a [u8],
    payload: Payload<'a>,
    /// A module or component in it.
    inner: Option<&'a [u8]>,
}

impl Part<'_> {
    fn is_module(&self) -> bool {
        matches!(self.payload, Payload::ModuleSection { .. })
    }

    fn is_remark(&self) -> bool {
        matches!(&self.payload, Payload::CustomSection(custom) if REMARKS.contains(&custom.name()))
    }
}

/// The sections of a module or component, those inside of inner ones not included.
fn parts(bytes: &[u8]) -> Result<Vec<Part<'_>>, BinaryReaderError> {
    let mut parts = Vec::new();
    let mut parser = Parser::new(0);
    let mut rest = bytes;
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else {
            return Ok(parts);
        };
        if matches!(payload, Payload::End(_)) {
            return Ok(parts);
        }
        let inside = match &payload {
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => unchecked_range.len(),
            Payload::CodeSectionStart { size, .. } => {
                parser.skip_section();
                *size as usize
            }
            _ => 0,
        };
        let (section, behind) = rest.split_at(consumed + inside);
        rest = behind;
        let has_inner = matches!(
            payload,
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. }
        );
        parts.push(Part {
            bytes: section,
            payload,
            inner: has_inner.then(|| &section[consumed..]),
        });
    }
}

/// Short names of core exports.
#[derive(Default)]
struct Names {
    short: BTreeMap<String, String>,
}

impl Names {
    fn of(&mut self, name: &str) -> String {
        if let Some(short) = self.short.get(name) {
            return short.clone();
        }
        let short = letters(self.short.len());
        self.short.insert(name.to_owned(), short.clone());
        short
    }
}

/// `a` to `z`, then `ba` and so on.
fn letters(mut n: usize) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
        if n == 0 {
            return reversed.into_iter().rev().collect();
        }
    }
}

/// The exports of the component that only passes its imports on, if there is exactly one and
/// nothing else is inside.
fn pass_on<'a>(parts: &[Part<'a>]) -> Result<Option<Vec<ComponentExport<'a>>>, BinaryReaderError> {
    let mut found = None;
    for part in parts {
        let (Payload::ComponentSection { .. }, Some(inner)) = (&part.payload, part.inner) else {
            continue;
        };
        if found.is_some() {
            return Ok(None);
        }
        let mut exports = Vec::new();
        for part in self::parts(inner)? {
            match part.payload {
                Payload::Version { .. }
                | Payload::ComponentTypeSection(_)
                | Payload::ComponentImportSection(_) => {}
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        exports.push(export?);
                    }
                }
                _ if part.is_remark() => {}
                _ => return Ok(None),
            }
        }
        found = Some(exports);
    }
    Ok(found)
}

struct Writer<'n, 'a> {
    kept: Vec<u8>,
    /// Names given so far, if core exports are renamed.
    names: Option<&'n mut Names>,
    /// Exports of the inner component to be replaced, if there is one.
    passed_on: Option<Vec<ComponentExport<'a>>>,
}

impl Writer<'_, '_> {
    fn part(&mut self, part: &Part<'_>) -> Result<(), Error> {
        match (&part.payload, part.inner) {
            _ if part.is_remark() => {}
            (Payload::ModuleSection { .. }, Some(module)) => {
                let module = self.module(module)?;
                self.inner(MODULE_SECTION, &module);
            }
            (Payload::ComponentSection { .. }, Some(component)) => {
                if self.passed_on.is_none() {
                    self.inner(COMPONENT_SECTION, &compact(component)?);
                }
            }
            (Payload::ComponentAliasSection(section), _) => {
                let mut aliases = ComponentAliasSection::new();
                for alias in section.clone() {
                    self.alias(&mut aliases, alias?)?;
                }
                aliases.append_to_component(&mut self.kept);
            }
            (Payload::ComponentInstanceSection(section), _) => {
                let mut instances = ComponentInstanceSection::new();
                for instance in section.clone() {
                    self.instance(&mut instances, instance?)?;
                }
                instances.append_to_component(&mut self.kept);
            }
            _ => self.kept.extend_from_slice(part.bytes),
        }
        Ok(())
    }

    fn inner(&mut self, section: u8, contents: &[u8]) {
        self.kept.push(section);
        leb128(&mut self.kept, contents.len());
        self.kept.extend_from_slice(contents);
    }

    fn module(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut kept = Vec::with_capacity(bytes.len());
        for part in parts(bytes)? {
            match (&part.payload, &mut self.names) {
                _ if part.is_remark() => {}
                (Payload::ExportSection(section), Some(names)) => {
                    let mut exports = ExportSection::new();
                    for export in section.clone() {
                        let Export { name, kind, index } = export?;
                        exports.export(&names.of(name), kind.into(), index);
                    }
                    exports.append_to(&mut kept);
                }
                _ => kept.extend_from_slice(part.bytes),
            }
        }
        Ok(kept)
    }

    fn alias(
        &mut self,
        aliases: &mut ComponentAliasSection,
        alias: ComponentAlias<'_>,
    ) -> Result<(), Error> {
        match (&alias, &mut self.names) {
            (
                ComponentAlias::CoreInstanceExport {
                    kind,
                    instance_index,
                    name,
                },
                Some(names),
            ) => {
                aliases.alias(Alias::CoreInstanceExport {
                    instance: *instance_index,
                    kind: (*kind).into(),
                    name: &names.of(name),
                });
            }
            _ => {
                aliases.alias(RoundtripReencoder.component_alias(alias)?);
            }
        }
        Ok(())
    }

    /// Arguments of an inner component that passes them on have its exports' names behind a
    /// prefix of the encoder's.
    fn instance(
        &self,
        instances: &mut ComponentInstanceSection,
        instance: ComponentInstance<'_>,
    ) -> Result<(), Error> {
        let (Some(exports), ComponentInstance::Instantiate { args, .. }) =
            (&self.passed_on, &instance)
        else {
            return RoundtripReencoder.parse_component_instance(instances, instance);
        };
        let mut items = Vec::with_capacity(exports.len());
        for export in exports {
            let kind = ComponentExportKind::from(export.kind);
            // A type that comes from an import has its name there already. To name it again here
            // makes a component that tools for WIT refuse to read.
            if kind == ComponentExportKind::Type {
                continue;
            }
            let given = args
                .iter()
                .find(|arg| arg.name.strip_prefix("import-func-") == Some(export.name.name));
            let given = given.ok_or(Error::UnexpectedNonComponentSection)?;
            items.push((export.name.name, kind, given.index));
        }
        instances.export_items(items);
        Ok(())
    }
}

fn leb128(bytes: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}
