//! The nodes of the IR: one tree per top-level form, names resolved to places.
//!
//! Every node has a [`NodeId`], unique in its [`Program`] and numbered in pre-order, so the nodes
//! of one top-level form have consecutive ids. Spans are not part of the IR: the program's
//! [`crate::SpanTable`] maps ids to source positions and travels beside it.
//!
//! Variables are places, not names. A [`Lambda`] (and each top-level form) owns a row of *slots*;
//! parameters come first. A closure reads what it captured by index. Where a variable can be read
//! by a closure that was made before the variable got its value (letrec groups, local
//! definitions), the slot holds a *cell*: see [`NodeKind::Scope`].

use rtfs_value::BuiltinId;
use rtfs_value::Value;
use rtfs_value::types::Type;

/// Identifies a node within its program.
///
/// ```
/// // (f 1)
/// # let forms = rtfs_syntax::read("(f 1)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let call = &program.forms[0].node;
/// assert_eq!(call.id, rtfs_ir::NodeId(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Index of a name in [`Program::globals`].
///
/// ```
/// // (def a 1) (def b a)
/// # let forms = rtfs_syntax::read("(def a 1) (def b a)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let b = rtfs_ir::GlobalId(1);
/// assert_eq!(program.globals[b.0 as usize].name, "b");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalId(pub u32);

/// Index of a slot in the innermost lambda or top-level form.
///
/// ```
/// // (let [x 1] x)
/// # let forms = rtfs_syntax::read("(let [x 1] x)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{NodeKind, Pattern, Slot};
///
/// let NodeKind::Let { bindings, .. } = &program.forms[0].node.kind else { panic!() };
/// assert_eq!(bindings[0].pattern, Pattern::Var(Slot(0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// A whole compilation unit.
///
/// ```
/// // (defn double [n] (* 2 n)) (double 21)
/// # let forms = rtfs_syntax::read("(defn double [n] (* 2 n)) (double 21)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{NodeKind, Program};
///
/// assert_eq!(program.globals[0].name, "double");
/// assert_eq!(program.forms.len(), 2);
/// assert!(matches!(program.forms[1].node.kind, NodeKind::Call { .. }));
///
/// // What a backend is given: names that nobody can observe are left out.
/// let given = Program::decode(&program.encode()).expect("the bytes are canonical");
/// assert_eq!(given.encode(), program.encode());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Every top-level (or module-level) name that the program defines, declares or redefines,
    /// in order of first appearance.
    pub globals: Vec<GlobalInfo>,
    /// Names and exports of the source module, when the program is one `module` form.
    pub module: Option<ModuleInfo>,
    /// Top-level forms in order. The program's value is the value of the last one.
    pub forms: Vec<TopForm>,
}

/// A top-level name.
///
/// ```
/// // (declare price [item:string] : :int) (defn double [n] (* 2 n))
/// # let forms = rtfs_syntax::read("(declare price [item:string] : :int) (defn double [n] (* 2 n))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let [price, double] = program.globals.as_slice() else { panic!() };
/// assert_eq!((price.definitions, double.definitions), (0, 1));
/// assert!(price.declared.is_some() && double.declared.is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalInfo {
    /// The source name (unqualified).
    pub name: String,
    /// How many `def`, `defn` or `defstruct` forms define it. 0 = only declared.
    pub definitions: u32,
    /// The declared signature, when a `declare` names it.
    pub declared: Option<Declaration>,
    /// The library function of the same name, visible until the first definition was evaluated.
    pub fallback: Option<BuiltinId>,
}

impl GlobalInfo {
    /// Whether the name belongs to a module that was linked into the program, as
    /// `acme.geometry/area` does. What a program defines itself has no such name.
    pub fn is_linked(&self) -> bool {
        crate::lower::split_qualified(&self.name).is_some()
    }
}

