//! What a component wants and offers, read before anything is compiled or linked.
//!
//! The linker of the engine matches names by semantic-version track and then complains about
//! types; whether a component fits this host is decided here instead, by name and version, so
//! that the message says which version was wanted and which one is served.

use crate::error::LoadError;
use std::borrow::Cow;
use std::fmt;
use wasmparser::{
    ComponentTypeRef, Encoding, Parser, Payload, TypeBounds, Validator, WasmFeatures,
};

/// A versioned interface: `rtfs:host/capability@0.1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName {
    /// Namespace and package, e.g. `rtfs:host`.
    pub package: String,
    /// The interface within the package, e.g. `capability`.
    pub interface: String,
    /// Major, minor and patch number.
    pub version: (u64, u64, u64),
    /// What stands behind the numbers, e.g. `draft.1`; empty for a version that is published.
    pub pre_release: Cow<'static, str>,
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@", self.package, self.interface)?;
        self.write_version(f)
    }
}

impl InterfaceName {
    fn new(package: &str, interface: &str, version: Version) -> Self {
        Self {
            package: package.to_owned(),
            interface: interface.to_owned(),
            version: version.numbers,
            pre_release: Cow::Borrowed(version.pre_release),
        }
    }

    /// Reads `package/interface@x.y.z`, also with a pre-release behind it; `None` for anything else,
    /// build metadata included.
    ///
    /// ```
    /// use rtfs_host::InterfaceName;
    ///
    /// let name = InterfaceName::parse("wasi:io/streams@0.2.6").expect("well-formed");
    /// assert_eq!(name.version, (0, 2, 6));
    /// let draft = InterfaceName::parse("rtfs:module/dynamic@0.2.0-draft.1").expect("well-formed");
    /// assert_eq!(draft.pre_release, "draft.1");
    /// assert!(InterfaceName::parse("run").is_none());
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let (path, version) = name.split_once('@')?;
        let (package, interface) = path.split_once('/')?;
        let (numbers, pre_release) = match version.split_once('-') {
            Some((numbers, pre_release)) if is_pre_release(pre_release) => (numbers, pre_release),
            Some(_) => return None,
            None => (version, ""),
        };
        let mut numbers = numbers.split('.').map(|part| part.parse::<u64>().ok());
        let version = (numbers.next()??, numbers.next()??, numbers.next()??);
        if numbers.next().is_some() {
            return None;
        }
        Some(Self {
            package: package.to_owned(),
            interface: interface.to_owned(),
            version,
            pre_release: Cow::Owned(pre_release.to_owned()),
        })
    }

    fn same_interface(&self, other: &Self) -> bool {
        self.package == other.package && self.interface == other.interface
    }

    fn has(&self, version: Version) -> bool {
        self.version == version.numbers && self.pre_release == version.pre_release
    }

    /// Whether it is of the draft that is served beside what is published.
    pub(crate) fn is_draft(&self) -> bool {
        self.has(DRAFT_VERSION)
    }

    /// The version of the packages that serves it.
    fn served_version(&self) -> Option<Version> {
        let served = |version: &&Version| {
            let name = Self::new(&self.package, &self.interface, **version);
            self.is_served_by(&name)
        };
        MODULE_VERSIONS.iter().find(served).copied()
    }

    fn write_version(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version;
        write!(f, "{major}.{minor}.{patch}")?;
        match &*self.pre_release {
            "" => Ok(()),
            pre_release => write!(f, "-{pre_release}"),
        }
    }

    /// Whether a component built for `self` runs where `served` is offered: same track, and
    /// nothing newer than what is offered. Before 1.0 the track is the minor version. A pre-release
    /// promises nothing to any other version.
    fn is_served_by(&self, served: &Self) -> bool {
        if !(self.pre_release.is_empty() && served.pre_release.is_empty()) {
            return self == served;
        }
        let (major, minor, patch) = self.version;
        let (served_major, served_minor, served_patch) = served.version;
        self.same_interface(served)
            && major == served_major
            && if major == 0 {
                minor == served_minor && patch <= served_patch
            } else {
                (minor, patch) <= (served_minor, served_patch)
            }
    }
}

