//! Writing backends: programs in, artifacts out.

use crate::bindings::compiling::exports::rtfs::backend::compiler;
use crate::error::nil;
use crate::export::map;
use rtfs_value::{Value, cbor};
use std::fmt;

/// A backend: turns a program into an artifact that a host stores and runs.
///
/// The artifact of a backend whose target is `wasm32-component` is a component that exports
/// `rtfs:module/dynamic`; [`crate::embed`] is an easy way to make one. For any other target there
/// must be an [`Executor`](crate::Executor).
///
/// ```
/// use rtfs_guest::{Backend, Diagnostic, Ir, Options, backend};
///
/// /// "Compiles" a program by keeping its encoding.
/// struct Keep;
///
/// impl Backend for Keep {
///     const TARGET_ID: &'static str = "rtfs-ir";
///     const NAME: &'static str = "keep";
///
///     fn version() -> &'static str {
///         "1.0.0"
///     }
///
///     fn compile(ir: &Ir<'_>, _options: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
///         if ir.bytes().len() > 1_000_000 {
///             return Err(vec![Diagnostic::too_large("more than 1 MB of IR")]);
///         }
///         Ok(ir.bytes().to_vec())
///     }
/// }
///
/// backend!(Keep);
///
/// # fn main() {
/// let ir = Ir::new(&[0x84, 0x01, 0x80, 0xf6, 0x80]);
/// assert!(Keep::compile(&ir, &Options::default()).is_ok());
/// # }
/// ```
pub trait Backend {
    /// What the artifacts are for: `wasm32-component`, or the name of an executor. At most 64
    /// characters of `a-z`, `0-9`, `-` and `.`.
    const TARGET_ID: &'static str;
    /// What people call it.
    const NAME: &'static str;

    /// Changes whenever the same program and options give other bytes.
    fn version() -> &'static str;

    /// Compiles a program. The same bytes and options give the same artifact, always.
    ///
    /// # Errors
    ///
    /// Why there is no artifact: at least one reason.
    fn compile(ir: &Ir<'_>, options: &Options) -> Result<Vec<u8>, Vec<Diagnostic>>;
}

/// The program that a backend is given: its canonical encoding, `lang/ir/ir.cddl`.
///
/// ```
/// # use rtfs_guest::Ir;
/// assert_eq!(Ir::new(&[1, 2]).bytes(), [1, 2]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ir<'a> {
    bytes: &'a [u8],
    #[cfg_attr(not(feature = "ir"), allow(dead_code, reason = "named when decoded"))]
    description: Option<&'a Value>,
}

impl<'a> Ir<'a> {
    /// A program by its bytes, for tests.
    ///
    /// ```
    /// # use rtfs_guest::Ir;
    /// assert!(Ir::new(&[]).bytes().is_empty());
    /// ```
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            description: None,
        }
    }

    fn with_options(bytes: &'a [u8], options: &'a Options) -> Self {
        Self {
            bytes,
            description: Some(&options.description),
        }
    }

    /// The encoding, not looked at yet.
    ///
    /// ```
    /// # use rtfs_guest::Ir;
    /// assert_eq!(Ir::new(&[0x84]).bytes(), [0x84]);
    /// ```
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The program, decoded and checked; parameters of exports have the names the host sent.
    ///
    /// # Errors
    ///
    /// One diagnostic of code `invalid-ir`.
    ///
    /// ```
    /// # use rtfs_guest::Ir;
    /// let diagnostics = Ir::new(b"no program").program().unwrap_err();
    /// assert_eq!(diagnostics[0].code, "invalid-ir");
    /// ```
    #[cfg(feature = "ir")]
    pub fn program(&self) -> Result<rtfs_ir::Program, Vec<Diagnostic>> {
        let decoded = rtfs_ir::Program::decode(self.bytes);
        let mut program =
            decoded.map_err(|error| vec![Diagnostic::invalid_ir(&error.to_string())])?;
        program.set_parameter_names(&self.parameter_names());
        Ok(program)
    }

    /// For each export the names of its parameters, the rest parameter last, as far as the host
    /// told them.
    #[cfg(feature = "ir")]
    fn parameter_names(&self) -> Vec<Vec<String>> {
        let about = self.description.and_then(Value::as_map);
        let exports = about.and_then(|about| about.get_keyword("exports")?.as_seq());
        let exports = exports.map(|exports| exports.iter().map(names_of_export));
        exports.map(Iterator::collect).unwrap_or_default()
    }
}

