//! What lowering hands to the linker and to the component builder.

use rtfs_value::types::Type;

/// A lowered program: a core module that imports its runtime from `rt`, and what it exports.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    /// The core module, not yet linked.
    pub(crate) module: Vec<u8>,
    /// Export `k` of the component's `invoke` is item `k - 1`.
    pub(crate) exports: Vec<GeneratedExport>,
}

/// One exported top-level name.
#[derive(Clone, Debug)]
pub(crate) struct GeneratedExport {
    /// The RTFS name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: GeneratedKind,
}

/// A function or another value.
#[derive(Clone, Debug)]
pub(crate) enum GeneratedKind {
    /// The name's last definition is a function literal.
    Function(GeneratedFunction),
    /// Any other value: `invoke` with no arguments gives it.
    Value,
}

/// An exported function.
#[derive(Clone, Debug)]
pub(crate) struct GeneratedFunction {
    /// Core export of the direct entry `(p0 tag, p0 payload, …, [rest tag, payload], depth) ->
    /// (tag, payload)`; `None` when the function can only be reached through `call_export`
    /// (it has captures).
    pub(crate) entry: Option<String>,
    /// The core module exports `ensure_top (depth)`, which the direct entry's caller calls first:
    /// it runs the program's definitions once.
    pub(crate) after_definitions: bool,
    /// Fixed parameters.
    pub(crate) params: Vec<GeneratedParam>,
    /// Rest parameter; its type is the item type.
    pub(crate) rest: Option<GeneratedParam>,
    /// Result annotation.
    pub(crate) result: Option<Type>,
}

/// A parameter of an exported function.
#[derive(Clone, Debug)]
pub(crate) struct GeneratedParam {
    /// Source name; the 0-based index for pattern parameters.
    pub(crate) name: String,
    /// Annotation.
    pub(crate) ty: Option<Type>,
}