/// The signature of a `(declare name [params] : T)` form.
///
/// ```
/// // (declare price [item:string] : :int)
/// # let forms = rtfs_syntax::read("(declare price [item:string] : :int)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let price = program.globals[0].declared.as_ref().expect("it is declared");
/// assert_eq!(price.params[0].0, "item");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// Parameter names and types.
    pub params: Vec<(String, Type)>,
    /// Item type of the rest parameter, if there is one.
    pub rest: Option<Type>,
    /// Result type; `Any` when not written.
    pub result: Type,
    /// Capability ids allowed by the `:capabilities` metadata, sorted.
    pub capabilities: Vec<String>,
}

/// A source module's name and export list.
///
/// ```
/// // (module acme.prices (:exports [net]) (defn net [n] n) (defn gross [n] n))
/// # let forms = rtfs_syntax::read("(module acme.prices (:exports [net]) (defn net [n] n) (defn gross [n] n))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let module = program.module.as_ref().expect("it is a module");
/// assert_eq!(module.name, "acme.prices");
/// assert_eq!(module.exports, program.exports());
/// assert_eq!(module.exports.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleInfo {
    /// Dotted name.
    pub name: String,
    /// Exported globals in the order of the `:exports` vector.
    pub exports: Vec<GlobalId>,
}

/// One top-level form with the slots its own code uses.
///
/// ```
/// // (let [x 1] x)
/// # let forms = rtfs_syntax::read("(let [x 1] x)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let form = &program.forms[0];
/// assert_eq!(form.slots.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TopForm {
    /// The form.
    pub node: Node,
    /// Local variables outside any lambda, e.g. of a top-level `let`.
    pub slots: Vec<SlotInfo>,
}

/// A local variable.
///
/// ```
/// // (let [x 1] x)
/// # let forms = rtfs_syntax::read("(let [x 1] x)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let x = &program.forms[0].slots[0];
/// assert!(!x.cell);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SlotInfo {
    /// Source name, for people only: empty for hidden temporaries and after decoding, so nothing
    /// that is generated or observed may depend on it.
    pub name: String,
    /// The slot holds a cell: written by binding it, read through [`NodeKind::CellGet`].
    pub cell: bool,
}

/// An expression.
///
/// ```
/// // (+ 1 2)
/// # let forms = rtfs_syntax::read("(+ 1 2)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{Node, NodeKind};
///
/// fn constants(node: &Node) -> usize {
///     let mut n = 0;
///     rtfs_ir::each_node(node, &mut |it| n += usize::from(matches!(it.kind, NodeKind::Literal(_))));
///     n
/// }
/// assert_eq!(constants(&program.forms[0].node), 2);
/// ```
pub struct Node {
    /// Identity, for spans and error positions.
    pub id: NodeId,
    /// Static kind as noted by [`crate::optimise`], exact (`Float` is never an integer); `Any`
    /// where nothing is known. Not part of the canonical encoding.
    pub ty: Type,
    /// What it is.
    pub kind: NodeKind,
}

/// A value that needs no evaluation.
///
/// ```
/// # use rtfs_ir::Literal;
/// assert_eq!(Literal::Keyword("tea".to_owned()).value(), rtfs_value::Value::keyword("tea"));
/// assert_eq!(Literal::float(f64::NAN), Literal::float(-f64::NAN));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Literal {
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// 64-bit integer
    Int(i64),
    /// IEEE-754 double, as its bits so that equality is exact
    Float(u64),
    /// string
    Str(String),
    /// keyword, name without the colon
    Keyword(String),
    /// symbol (only through quote)
    Symbol(String),
    /// timestamp text
    Timestamp(String),
    /// uuid text
    Uuid(String),
    /// resource handle text
    Resource(String),
}

impl Literal {
    /// A float; one bit pattern stands for every NaN, so that encodings are canonical.
    pub fn float(value: f64) -> Literal {
        Literal::Float(if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            value.to_bits()
        })
    }

    /// The value.
    pub fn value(&self) -> Value {
        match self {
            Literal::Nil => Value::NIL,
            Literal::Bool(value) => Value::bool(*value),
            Literal::Int(value) => Value::int(*value),
            Literal::Float(bits) => Value::float(f64::from_bits(*bits)),
            Literal::Str(text) => Value::string(text),
            Literal::Keyword(name) => Value::keyword(name),
            Literal::Symbol(name) => Value::symbol(name),
            Literal::Timestamp(text) => Value::timestamp(text),
            Literal::Uuid(text) => Value::uuid(text),
            Literal::Resource(text) => Value::resource(text),
        }
    }
}

