//! The kinds a program can tell apart.

/// What `type-name` distinguishes.
///
/// ```
/// use rtfs_value::{Kind, Value};
///
/// let describe = |value: &Value| match value.kind() {
///     Kind::Nil => "nothing",
///     Kind::Vector | Kind::List => "several",
///     _ => "one",
/// };
/// assert_eq!(describe(&Value::list([])), "several");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `nil`
    Nil,
    /// `true`, `false`
    Boolean,
    /// 64-bit integer
    Integer,
    /// Double
    Float,
    /// String
    String,
    /// Keyword
    Keyword,
    /// Symbol
    Symbol,
    /// Vector
    Vector,
    /// List
    List,
    /// Map
    Map,
    /// Timestamp
    Timestamp,
    /// Uuid
    Uuid,
    /// Resource handle
    Resource,
    /// Closure, builtin or combination of either
    Function,
    /// Cell of a recursive binding; programs never see one
    Placeholder,
    /// Error value
    Error,
}

impl Kind {
    /// The text of `type-name` and of error messages.
    ///
    /// ```
    /// # use rtfs_value::Kind;
    /// assert_eq!(Kind::Resource.name(), "resource-handle");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::String => "string",
            Self::Keyword => "keyword",
            Self::Symbol => "symbol",
            Self::Vector => "vector",
            Self::List => "list",
            Self::Map => "map",
            Self::Timestamp => "timestamp",
            Self::Uuid => "uuid",
            Self::Resource => "resource-handle",
            Self::Function => "function",
            Self::Placeholder => "function-placeholder",
            Self::Error => "error",
        }
    }
}