#[cfg(feature = "ir")]
fn names_of_export(export: &Value) -> Vec<String> {
    let name = |param: &Value| Some(param.as_seq()?.first()?.as_str()?.to_owned());
    let Some(export) = export.as_map() else {
        return Vec::new();
    };
    let params = export.get_keyword("params").and_then(Value::as_seq);
    let params = params.into_iter().flat_map(|params| params.iter());
    params
        .chain(export.get_keyword("rest"))
        .map_while(name)
        .collect()
}

/// How much of annotations is checked at run time.
///
/// ```
/// # use rtfs_guest::{Options, Validation};
/// assert_eq!(Options::default().validation, Validation::Standard);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// Only the kinds of values.
    Basic,
    /// Whole types, as annotations say.
    #[default]
    Standard,
    /// Everything.
    Strict,
}

#[cfg(feature = "ir")]
impl From<Validation> for rtfs_value::types::Level {
    fn from(validation: Validation) -> Self {
        match validation {
            Validation::Basic => Self::Basic,
            Validation::Standard => Self::Standard,
            Validation::Strict => Self::Strict,
        }
    }
}

/// What a compilation is told besides the program.
///
/// ```
/// # use rtfs_guest::Options;
/// let mut options = Options::default();
/// options.opt_level = 0;
/// assert!(options.description.is_nil());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// 0 for straightforward code, 1, or 2 for everything. Results never differ.
    pub opt_level: u8,
    /// What annotations check.
    pub validation: Validation,
    /// What the artifact has to answer to `describe`, but for `:backend`; nil when the host did not
    /// say. See [`Options::describe`].
    pub description: Value,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            opt_level: 2,
            validation: Validation::default(),
            description: Value::NIL,
        }
    }
}

impl Options {
    /// Reads the options as they cross. Unknown keys are skipped.
    ///
    /// # Errors
    ///
    /// A diagnostic of code `failed` for values that no option has.
    ///
    /// ```
    /// # use rtfs_guest::{Map, Options, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::keyword("opt-level"), Value::int(1)).unwrap();
    /// let options = Options::from_value(&map.into_value()).unwrap();
    /// assert_eq!(options.opt_level, 1);
    /// ```
    pub fn from_value(value: &Value) -> Result<Self, Diagnostic> {
        let refused = |what: &str| Diagnostic::failed(&format!("the options have no valid {what}"));
        let map = value.as_map().ok_or_else(|| refused("map"))?;
        let mut options = Self::default();
        if let Some(level) = map.get_keyword("opt-level") {
            let level = level.as_int().and_then(|level| u8::try_from(level).ok());
            let level = level.filter(|level| *level <= 2);
            options.opt_level = level.ok_or_else(|| refused("`:opt-level`"))?;
        }
        if let Some(validation) = map.get_keyword("validation") {
            options.validation = match validation.as_keyword() {
                Some("basic") => Validation::Basic,
                Some("standard") => Validation::Standard,
                Some("strict") => Validation::Strict,
                _ => return Err(refused("`:validation`")),
            };
        }
        if let Some(description) = map.get_keyword("description") {
            if description.as_map().is_none() && !description.is_nil() {
                return Err(refused("`:description`"));
            }
            options.description = description.clone();
        }
        Ok(options)
    }