/// Quoted data.
///
/// ```
/// // (quote (a 1))
/// # let forms = rtfs_syntax::read("(quote (a 1))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{Datum, Literal, NodeKind};
///
/// let NodeKind::Quote(Datum::List(items)) = &program.forms[0].node.kind else { panic!() };
/// assert_eq!(items[1], Datum::Literal(Literal::Int(1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// A scalar.
    Literal(Literal),
    /// A list.
    List(Vec<Datum>),
    /// A vector.
    Vector(Vec<Datum>),
    /// A map in source order; keys are keyword, string or integer literals.
    Map(Vec<(Literal, Datum)>),
}

/// Where a local variable is read from.
///
/// ```
/// // (fn [x] (fn [y] x))
/// # let forms = rtfs_syntax::read("(fn [x] (fn [y] x))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{NodeKind, Place, Slot};
///
/// let NodeKind::Lambda(outer) = &program.forms[0].node.kind else { panic!() };
/// let mut inner = None;
/// rtfs_ir::each_node(&outer.body, &mut |node| {
///     if let NodeKind::Lambda(lambda) = &node.kind {
///         inner = Some(lambda);
///     }
/// });
/// let inner = inner.expect("it is in the body");
/// // Kept from the outer function's first slot, read as the inner one's first capture.
/// assert_eq!(inner.captures, [Place::Slot(Slot(0))]);
/// let mut read = None;
/// rtfs_ir::each_node(&inner.body, &mut |node| {
///     if let NodeKind::Var(place) = node.kind {
///         read = Some(place);
///     }
/// });
/// assert_eq!(read, Some(Place::Capture(0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A slot of the current lambda or top-level form.
    Slot(Slot),
    /// The n-th captured value of the current closure.
    Capture(u32),
    /// The closure that is running (a function binding that names itself).
    SelfFn,
}

