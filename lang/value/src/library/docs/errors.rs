//! Errors and the host.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "Exception.",
        "`throw` raises it. The name ends with a dot.",
        "(getMessage (Exception. \"late\"))                        ;=> \"late\"\n\
         (try (throw (Exception. \"late\")) (catch e (:message e)))  ;=> \"late\"\n\
         (:data (Exception. \"late\" {:by 3}))                     ;=> {:by 3}",
    ),
    (
        "RuntimeError.",
        "",
        "(try (throw (RuntimeError. \"odd\")) (catch RuntimeError e (getMessage e)))  ;=> \"odd\"",
    ),
    (
        "HostError.",
        "",
        "(try (throw (HostError. \"gone\")) (catch HostError e (getMessage e)))  ;=> \"gone\"",
    ),
    (
        "ValidationError.",
        "",
        "(try (throw (ValidationError. \"bad\")) (catch ValidationError e (:message e)))  ;=> \"bad\"",
    ),
    (
        "getMessage",
        "`(:message e)` gives the same.",
        "(try (/ 1 0) (catch e (getMessage e)))  ;=> \"Division by zero\"\n\
         (getMessage \"text\")                     ;=> !TypeError",
    ),
    (
        "error",
        "When the data is a map with a keyword under `:kind`, `catch` can ask for that keyword.",
        "(error \"too big\")                                         ;=> !ApplicationError \"too big\"\n\
         (try (error \"too big\" {:kind :limit :max 3})\n  \
           (catch :limit e (get (:data e) :max)))                  ;=> 3",
    ),
    (
        "throw",
        "An error value is raised as it is, a string as by `error`; of a map `:message` and \
         `:kind` count.",
        "(throw \"no\")                                        ;=> !ApplicationError \"no\"\n\
         (try (/ 1 0) (catch e (throw e)))                   ;=> !DivisionByZero\n\
         (try (throw {:message \"no\" :kind :denied}) (catch :denied e (:message e)))  ;=> \"no\"",
    ),
    (
        "call",
        "The capability is a keyword or a string. What it may do is for the host to decide; without \
         a grant every call is refused. Functions cannot be passed to the host.",
        "(call :shop.price \"tea\")   ;=> !UnknownCapability\n\
         (try (call :shop.price \"tea\") (catch HostError e (:kind e)))  ;=> :unknown-capability\n\
         (call :shop.price inc)      ;=> !TypeError",
    ),
];
