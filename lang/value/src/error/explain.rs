//! What people are told about the kinds of errors that programs raise.

use super::ErrorKind;

/// A kind of errors, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The kind.
    pub kind: ErrorKind,
    /// What it means and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A program that raises it, in the notation of case files; empty where programs cannot.
    pub example: &'static str,
    /// The program as it is right; empty together with the example.
    pub fixed: &'static str,
}

/// The explanation of a class name such as `TypeError` or a kind keyword such as `:type-error`, in
/// any letter case.
pub fn explain(name: &str) -> Option<&'static KindInfo> {
    let name = name.strip_prefix(':').unwrap_or(name);
    let is_named = |kind: ErrorKind| {
        kind.class().eq_ignore_ascii_case(name) || kind.keyword().eq_ignore_ascii_case(name)
    };
    KINDS.iter().find(|info| is_named(info.kind))
}

macro_rules! kinds {
    ($($kind:ident $example:literal -> $fixed:literal $explanation:literal)*) => {
        /// Every kind, in the order of [`ErrorKind::ALL`].
        pub const KINDS: &[KindInfo] = &[
            $(KindInfo {
                kind: ErrorKind::$kind,
                explanation: $explanation,
                example: $example,
                fixed: $fixed,
            },)*
        ];
    };
}

kinds! {
    TypeError
    "(+ 1 \"2\") ;=> !TypeError" -> "(+ 1 (parse-int \"2\")) ;=> 3"
    "A function or form got a value of a kind it cannot work with. The text names the operation, \
     the kind it expects and the kind it got. Values are never converted silently: convert with \
     `str`, `parse-int`, `float` and the like, or look where the wrong value comes from. The \
     commonest wrong value is nil, from a key that is not in a map."

    UndefinedSymbol
    "(fliter odd? [1 2 3]) ;=> !UndefinedSymbol" -> "(filter odd? [1 2 3]) ;=> [1 3]"
    "A name was evaluated that nothing defines: no local name, definition, import, library function \
     or value of the host. Check the spelling. A definition must have been evaluated before the \
     name is used; inside functions later definitions are found too."

    SymbolNotFound
    "(module m (:exports [a]) (def a 1) (def b 2))\n(import m)\nm/b ;=> !SymbolNotFound" ->
    "(module m (:exports [a b]) (def a 1) (def b 2))\n(import m)\nm/b ;=> 2"
    "A name such as `m/x` was evaluated, but there is no module or alias `m` here, or it does not \
     export `x`. Import the module first, and list the name in its `:exports`."

    ArityMismatch
    "((fn [a b] (+ a b)) 1) ;=> !ArityMismatch" -> "((fn [a b] (+ a b)) 1 2) ;=> 3"
    "A function was called with a number of arguments it does not take. The text says how many it \
     expects: `2`, `at least 1` or `1 to 3`."

    InvalidArgument
    "(sqrt -1) ;=> !InvalidArgument" -> "(sqrt (abs -1)) ;=> 1.0"
    "An argument has the right kind, but a value that makes no sense here, such as a negative \
     number for `sqrt`, an empty collection for `reduce` without a first value, or a malformed \
     regular expression."

    DivisionByZero
    "(/ 10 0) ;=> !DivisionByZero" -> "(let [n 0] (if (zero? n) nil (/ 10 n))) ;=> nil"
    "The divisor of `/`, `mod`, `rem` or `quot` is 0 or 0.0. Test it first, or catch the error with \
     `ArithmeticException`."

    Overflow
    "(* 4611686018427387904 2) ;=> !Overflow" -> "(* 4611686018427387904.0 2) ;=> 9223372036854776000.0"
    "An integer result needs more than 64 bits. Integers never wrap around and never turn into \
     floats by themselves. Where digits may be lost, compute with floats."

    IndexOutOfBounds
    "(nth [10 20] 2) ;=> !IndexOutOfBounds" -> "(nth [10 20] 2 :none) ;=> :none"
    "An index is negative or not below the length. Indices begin at 0. Give `nth` a default, or use \
     `get`, which gives nil."

    KeyNotFound
    "(call :shop.stock \"tea\") ;=> !KeyNotFound" ->
    "(try (call :shop.stock \"tea\") (catch KeyNotFound e 0)) ;=> 0"
    "A host answered that it does not know a key. The library itself never raises this: `get` of a \
     missing key gives nil or its default."

    MatchError
    "(match 3 1 :one 2 :two) ;=> !MatchError" -> "(match 3 1 :one 2 :two _ :many) ;=> :many"
    "No clause of a `match` fits the value. Add a last clause with `_` for everything else."

    ModuleError
    "(module m (:exports [area]) (def width 2)) ;=> !ModuleError" ->
    "(module m (:exports [area]) (def area 2)) ;=> nil"
    "Something is wrong with a module: it exports a name that it does not define, modules import \
     each other in a circle, an import asks for a name that is not exported, or two imports bind \
     the same name. The text says which."

    ModuleNotFound
    "(import no.such.module) ;=> !ModuleNotFound" ->
    "(module my.module (:exports [a]) (def a 1))\n(import my.module)\nmy.module/a ;=> 1"
    "No module has the imported name. A module `a.b.c` is looked for in the program, then in the \
     file `a/b/c.rtfs` in the folder of the program."

    JsonError
    "(parse-json \"{'a': 1}\") ;=> !JsonError" -> "(parse-json \"{\\\"a\\\": 1}\") ;=> {\"a\" 1}"
    "A text is not JSON, or a value has no JSON text: functions, errors, NaN, infinities, nesting \
     beyond 512 levels, or a map in which two keys become the same text."

    StackOverflow
    "(defn sum-to [n] (if (= n 0) 0 (+ n (sum-to (- n 1)))))\n(sum-to 1000000) ;=> !StackOverflow" ->
    "(defn sum-to [n total] (if (= n 0) total (sum-to (- n 1) (+ total n))))\n(sum-to 1000000 0) ;=> 500000500000"
    "Too many calls wait for another call to return; the usual limit is 20,000. A call whose value \
     is used further has to wait. Carry the intermediate result along as a parameter, so that the \
     call is the last thing that happens (a tail call, which does not wait), or use `reduce`."

    InvalidProgram
    "(defmacro again [x] `(again ~x))\n(again 1) ;=> !InvalidProgram" ->
    "(defmacro once [x] `(inc ~x))\n(once 1) ;=> 2"
    "The program as a whole is not one that can run, for instance because its macros expand without \
     end."

    NotImplemented
    "(step \"load\" 1) ;=> !NotImplemented" -> "(do 1) ;=> 1"
    "The name belongs to the orchestration layer above this language (`step`, `step-if`, \
     `step-loop`, `step-parallel`, `llm-execute`, `plan` and others). It is reserved: a program may \
     define it itself, otherwise using it raises this error."

    Generic
    "(throw (RuntimeError. \"odd\")) ;=> !Generic" ->
    "(try (throw (RuntimeError. \"odd\")) (catch RuntimeError e (:message e))) ;=> \"odd\""
    "An error of running programs that has no kind of its own. `RuntimeError.` makes one."

    ApplicationError
    "(error \"too big\" {:kind :limit}) ;=> !ApplicationError" ->
    "(try (error \"too big\" {:kind :limit}) (catch :limit e (:message e))) ;=> \"too big\""
    "The program raised it, by `error` or `throw`. Its text, kind keyword and data are what the \
     program gave."

    TypeValidationError
    "((fn [n:int] n) \"1\") ;=> !TypeValidationError" -> "((fn [n:int] n) 1) ;=> 1"
    "A value does not fit the type that is written for a parameter, a result, a `let` name, a `def` \
     or a struct field. The text names the place, the path inside the value, the type that is \
     expected and what was found. Checks never convert: change the value or the type. Where it is \
     certain before the program runs, `rtfs run` and `rtfs check` refuse the program (E0201, \
     E0202)."

    UnknownCapability
    "(call :shop.price \"tea\") ;=> !UnknownCapability" ->
    "(try (call :shop.price \"tea\") (catch UnknownCapability e nil)) ;=> nil"
    "The host has no such capability. On the command line a program may call nothing unless it is \
     granted: `rtfs run --grant cap:ID`."

    SecurityViolation
    "(call :shop.order \"tea\") ;=> !SecurityViolation" ->
    "(try (call :shop.order \"tea\") (catch SecurityViolation e :denied)) ;=> :denied"
    "The host has the capability, but does not allow this program to call it. Grant it, or catch \
     the error and go on without. Macros may not call the host at all."

    NetworkError
    "(call :shop.price \"tea\") ;=> !NetworkError" ->
    "(try (call :shop.price \"tea\") (catch NetworkError e :unknown)) ;=> :unknown"
    "A capability could not reach something over the network. The host decides what counts as \
     that, and whether it has tried again."

    IoError
    "(call :notes.read \"today\") ;=> !IoError" ->
    "(try (call :notes.read \"today\") (catch IoError e \"\")) ;=> \"\""
    "A capability could not read or write."

    StorageError
    "(call :notes.save \"tea\") ;=> !StorageError" ->
    "(try (call :notes.save \"tea\") (catch StorageError e :not-saved)) ;=> :not-saved"
    "A capability could not store or find data."

    ResourceError
    "(call :pool.take 1) ;=> !ResourceError" ->
    "(try (call :pool.take 1) (catch ResourceError e nil)) ;=> nil"
    "A capability could not get a resource that it needs, or has none left."

    Host
    "(call :shop.price \"tea\") ;=> !HostError" ->
    "(try (call :shop.price \"tea\") (catch HostError e :unknown)) ;=> :unknown"
    "A capability failed for a reason that has no kind of its own. `(catch HostError e …)` takes \
     this and all other errors of hosts."

    BudgetExhausted
    "(range 20000000) ;=> !BudgetExhausted" -> "(count (range 1000000)) ;=> 1000000"
    "A limit was reached: fuel, memory, time, host calls, the size of a result, or the ten million \
     items that one `range` may have. Programs cannot catch it. Let the program do less, or raise \
     the limit: `--fuel`, `--memory`, `--timeout`."

    InternalError
    "" -> ""
    "A defect of RTFS itself, never of a program. Programs cannot catch it. Please report it \
     together with the program."
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_kind_is_explained() {
        let explained: Vec<ErrorKind> = KINDS.iter().map(|info| info.kind).collect();
        assert_eq!(explained, ErrorKind::ALL);
        for info in KINDS {
            assert_eq!(info.example.is_empty(), info.fixed.is_empty());
            assert!(!info.explanation.is_empty());
        }
    }

    #[test]
    fn kinds_are_found_by_class_and_by_keyword() {
        for info in KINDS {
            assert_eq!(explain(info.kind.class()), Some(info));
            assert_eq!(
                explain(&alloc::format!(":{}", info.kind.keyword())),
                Some(info)
            );
        }
        assert_eq!(
            explain("typeerror").map(|info| info.kind),
            Some(ErrorKind::TypeError)
        );
        assert_eq!(explain("E0001"), None);
    }
}