/// The forms of the language after expansion.
///
/// ```
/// // (if true 1 2)
/// # let forms = rtfs_syntax::read("(if true 1 2)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{Literal, Node, NodeKind};
///
/// /// What a backend does: it asks each node what it is, and says of the rest that it is unsupported.
/// fn integer(node: &Node) -> Option<i64> {
///     match &node.kind {
///         NodeKind::Literal(Literal::Int(n)) => Some(*n),
///         NodeKind::If { test, then, otherwise } => match &test.kind {
///             NodeKind::Literal(Literal::Bool(true)) => integer(then),
///             NodeKind::Literal(Literal::Bool(false)) => integer(otherwise),
///             _ => None,
///         },
///         _ => None,
///     }
/// }
/// assert_eq!(integer(&program.forms[0].node), Some(1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A constant.
    Literal(Literal),
    /// `(quote …)` of compound data, and `()`.
    Quote(Datum),
    /// A local variable, captured value or the running closure.
    Var(Place),
    /// Reads the cell in a place; an empty cell raises `UndefinedSymbol` with this name.
    CellGet {
        /// Holds the cell.
        place: Place,
        /// For the message.
        name: String,
    },
    /// A top-level name, looked up when evaluated: its value, else the fallback builtin, else
    /// the host context, else `UndefinedSymbol`.
    Global(GlobalId),
    /// A library function as a value.
    Builtin(BuiltinId),
    /// A name nothing in the program defines: the host context, else `UndefinedSymbol`.
    Free(String),
    /// Evaluating it raises a new error, e.g. `NotImplemented` for a reserved name.
    Raise {
        /// Its kind.
        kind: rtfs_value::error::ErrorKind,
        /// Its full text, as in `Not implemented: step`.
        text: String,
    },
    /// `m/x`: export `symbol` of module or alias `module`, else `SymbolNotFound`.
    Qualified {
        /// Left of the first `/`.
        module: String,
        /// Right of it.
        symbol: String,
    },
    /// `(resource:ref "name")`, `@name`.
    ResourceRef(String),
    /// A top-level definition. Value: the defined value.
    Def {
        /// What it defines.
        global: GlobalId,
        /// Checked before binding, context `def NAME`.
        annotation: Option<Type>,
        /// The value.
        init: Box<Node>,
    },
    /// `(declare …)`; the signature is in [`GlobalInfo`]. Value: `nil`.
    Declare(GlobalId),
    /// A definition inside a function or `let` body. Value: the defined value.
    LocalDef {
        /// Receives the value (into its cell when the slot is one).
        slot: Slot,
        /// Name in messages (`def NAME`).
        name: String,
        /// Checked before binding, context `def NAME`.
        annotation: Option<Type>,
        /// The value.
        init: Box<Node>,
    },
    /// A closure.
    Lambda(Box<Lambda>),
    /// A call: head first, then arguments left to right, then application.
    Call {
        /// The called value.
        head: Box<Node>,
        /// Arguments in order.
        args: Vec<Node>,
    },
    /// `(if c a b)`; a missing else is a `Literal(Nil)` node.
    If {
        /// Condition.
        test: Box<Node>,
        /// Taken when the condition is true.
        then: Box<Node>,
        /// Taken otherwise.
        otherwise: Box<Node>,
    },
    /// Forms in order; the value of the last, `nil` when empty.
    Do(Vec<Node>),
    /// Makes fresh empty cells in these slots, then evaluates the body.
    Scope {
        /// Slots whose [`SlotInfo::cell`] is set.
        cells: Vec<Slot>,
        /// Runs with them.
        body: Box<Node>,
    },
    /// Sequential bindings, then the body.
    Let {
        /// In order.
        bindings: Vec<LetBinding>,
        /// Usually a [`NodeKind::Do`].
        body: Box<Node>,
    },
    /// `(match v …)`.
    Match {
        /// The matched value.
        value: Box<Node>,
        /// In order.
        clauses: Vec<MatchClause>,
    },
    /// `(try …)`.
    Try {
        /// Protected body.
        body: Box<Node>,
        /// In order.
        catches: Vec<CatchClause>,
        /// Runs at the end in any case.
        finally: Option<Box<Node>>,
    },
    /// `(and …)`, short-circuit.
    And(Vec<Node>),
    /// `(or …)`, short-circuit.
    Or(Vec<Node>),
    /// A vector expression.
    Vector(Vec<Node>),
    /// A map expression in source order.
    Map(Vec<(Literal, Node)>),
    /// `(for [s c …] body)`, leftmost slowest.
    For {
        /// Slot and collection of each binding.
        bindings: Vec<(Slot, Node)>,
        /// One item of the result.
        body: Box<Node>,
    },
    /// `(dotimes [i n] …)`.
    DoTimes {
        /// The counter.
        slot: Slot,
        /// How often.
        count: Box<Node>,
        /// Evaluated each time.
        body: Box<Node>,
    },
    /// Runtime hints in force while the body runs.
    HintScope {
        /// Key and value expression.
        hints: Vec<(String, Node)>,
        /// The form under them.
        body: Box<Node>,
    },
    /// A checked cast inserted by the checker; raises `TypeValidationError`.
    Cast {
        /// Checked value.
        value: Box<Node>,
        /// Required type.
        to: Type,
        /// Start of the message, e.g. `param x`.
        context: String,
    },
    /// `(defstruct …)`: evaluates to the constructor and defines the global.
    DefStruct {
        /// The constructor's name.
        global: GlobalId,
        /// Field name and type, in order.
        fields: Vec<(String, Type)>,
    },
    /// `(import …)`.
    Import(Import),
}

/// An `import` form.
///
/// ```
/// // (import acme.prices :as prices)
/// # let forms = rtfs_syntax::read("(import acme.prices :as prices)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::NodeKind;
///
/// // Nobody handed the program's text a loader, so the module is looked for when it runs.
/// let NodeKind::Import(import) = &program.forms[0].node.kind else { panic!() };
/// assert_eq!((import.module.as_str(), import.alias.as_deref()), ("acme.prices", Some("prices")));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Module name.
    pub module: String,
    /// `:as` name.
    pub alias: Option<String>,
    /// `:only` names.
    pub only: Option<Vec<String>>,
}