    /// The value of `describe` for an artifact that `backend` (name and version) made: what the
    /// host wants to hear. `None` when it did not say.
    ///
    /// ```
    /// # use rtfs_guest::{Map, Options, Value};
    /// let mut options = Options::default();
    /// assert!(options.describe("example 1.0").is_none());
    /// options.description = Map::new().into_value();
    /// let about = options.describe("example 1.0").unwrap();
    /// let backend = about.as_map().and_then(|about| about.get_keyword("backend"));
    /// assert_eq!(backend.and_then(Value::as_str), Some("example 1.0"));
    /// ```
    pub fn describe(&self, backend: &str) -> Option<Value> {
        let wanted = self.description.as_map()?;
        let mut about = rtfs_value::Map::new();
        let backend = (Value::keyword("backend"), Value::string(backend));
        let others = wanted.iter().filter(|(key, _)| *key != &backend.0);
        let others = others.map(|(key, value)| (key.clone(), value.clone()));
        let others: Vec<(Value, Value)> = others.collect();
        for (key, value) in std::iter::once(backend).chain(others) {
            about.assoc(key, value).ok()?;
        }
        Some(about.into_value())
    }

    /// As [`Options::describe`], and worked out from the program where the host did not say.
    ///
    /// ```
    /// # use rtfs_guest::{Ir, Options, Value};
    /// let program = Ir::new(&[0x84, 1, 0x80, 0xf6, 0x80]).program().unwrap();
    /// let about = Options::default().describe_program(&program, "example 1.0");
    /// assert!(about.as_map().and_then(|about| about.get_keyword("exports")).is_some());
    /// ```
    #[cfg(feature = "ir")]
    pub fn describe_program(&self, program: &rtfs_ir::Program, backend: &str) -> Value {
        self.describe(backend).unwrap_or_else(|| {
            rtfs_ir::Description::of(program, self.validation.into()).to_value(backend)
        })
    }
}

/// Why there is no artifact.
///
/// ```
/// # use rtfs_guest::Diagnostic;
/// let diagnostic = Diagnostic::unsupported("maps").at_node(12);
/// assert_eq!(diagnostic.to_string(), "this backend does not support maps");
/// assert_eq!(diagnostic.node, Some(12));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `unsupported`, `invalid-ir`, `too-large` or `failed`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The IR node it is about, if it is about a single one.
    pub node: Option<u32>,
}

impl Diagnostic {
    /// The program is fine, this backend does not have what it needs. The host uses another one.
    ///
    /// ```
    /// # use rtfs_guest::Diagnostic;
    /// assert_eq!(Diagnostic::unsupported("maps").code, "unsupported");
    /// ```
    pub fn unsupported(what: &str) -> Self {
        let message = format!("this backend does not support {what}");
        Self::new("unsupported", &message)
    }

    /// The bytes are no program of a version that this backend knows.
    ///
    /// ```
    /// # use rtfs_guest::Diagnostic;
    /// assert_eq!(Diagnostic::invalid_ir("version 9").code, "invalid-ir");
    /// ```
    pub fn invalid_ir(message: &str) -> Self {
        Self::new("invalid-ir", message)
    }

    /// The artifact would be larger than the target allows.
    ///
    /// ```
    /// # use rtfs_guest::Diagnostic;
    /// assert_eq!(Diagnostic::too_large("…").code, "too-large");
    /// ```
    pub fn too_large(message: &str) -> Self {
        Self::new("too-large", message)
    }

    /// Anything else, such as a defect.
    ///
    /// ```
    /// # use rtfs_guest::Diagnostic;
    /// assert_eq!(Diagnostic::failed("…").code, "failed");
    /// ```
    pub fn failed(message: &str) -> Self {
        Self::new("failed", message)
    }

    /// The same diagnostic, about a node of the program.
    ///
    /// ```
    /// # use rtfs_guest::Diagnostic;
    /// assert_eq!(Diagnostic::failed("…").at_node(3).node, Some(3));
    /// ```
    #[must_use]
    pub fn at_node(mut self, node: u32) -> Self {
        self.node = Some(node);
        self
    }

    fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            node: None,
        }
    }

    fn leave(self) -> compiler::Diagnostic {
        compiler::Diagnostic {
            code: self.code,
            message: self.message,
            node: self.node.unwrap_or(u32::MAX),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// Compiles from options and program as they cross.
pub(crate) fn compile<B: Backend>(ir: &[u8], options: &Value) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let options = Options::from_value(options).map_err(|diagnostic| vec![diagnostic])?;
    B::compile(&Ir::with_options(ir, &options), &options)
}

/// The type that `backend!` exports.
pub struct Compiler<B>(std::marker::PhantomData<B>);

impl<B: Backend + 'static> compiler::Guest for Compiler<B> {
    fn target_id() -> String {
        B::TARGET_ID.to_owned()
    }

    fn describe() -> Vec<u8> {
        let about = map([
            ("name", Value::string(B::NAME)),
            ("version", Value::string(B::version())),
        ]);
        cbor::encode(&about).unwrap_or_else(|_| nil())
    }

    fn compile(ir: Vec<u8>, options: Vec<u8>) -> Result<Vec<u8>, Vec<compiler::Diagnostic>> {
        let compiled = cbor::decode(&options)
            .map_err(|error| vec![Diagnostic::failed(&format!("the options: {error}"))])
            .and_then(|options| compile::<B>(&ir, &options));
        compiled.map_err(|diagnostics| {
            let given = diagnostics.into_iter().map(Diagnostic::leave);
            let mut diagnostics: Vec<_> = given.collect();
            if diagnostics.is_empty() {
                let nothing = Diagnostic::failed("the backend failed without saying why");
                diagnostics.push(nothing.leave());
            }
            diagnostics
        })
    }
}

/// Makes a component of a type that implements [`Backend`](trait@crate::Backend). Use it once per
/// crate. There is an example at [`Backend`](trait@crate::Backend).
///
/// ```
/// # use rtfs_guest::{Backend, Diagnostic, Ir, Options, backend};
/// struct Never;
///
/// impl Backend for Never {
///     const TARGET_ID: &'static str = "wasm32-component";
///     const NAME: &'static str = "never";
///
///     fn version() -> &'static str {
///         "1.0.0"
///     }
///
///     fn compile(_: &Ir<'_>, _: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
///         Err(vec![Diagnostic::unsupported("any program")])
///     }
/// }
///
/// backend!(Never);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! backend {
    ($backend:ty) => {
        // Natively, in tests, there is no component to export.
        #[cfg(not(target_family = "wasm"))]
        const _: fn() -> &'static str = <$backend as $crate::Backend>::version;

        #[cfg(target_family = "wasm")]
        const _: () = {
            type RtfsCompiler = $crate::__private::Compiler<$backend>;
            $crate::__private::export_backend!(
                RtfsCompiler with_types_in $crate::bindings::compiling
            );
        };
    };
}

/// An empty map, for defaults in tests.
#[cfg(test)]
fn no_options() -> Value {
    rtfs_value::Map::new().into_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silent;

    impl Backend for Silent {
        const TARGET_ID: &'static str = "nothing";
        const NAME: &'static str = "silent";

        fn version() -> &'static str {
            "1"
        }

        fn compile(_: &Ir<'_>, _: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
            Err(Vec::new())
        }
    }

    fn option(key: &str, value: Value) -> Result<Options, Diagnostic> {
        Options::from_value(&map([(key, value)]))
    }

    #[test]
    fn absent_and_unknown_options_are_defaults() {
        assert_eq!(Options::from_value(&no_options()), Ok(Options::default()));
        let unknown = option("colour", Value::string("red"));
        assert_eq!(unknown, Ok(Options::default()));
    }

    #[test]
    fn options_that_no_host_sends_are_refused() {
        assert!(option("opt-level", Value::int(3)).is_err());
        assert!(option("opt-level", Value::int(-1)).is_err());
        assert!(option("validation", Value::string("strict")).is_err());
        assert!(option("description", Value::vector([])).is_err());
        assert!(Options::from_value(&Value::NIL).is_err());
    }

    #[test]
    fn a_failure_always_has_a_reason() {
        let options = cbor::encode(&no_options()).expect("a map");
        let failed = <Compiler<Silent> as compiler::Guest>::compile(Vec::new(), options);
        let reasons = failed.expect_err("it never compiles");
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].code, "failed");
        let failed = <Compiler<Silent> as compiler::Guest>::compile(Vec::new(), vec![0xff]);
        assert!(failed.is_err());
    }
}