/// Identifiers joined by dots, as semantic versions have them.
fn is_pre_release(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_identifier = |part: &str| !part.is_empty() && part.bytes().all(allowed);
    text.split('.').all(is_identifier)
}

/// A version that this host serves.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Version {
    pub(crate) numbers: (u64, u64, u64),
    /// Empty for one that is published.
    pre_release: &'static str,
}

impl Version {
    const fn published(major: u64, minor: u64, patch: u64) -> Self {
        Self {
            numbers: (major, minor, patch),
            pre_release: "",
        }
    }
}

/// Version of the `rtfs:*` packages in `wit/`.
pub(crate) const RTFS_VERSION: Version = Version::published(0, 1, 0);

/// Version of the packages in `wit/draft`, served beside the other.
const DRAFT_VERSION: Version = Version {
    numbers: (0, 2, 0),
    pre_release: "draft.1",
};

/// Versions of `rtfs:module` and `rtfs:host`, the one that messages name first.
const MODULE_VERSIONS: &[Version] = &[RTFS_VERSION, DRAFT_VERSION];

/// The WASI 0.2 version that `wasmtime-wasi` 48 implements.
const WASI_VERSION: Version = Version::published(0, 2, 12);

/// WASI interfaces linked for components that import them.
const WASI: &[(&str, &[&str])] = &[
    (
        "wasi:cli",
        &[
            "environment",
            "exit",
            "stderr",
            "stdin",
            "stdout",
            "terminal-input",
            "terminal-output",
            "terminal-stderr",
            "terminal-stdin",
            "terminal-stdout",
        ],
    ),
    ("wasi:clocks", &["monotonic-clock", "wall-clock"]),
    ("wasi:filesystem", &["preopens", "types"]),
    ("wasi:io", &["error", "poll", "streams"]),
    ("wasi:random", &["insecure", "insecure-seed", "random"]),
    (
        "wasi:sockets",
        &[
            "instance-network",
            "ip-name-lookup",
            "network",
            "tcp",
            "tcp-create-socket",
            "udp",
            "udp-create-socket",
        ],
    ),
];

/// What a component is to this host. Each role has its own imports and its own export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A program or a hand-written module: exports `rtfs:module/dynamic`.
    Module,
    /// A backend that compiles: exports `rtfs:backend/compiler`. It may ask its host for nothing.
    Compiler,
    /// A backend that runs artifacts: exports `rtfs:backend/executor`.
    Executor,
}

impl Role {
    const ALL: [Role; 3] = [Role::Module, Role::Compiler, Role::Executor];

    /// What a component of this role is called in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Role::Module => "RTFS module",
            Role::Compiler => "RTFS compiler",
            Role::Executor => "RTFS executor",
        }
    }

    /// The export that makes a component one of this role, in every version that is served.
    pub(crate) fn exports(self) -> Vec<InterfaceName> {
        match self {
            Role::Module => versions("rtfs:module", "dynamic", MODULE_VERSIONS),
            Role::Compiler => versions("rtfs:backend", "compiler", &[RTFS_VERSION]),
            Role::Executor => versions("rtfs:backend", "executor", &[RTFS_VERSION]),
        }
    }

    /// What this host offers a component of this role under the package and interface of `wanted`.
    fn served(self, wanted: &InterfaceName) -> Vec<InterfaceName> {
        // Types only: nothing is called through it.
        let mut rtfs = versions("rtfs:module", "types", MODULE_VERSIONS);
        if self != Role::Compiler {
            rtfs.extend(capability_interfaces());
        }
        rtfs.retain(|name| name.same_interface(wanted));
        if !rtfs.is_empty() {
            return rtfs;
        }
        let found = WASI.iter().any(|(package, interfaces)| {
            *package == wanted.package && interfaces.contains(&wanted.interface.as_str())
        });
        match found {
            true => versions(&wanted.package, &wanted.interface, &[WASI_VERSION]),
            false => Vec::new(),
        }
    }
}