/// One binding of a `let`.
///
/// ```
/// // (let [x:int 1] x)
/// # let forms = rtfs_syntax::read("(let [x:int 1] x)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::NodeKind;
///
/// let NodeKind::Let { bindings, .. } = &program.forms[0].node.kind else { panic!() };
/// assert_eq!(bindings[0].name, "x");
/// assert!(bindings[0].annotation.is_some());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LetBinding {
    /// What is bound.
    pub pattern: Pattern,
    /// Name in messages (`let x`); for destructuring patterns the 0-based index of the binding.
    /// Only kept in encodings when there is an annotation.
    pub name: String,
    /// Checked on the whole value before destructuring, context `let NAME`.
    pub annotation: Option<Type>,
    /// The value.
    pub init: Node,
}

/// A binding or match pattern. `TypeError` texts of failing binding patterns are in
/// `rtfs_value::destructure`.
///
/// ```
/// // (match 1 n n)
/// # let forms = rtfs_syntax::read("(match 1 n n)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{NodeKind, Pattern, Slot};
///
/// let NodeKind::Match { clauses, .. } = &program.forms[0].node.kind else { panic!() };
/// assert_eq!(clauses[0].pattern, Pattern::Var(Slot(0)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `_`
    Wildcard,
    /// Binds the value.
    Var(Slot),
    /// `match` only: fits an equal value.
    Literal(Literal),
    /// `match` only: fits a value of the type.
    Type(Type),
    /// `match` only: `(:as name p)` and `(:int n)`.
    As(Slot, Box<Pattern>),
    /// `[p … & r :as all]`
    Sequence {
        /// Leading items.
        items: Vec<Pattern>,
        /// `& r`; `Some(None)` for `& _`.
        rest: Option<Option<Slot>>,
        /// `:as`
        whole: Option<Slot>,
    },
    /// A map pattern.
    Map {
        /// Named keys in order.
        entries: Vec<MapPatternEntry>,
        /// `& r`; `Some(None)` for `& _`.
        rest: Option<Option<Slot>>,
        /// `:as`
        whole: Option<Slot>,
    },
}

/// `key pattern` in a map pattern, with the default of `:or`.
///
/// ```
/// // (let [{:keys [name] :or {name "you"}} {}] name)
/// # let forms = rtfs_syntax::read("(let [{:keys [name] :or {name \"you\"}} {}] name)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{Literal, NodeKind, Pattern};
///
/// let NodeKind::Let { bindings, .. } = &program.forms[0].node.kind else { panic!() };
/// let Pattern::Map { entries, .. } = &bindings[0].pattern else { panic!() };
/// assert_eq!(entries[0].key, Literal::Keyword("name".to_owned()));
/// assert!(entries[0].default.is_some());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MapPatternEntry {
    /// Keyword, string or integer.
    pub key: Literal,
    /// Against the key's value, `nil` when missing (binding patterns).
    pub pattern: Pattern,
    /// Evaluated when the key is missing.
    pub default: Option<Node>,
}

/// `pattern [when guard] body`.
///
/// ```
/// // (match 1 0 :none n when (> n 0) :some _ :less)
/// # let forms = rtfs_syntax::read("(match 1 0 :none n when (> n 0) :some _ :less)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::NodeKind;
///
/// let NodeKind::Match { clauses, .. } = &program.forms[0].node.kind else { panic!() };
/// let guarded: Vec<bool> = clauses.iter().map(|clause| clause.guard.is_some()).collect();
/// assert_eq!(guarded, [false, true, false]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MatchClause {
    /// Tried in order.
    pub pattern: Pattern,
    /// Must be true too.
    pub guard: Option<Node>,
    /// The result.
    pub body: Node,
}