fn versions(package: &str, interface: &str, versions: &[Version]) -> Vec<InterfaceName> {
    let names = versions.iter();
    names
        .map(|version| InterfaceName::new(package, interface, *version))
        .collect()
}

/// The interface of host calls, in every version that is served.
pub(crate) fn capability_interfaces() -> Vec<InterfaceName> {
    versions("rtfs:host", "capability", MODULE_VERSIONS)
}

/// A component's imports and exports at its outermost level.
///
/// ```
/// use rtfs_host::Inspection;
///
/// let component = wat::parse_str(r#"(component
///     (import "rtfs:host/capability@0.3.0" (instance)))"#)?;
/// let inspection = Inspection::of(&component)?;
/// assert_eq!(inspection.imports, ["rtfs:host/capability@0.3.0"]);
/// assert_eq!(
///     inspection.check_module().unwrap_err().to_string(),
///     "built for rtfs:host/capability@0.3.0, this host serves rtfs:host/capability@0.1.0 and 0.2.0-draft.1",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Names of the imports, in the component's order; not those of mere types.
    pub imports: Vec<String>,
    /// Names of the exports, in the component's order.
    pub exports: Vec<String>,
}

impl Inspection {
    /// Validates the component and reads its imports and exports. Nothing is compiled.
    ///
    /// # Errors
    ///
    /// [`LoadError::Invalid`] when the bytes are not a valid component.
    pub fn of(component: &[u8]) -> Result<Self, LoadError> {
        let invalid = |error: wasmparser::BinaryReaderError| LoadError::Invalid {
            reason: error.message().to_owned(),
            offset: error.offset() as u64,
        };
        let mut validator = Validator::new_with_features(features());
        validator.validate_all(component).map_err(invalid)?;

        let mut inspection = Inspection::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(invalid)? {
                Payload::Version { encoding, .. } => {
                    if depth == 0 && encoding != Encoding::Component {
                        return Err(LoadError::Invalid {
                            reason: "this is a core module, not a component".to_owned(),
                            offset: 0,
                        });
                    }
                    depth += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        let import = import.map_err(invalid)?;
                        // A name for a type that is known anyway: nothing is asked of the host.
                        if let ComponentTypeRef::Type(TypeBounds::Eq(_)) = import.ty {
                            continue;
                        }
                        inspection.imports.push(import.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        inspection.exports.push(export.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(inspection)
    }

    /// Checks that this host can run the component as an RTFS module.
    ///
    /// # Errors
    ///
    /// As [`Inspection::check`].
    pub fn check_module(&self) -> Result<(), LoadError> {
        self.check(Role::Module)
    }

    /// Checks that this host can use the component in a role: that it serves every import, in the
    /// version the component was built for, and that the role's export is there.
    ///
    /// # Errors
    ///
    /// [`LoadError::UnknownImport`], [`LoadError::Version`], [`LoadError::MissingExport`] or
    /// [`LoadError::MixedVersions`].
    pub fn check(&self, role: Role) -> Result<(), LoadError> {
        for import in &self.imports {
            let unknown = || LoadError::UnknownImport {
                import: import.clone(),
            };
            let wanted = InterfaceName::parse(import).ok_or_else(unknown)?;
            let serves = role.served(&wanted);
            if serves.is_empty() {
                return Err(unknown());
            }
            if !serves.iter().any(|served| wanted.is_served_by(served)) {
                return Err(version_mismatch(wanted, serves));
            }
        }
        let (_, export) = self.export_of(role)?;
        self.check_one_version(&export)
    }

    /// Checks that what the component imports of `rtfs:*` is of the version of its export: packages of
    /// two versions were never tried together.
    fn check_one_version(&self, export: &InterfaceName) -> Result<(), LoadError> {
        let imports = self.imports.iter();
        let mut ours = imports
            .filter_map(|name| InterfaceName::parse(name))
            .filter(|name| name.package.starts_with("rtfs:"));
        match ours.find(|import| import.served_version() != export.served_version()) {
            Some(import) => Err(LoadError::MixedVersions {
                export: Box::new(export.clone()),
                import: Box::new(import),
            }),
            None => Ok(()),
        }
    }

    /// The roles whose export the component has, whatever its version.
    ///
    /// ```
    /// use rtfs_host::{Inspection, Role};
    ///
    /// let inspection = Inspection {
    ///     imports: vec![],
    ///     exports: vec!["rtfs:backend/compiler@0.1.0".into()],
    /// };
    /// assert_eq!(inspection.roles(), [Role::Compiler]);
    /// ```
    pub fn roles(&self) -> Vec<Role> {
        let names = || {
            self.exports
                .iter()
                .filter_map(|name| InterfaceName::parse(name))
        };
        let has = |role: &Role| {
            let wanted = role.exports();
            names().any(|name| wanted.iter().any(|wanted| wanted.same_interface(&name)))
        };
        Role::ALL.into_iter().filter(has).collect()
    }

    /// Whether any import belongs to WASI.
    ///
    /// ```
    /// use rtfs_host::Inspection;
    ///
    /// let inspection = Inspection {
    ///     imports: vec!["wasi:io/error@0.2.6".into()],
    ///     exports: vec![],
    /// };
    /// assert!(inspection.imports_wasi());
    /// ```
    pub fn imports_wasi(&self) -> bool {
        self.imports.iter().any(|name| name.starts_with("wasi:"))
    }

    /// Whether the component can ask its host for anything, capabilities or context.
    ///
    /// ```
    /// assert!(!rtfs_host::Inspection::default().imports_capability());
    /// ```
    pub fn imports_capability(&self) -> bool {
        self.imports
            .iter()
            .filter_map(|name| InterfaceName::parse(name))
            .any(|name| name.same_interface(&capability_interfaces()[0]))
    }

    /// The export through which a component of a role is called, under the name and version that
    /// the component has.
    pub(crate) fn export_of(&self, role: Role) -> Result<(&str, InterfaceName), LoadError> {
        let serves = role.exports();
        let mut other = None;
        for export in &self.exports {
            let Some(name) = InterfaceName::parse(export) else {
                continue;
            };
            if serves.iter().any(|served| name.is_served_by(served)) {
                return Ok((export, name));
            }
            if serves.iter().any(|served| name.same_interface(served)) {
                other = Some(name);
            }
        }
        Err(match other {
            Some(built_for) => version_mismatch(built_for, serves),
            None => LoadError::MissingExport {
                noun: role.noun(),
                interface: Box::new(serves[0].clone()),
            },
        })
    }
}

fn version_mismatch(built_for: InterfaceName, serves: Vec<InterfaceName>) -> LoadError {
    LoadError::Version {
        built_for: Box::new(built_for),
        serves: ServedVersions(serves),
    }
}

/// One interface in the versions that are served: `rtfs:host/capability@0.1.0 and 0.2.0-draft.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedVersions(Vec<InterfaceName>);

impl ServedVersions {
    /// The interface, once for each version.
    pub fn names(&self) -> &[InterfaceName] {
        &self.0
    }
}

impl fmt::Display for ServedVersions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            match index {
                0 => write!(f, "{name}")?,
                _ => {
                    f.write_str(" and ")?;
                    name.write_version(f)?;
                }
            }
        }
        Ok(())
    }
}

/// What the engine profile accepts: WebAssembly 3.0 without garbage-collected types, exceptions,
/// threads and 64-bit memories, in the component model without its asynchronous part.
pub(crate) fn features() -> WasmFeatures {
    let mut features = WasmFeatures::WASM3 | WasmFeatures::COMPONENT_MODEL;
    features.remove(WasmFeatures::GC_TYPES | WasmFeatures::GC);
    features.remove(WasmFeatures::EXCEPTIONS);
    features.remove(WasmFeatures::THREADS);
    features.remove(WasmFeatures::MEMORY64);
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> InterfaceName {
        InterfaceName::parse(text).expect("test names are well-formed")
    }

    #[track_caller]
    fn check(wanted: &str, served: &str, expect: bool) {
        assert_eq!(name(wanted).is_served_by(&name(served)), expect);
    }

    #[test]
    fn older_patches_of_the_same_track_are_served() {
        check("a:b/c@0.1.0", "a:b/c@0.1.0", true);
        check("a:b/c@0.1.0", "a:b/c@0.1.3", true);
        check("a:b/c@0.1.5", "a:b/c@0.1.0", false);
        check("a:b/c@0.2.0", "a:b/c@0.1.9", false);
        check("a:b/c@1.2.0", "a:b/c@1.3.0", true);
        check("a:b/c@1.4.0", "a:b/c@1.3.9", false);
        check("a:b/c@2.0.0", "a:b/c@1.3.9", false);
        check("a:b/d@0.1.0", "a:b/c@0.1.0", false);
    }

    #[test]
    fn pre_releases_are_served_as_themselves_only() {
        check("a:b/c@0.2.0-draft.1", "a:b/c@0.2.0-draft.1", true);
        check("a:b/c@0.2.0-draft.1", "a:b/c@0.2.0-draft.2", false);
        check("a:b/c@0.2.0-draft.1", "a:b/c@0.2.0", false);
        check("a:b/c@0.2.0", "a:b/c@0.2.0-draft.1", false);
        check("a:b/c@0.2.0-draft.1", "a:b/d@0.2.0-draft.1", false);
        let draft = name("a:b/c@0.2.0-draft.1");
        assert_eq!(draft.to_string(), "a:b/c@0.2.0-draft.1");
        assert!(draft.is_draft() && !name("a:b/c@0.2.0").is_draft());
    }

    #[test]
    fn names_without_a_version_are_not_interfaces() {
        for text in [
            "run",
            "a:b/c",
            "a:b@0.1.0",
            "a:b/c@0.1",
            "a:b/c@0.1.0.0",
            "a:b/c@0.1.0-",
            "a:b/c@0.1-rc",
            "a:b/c@0.1.0-rc..1",
            "a:b/c@0.1.0-rc_1",
            "a:b/c@0.1.0+1",
            "a:b/c@0.1.0-rc+1",
        ] {
            assert_eq!(InterfaceName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nested_components_do_not_count() {
        let bytes = wat::parse_str(
            r#"(component (component (import "inner" (func))) (import "a:b/c@0.1.0" (instance)))"#,
        )
        .expect("test text is well-formed");
        let inspection = Inspection::of(&bytes).expect("valid");
        assert_eq!(inspection.imports, ["a:b/c@0.1.0"]);
    }

    #[test]
    fn imported_types_ask_for_nothing_but_imported_resources_do() {
        let bytes = wat::parse_str(
            r#"(component
                 (type $t string) (import "text" (type (eq $t)))
                 (import "file" (type (sub resource))))"#,
        )
        .expect("test text is well-formed");
        let inspection = Inspection::of(&bytes).expect("valid");
        assert_eq!(inspection.imports, ["file"]);
    }

    #[test]
    fn core_modules_and_garbage_are_refused() {
        let module = wat::parse_str("(module)").expect("test text is well-formed");
        for bytes in [&module[..], b"", b"\0asm", b"not wasm at all"] {
            assert!(matches!(
                Inspection::of(bytes),
                Err(LoadError::Invalid { .. })
            ));
        }
    }
}