/// Which errors a `catch` takes.
///
/// ```
/// // (try 1 (catch TypeError e 2))
/// # let forms = rtfs_syntax::read("(try 1 (catch TypeError e 2))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{CatchSelector, NodeKind};
///
/// let NodeKind::Try { catches, .. } = &program.forms[0].node.kind else { panic!() };
/// assert!(matches!(catches[0].selector, CatchSelector::Kind(kind) if kind.class() == "TypeError"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum CatchSelector {
    /// Every catchable error.
    All,
    /// A family of the error model, e.g. `HostError`.
    Family(rtfs_value::error::Family),
    /// Exactly this kind, by class name.
    Kind(rtfs_value::error::ErrorKind),
    /// Errors whose kind keyword is this (no colon).
    Keyword(String),
}

/// A `catch` clause.
///
/// ```
/// // (try 1 (catch _ e 2))
/// # let forms = rtfs_syntax::read("(try 1 (catch _ e 2))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::NodeKind;
///
/// let NodeKind::Try { catches, .. } = &program.forms[0].node.kind else { panic!() };
/// assert!(catches[0].binding.is_some());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CatchClause {
    /// What it takes.
    pub selector: CatchSelector,
    /// Receives the error value.
    pub binding: Option<Slot>,
    /// The result.
    pub body: Node,
}

/// A function.
///
/// ```
/// // (defn add [a:int b & more] a)
/// # let forms = rtfs_syntax::read("(defn add [a:int b & more] a)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let add = program.function(program.exports()[0]).expect("it is a function");
/// assert_eq!(add.name.as_deref(), Some("add"));
/// assert_eq!((add.params.len(), add.rest.is_some()), (2, true));
/// // Parameters are the first slots.
/// assert_eq!(add.slots.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda {
    /// Defined or bound name; `None` prints as `fn` in messages and leaves no frame in `:stack`.
    pub name: Option<String>,
    /// Fixed parameters. Parameter `i` arrives in slot `i`.
    pub params: Vec<Param>,
    /// Rest parameter; arrives as a list in slot `params.len()`.
    pub rest: Option<RestParam>,
    /// Checked on the value when the call returns, context `fn return`.
    pub result: Option<Type>,
    /// Local variables, parameters first.
    pub slots: Vec<SlotInfo>,
    /// What the closure keeps, as places of the *enclosing* lambda or form, in order of first use.
    pub captures: Vec<Place>,
    /// Delegation hint, if the author wrote one.
    pub hint: Option<DelegationHint>,
    /// Usually a [`NodeKind::Do`].
    pub body: Node,
}

/// A fixed parameter.
///
/// ```
/// // (defn add [a:int [b c]] a)
/// # let forms = rtfs_syntax::read("(defn add [a:int [b c]] a)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let add = program.function(program.exports()[0]).expect("it is a function");
/// assert!(add.params[0].annotation.is_some() && add.params[0].pattern.is_none());
/// assert!(add.params[1].annotation.is_none() && add.params[1].pattern.is_some());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Name in messages (`param x`); for pattern parameters the 0-based index. Only observable,
    /// and only kept in encodings, when there is an annotation.
    pub name: String,
    /// Checked on the whole argument before destructuring.
    pub annotation: Option<Type>,
    /// Destructures the argument after all parameters arrived; `None` when it is a plain symbol.
    pub pattern: Option<Pattern>,
}

/// `& rest:T`.
///
/// ```
/// // (defn sum [& items:int] 0)
/// # let forms = rtfs_syntax::read("(defn sum [& items:int] 0)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let sum = program.function(program.exports()[0]).expect("it is a function");
/// assert_eq!(sum.rest.as_ref().map(|rest| rest.name.as_str()), Some("items"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RestParam {
    /// Source name.
    pub name: String,
    /// Checked on each item, context `variadic param item i`.
    pub annotation: Option<Type>,
}

/// Where the author wants a function to run.
///
/// ```
/// // (defn ^:delegation :local-model "m" f [x] x)
/// # let forms = rtfs_syntax::read("(defn ^:delegation :local-model \"m\" f [x] x)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::DelegationHint;
///
/// let f = program.function(program.exports()[0]).expect("it is a function");
/// assert_eq!(f.hint, Some(DelegationHint::LocalModel("m".to_owned())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DelegationHint {
    /// Never ask the decision engine.
    LocalPure,
    /// A model on this machine.
    LocalModel(String),
    /// A model elsewhere.
    RemoteModel(String),
}
