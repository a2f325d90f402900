//! The table of all library functions.

use super::{Builtin, Imp, Next};
use super::{
    argument, arithmetic, combinator, comparison, failing, folding, grouping, json, kinds, making,
    mapping, number, path, reading, regex, sequence, sorting, text, text_case, updating,
};
use crate::{Error, Value};

/// Calls a macro with a row for every library function, in the order of [`BUILTINS`].
///
/// A row is `(id "name" Form module::function (min max) "section" "signature" "doc")`, where a
/// `max` of `_` is any number. `Form` is `Steps` for functions that call back, `HostCall` for
/// `call`, and something else for functions that compute at once. The function to call with
/// the arguments is [`entry`]`::id` (`call` has none).
///
/// ```
/// macro_rules! names {
///     ($( ($id:ident $name:literal $form:ident $($rest:tt)*) )*) => { [$( $name ),*] };
/// }
/// let names = rtfs_value::for_each_builtin!(names);
/// assert_eq!(names[0], "+");
/// ```
#[macro_export]
macro_rules! for_each_builtin {
    ($callback:ident) => {
        $callback! {
            // 9.2
            (sum "+" Many arithmetic::sum (1 _) "9.2" "(+ n n …)"
                "Sum.")
            (product "*" Many arithmetic::product (1 _) "9.2" "(* n n …)"
                "Product.")
            (difference "-" Many arithmetic::difference (1 _) "9.2" "(- n n …)"
                "Difference, from the left; of one number its negation.")
            (quotients "/" Many arithmetic::quotients (1 _) "9.2" "(/ n n …)"
                "Quotient, from the left; of one number 1 divided by it. An integral quotient is an integer.")
            (mod_ "mod" Two arithmetic::mod_ (2 2) "9.2" "(mod a b)"
                "Remainder with the sign of the dividend.")
            (rem "rem" Two arithmetic::rem (2 2) "9.2" "(rem a b)"
                "Remainder with the sign of the dividend.")
            (quot "quot" Two arithmetic::quot (2 2) "9.2" "(quot a b)"
                "Quotient without its fraction.")
            (inc "inc" One arithmetic::inc (1 1) "9.2" "(inc n)"
                "One more.")
            (dec "dec" One arithmetic::dec (1 1) "9.2" "(dec n)"
                "One less.")
            (max "max" Many arithmetic::max (1 _) "9.2" "(max n n …)"
                "The greatest number, the first of equal ones; NaN if there is any.")
            (min "min" Many arithmetic::min (1 _) "9.2" "(min n n …)"
                "The least number, the first of equal ones; NaN if there is any.")
            (abs "abs" One arithmetic::abs (1 1) "9.2" "(abs n)"
                "Magnitude.")
            (sqrt "sqrt" One arithmetic::sqrt (1 1) "9.2" "(sqrt n)"
                "Square root, a float.")
            (pow "pow" Two arithmetic::pow (2 2) "9.2" "(pow base exponent)"
                "Power; an integer for integers with an exponent not below 0.")
            (factorial "factorial" One arithmetic::factorial (1 1) "9.2" "(factorial i)"
                "Product of the integers from 1 to i.")
            (is_even "even?" One number::even (1 1) "9.2" "(even? i)"
                "Whether an integral number is even.")
            (is_odd "odd?" One number::odd (1 1) "9.2" "(odd? i)"
                "Whether an integral number is odd.")
            (is_zero "zero?" One number::zero (1 1) "9.2" "(zero? n)"
                "Whether a number is 0.")
            (is_pos "pos?" One number::pos (1 1) "9.2" "(pos? n)"
                "Whether a number is above 0.")
            (is_neg "neg?" One number::neg (1 1) "9.2" "(neg? n)"
                "Whether a number is below 0.")
            (int "int" One number::int (1 1) "9.2" "(int x)"
                "Integer from a number, a boolean, a text or nil; 0 for anything else.")
            (float "float" One number::float (1 1) "9.2" "(float x)"
                "Float from a number, a boolean, a text or nil; 0.0 for anything else.")
            (parse_int "parse-int" One number::parse_int (1 1) "9.2" "(parse-int x)"
                "Integer from a text or number, else nil.")
            (parse_float "parse-float" One number::parse_float (1 1) "9.2" "(parse-float x)"
                "Float from a text or number, else nil.")
            // 9.3
            (eq "=" Many comparison::all_eq (1 _) "9.3" "(= x y …)"
                "Whether all are equal.")
            (not_eq "not=" Many comparison::not_all_eq (2 _) "9.3" "(not= x y …)"
                "Whether not all are equal.")
            (not_eq2 "!=" Two comparison::not_eq (2 2) "9.3" "(!= x y)"
                "Whether two values differ.")
            (lt "<" Many comparison::ascending (1 _) "9.3" "(< x y …)"
                "Whether numbers or strings ascend.")
            (le "<=" Many comparison::not_descending (1 _) "9.3" "(<= x y …)"
                "Whether numbers or strings never descend.")
            (gt ">" Many comparison::descending (1 _) "9.3" "(> x y …)"
                "Whether numbers or strings descend.")
            (ge ">=" Many comparison::not_ascending (1 _) "9.3" "(>= x y …)"
                "Whether numbers or strings never ascend.")
            (compare "compare" Two comparison::compare_values (2 2) "9.3" "(compare x y)"
                "-1, 0 or 1 by the total order of all values.")
            (not "not" One comparison::not (1 1) "9.3" "(not x)"
                "Whether a value is nil or false.")
            (and "and" Many comparison::and (0 _) "9.3" "(and x …)"
                "The first false argument, else the last; true without any.")
            (or "or" Many comparison::or (0 _) "9.3" "(or x …)"
                "The first true argument, else the last; false without any.")
            (identity "identity" One combinator::identity (1 1) "9.3" "(identity x)"
                "The argument.")
            (constantly "constantly" One combinator::constantly (1 1) "9.3" "(constantly x)"
                "A function that always gives x.")
            (comp "comp" Many combinator::comp (0 _) "9.3" "(comp f …)"
                "A function that applies the last function to its arguments and the others to the result.")
            (partial "partial" Many combinator::partial (1 _) "9.3" "(partial f x …)"
                "A function that puts these arguments before its own.")
            // 9.4
            (str "str" Many text::str (0 _) "9.4" "(str x …)"
                "The plain texts of the arguments, joined.")
            (length "length" One text::length (1 1) "9.4" "(length x)"
                "Number of characters, items or entries.")
            (string_length "string-length" One text::string_length (1 1) "9.4" "(string-length s)"
                "Number of characters.")
            (substring "substring" Many text::substring (2 3) "9.4" "(substring s start end?)"
                "The characters from start to before end.")
            (string_contains "string-contains" Two text::string_contains (2 2) "9.4" "(string-contains s part)"
                "Whether part occurs in s.")
            (string_contains_p "string-contains?" Two text::string_contains_p (2 2) "9.4" "(string-contains? s part)"
                "Whether part occurs in s.")
            (starts_with "starts-with?" Two text::starts_with (2 2) "9.4" "(starts-with? s part)"
                "Whether s begins with part.")
            (ends_with "ends-with?" Two text::ends_with (2 2) "9.4" "(ends-with? s part)"
                "Whether s ends with part.")
            (join "join" Two text::join (2 2) "9.4" "(join sep c)"
                "The plain texts of the items with sep between them.")
            (string_join "string-join" Two text::string_join (2 2) "9.4" "(string-join sep c)"
                "The plain texts of the items with sep between them.")
            (split "split" Two text::split (2 2) "9.4" "(split s sep)"
                "The parts between the separators; the characters when sep is empty.")
            (string_upper "string-upper" One text_case::string_upper (1 1) "9.4" "(string-upper s)"
                "The text in upper case.")
            (string_lower "string-lower" One text_case::string_lower (1 1) "9.4" "(string-lower s)"
                "The text in lower case.")
            (string_trim "string-trim" One text::string_trim (1 1) "9.4" "(string-trim s)"
                "The text without space around it.")
            (string_p "string-p" One kinds::is_string (1 1) "9.4" "(string-p x)"
                "Whether x is a string.")
            (re_find "re-find" Two regex::re_find (2 2) "9.4" "(re-find pattern s)"
                "The first match, or nil.")
            (re_matches "re-matches" Two regex::re_matches (2 2) "9.4" "(re-matches pattern s)"
                "The text if the pattern matches all of it, else nil.")
            (re_seq "re-seq" Two regex::re_seq (2 2) "9.4" "(re-seq pattern s)"
                "All matches that do not overlap.")
            // 9.5
            (vector "vector" Many making::vector (0 _) "9.5" "(vector x …)"
                "A vector of the arguments.")
            (list "list" Many making::list (0 _) "9.5" "(list x …)"
                "A list of the arguments.")
            (vec "vec" One making::vec (1 1) "9.5" "(vec c)"
                "A vector of the items.")
            (hash_map "hash-map" Many making::hash_map (0 _) "9.5" "(hash-map k v …)"
                "A map of the keys and values.")
            (get "get" Many reading::get (2 3) "9.5" "(get coll k default?)"
                "The value of a key or index, else the default.")
            (get_in "get-in" Many reading::get_in (2 3) "9.5" "(get-in coll path default?)"
                "The value at the end of a path of keys, else the default.")
            (nth "nth" Many reading::nth (2 3) "9.5" "(nth c i default?)"
                "The item at an index.")
            (first "first" One reading::first (1 1) "9.5" "(first c)"
                "The first item, or nil.")
            (last "last" One reading::last (1 1) "9.5" "(last c)"
                "The last item, or nil.")
            (rest "rest" One sequence::rest (1 1) "9.5" "(rest c)"
                "The items after the first.")
            (count "count" One reading::count (1 1) "9.5" "(count c)"
                "Number of items.")
            (empty "empty?" One reading::empty (1 1) "9.5" "(empty? c)"
                "Whether there is no item.")
            (contains "contains?" Two reading::contains (2 2) "9.5" "(contains? coll x)"
                "Whether a map has the key, a sequence the item, a string the part.")
            (keys "keys" One reading::keys (1 1) "9.5" "(keys m)"
                "The keys.")
            (vals "vals" One reading::vals (1 1) "9.5" "(vals m)"
                "The values.")
            (find "find" Two reading::find (2 2) "9.5" "(find m k)"
                "The key and its value as a vector, or nil.")
            (assoc "assoc" Many path::assoc (3 _) "9.5" "(assoc coll k v …)"
                "The map or vector with these values at these keys.")
            (assoc_in "assoc-in" Three path::assoc_in (3 3) "9.5" "(assoc-in coll path v)"
                "The collection with the value at the end of a path, made where it is missing.")
            (dissoc "dissoc" Many updating::dissoc (1 _) "9.5" "(dissoc m k …)"
                "The map without these keys.")
            (update "update" Steps combinator::update (3 _) "9.5" "(update coll k f x …)"
                "The collection with (f old x …) in place of the old value.")
            (update_in "update-in" Steps combinator::update_in (3 _) "9.5" "(update-in coll path f x …)"
                "The collection with (f old x …) at the end of a path.")
            (select_keys "select-keys" Two updating::select_keys (2 2) "9.5" "(select-keys m ks)"
                "The entries with these keys, in their order.")
            (merge "merge" Many updating::merge (1 _) "9.5" "(merge m …)"
                "All entries; of one key the last value.")
            (conj "conj" Many updating::conj (2 _) "9.5" "(conj coll x …)"
                "The collection with these items at its end.")
            (cons "cons" Two updating::cons (2 2) "9.5" "(cons x c)"
                "The items with a new first one.")
            (concat "concat" Many updating::concat (0 _) "9.5" "(concat c …)"
                "A vector of all items.")
            (into "into" Two updating::into (2 2) "9.5" "(into coll c)"
                "The first collection with the items of the second.")
            (subvec "subvec" Many sequence::subvec (2 3) "9.5" "(subvec v start end?)"
                "The items from start to before end.")
            (take "take" Two sequence::take (2 2) "9.5" "(take i c)"
                "The first i items.")
            (drop "drop" Two sequence::drop (2 2) "9.5" "(drop i c)"
                "The items after the first i.")
            (reverse "reverse" One sequence::reverse (1 1) "9.5" "(reverse c)"
                "The items in reverse order.")
            (distinct "distinct" One sequence::distinct (1 1) "9.5" "(distinct c)"
                "The items without repetitions.")
            (partition "partition" Two sequence::partition (2 2) "9.5" "(partition i c)"
                "Vectors of i items each; an incomplete last one is left out.")
            (range "range" Many making::range (1 3) "9.5" "(range end) (range start end step?)"
                "Numbers from start to before end.")
            (numbers "numbers" Two making::numbers (2 2) "9.5" "(numbers a b)"
                "The integers from a to b, both included.")
            (sort "sort" Steps sorting::sort (1 2) "9.5" "(sort f? c)"
                "The items in order, or in the order of a comparator; stable.")
            // 9.6
            (map "map" Steps mapping::map (2 _) "9.6" "(map f c …)"
                "The results of f for every item, or for the items of several collections together.")
            (map_indexed "map-indexed" Steps mapping::map_indexed (2 2) "9.6" "(map-indexed f c)"
                "The results of f for every index and item.")
            (filter "filter" Steps mapping::filter (2 2) "9.6" "(filter f c)"
                "The items that f is true for.")
            (remove "remove" Steps mapping::remove (2 2) "9.6" "(remove f c)"
                "The items that f is false for.")
            (reduce "reduce" Steps folding::reduce (2 3) "9.6" "(reduce f init? c)"
                "Combines all items from the left with f.")
            (every "every?" Steps folding::every (2 2) "9.6" "(every? f c)"
                "Whether f is true for all items.")
            (some_p "some?" Steps folding::some_p (2 2) "9.6" "(some? f c)"
                "Whether f is true for any item.")
            (some "some" Steps folding::some (2 2) "9.6" "(some f c)"
                "The first true result of f, or nil.")
            (apply "apply" Steps folding::apply (2 _) "9.6" "(apply f x … c)"
                "Calls f with the arguments and the items of the last.")
            (sort_by "sort-by" Steps sorting::sort_by (2 2) "9.6" "(sort-by f c)"
                "The items in the order of (f item); stable.")
            (group_by "group-by" Steps grouping::group_by (2 2) "9.6" "(group-by f c)"
                "A map from (f item) to vectors of items.")
            (frequencies "frequencies" One grouping::frequencies (1 1) "9.6" "(frequencies c)"
                "A map from item to count.")
            (partition_by "partition-by" Steps grouping::partition_by (2 2) "9.6" "(partition-by f c)"
                "Vectors of neighbours with equal (f item).")
            // 9.7
            (is_nil "nil?" One kinds::is_nil (1 1) "9.7" "(nil? x)"
                "Whether x is nil.")
            (is_bool "bool?" One kinds::is_bool (1 1) "9.7" "(bool? x)"
                "Whether x is a boolean.")
            (is_int "int?" One kinds::is_int (1 1) "9.7" "(int? x)"
                "Whether x is an integer.")
            (is_float "float?" One kinds::is_float (1 1) "9.7" "(float? x)"
                "Whether x is a float.")
            (is_string "string?" One kinds::is_string (1 1) "9.7" "(string? x)"
                "Whether x is a string.")
            (is_symbol "symbol?" One kinds::is_symbol (1 1) "9.7" "(symbol? x)"
                "Whether x is a symbol.")
            (is_keyword "keyword?" One kinds::is_keyword (1 1) "9.7" "(keyword? x)"
                "Whether x is a keyword.")
            (is_vector "vector?" One kinds::is_vector (1 1) "9.7" "(vector? x)"
                "Whether x is a vector.")
            (is_list "list?" One kinds::is_list (1 1) "9.7" "(list? x)"
                "Whether x is a list.")
            (is_map "map?" One kinds::is_map (1 1) "9.7" "(map? x)"
                "Whether x is a map.")
            (is_number "number?" One kinds::is_number (1 1) "9.7" "(number? x)"
                "Whether x is an integer or a float.")
            (is_fn "fn?" One kinds::is_fn (1 1) "9.7" "(fn? x)"
                "Whether x is a function; keywords are not.")
            (is_error "error?" One kinds::is_error (1 1) "9.7" "(error? x)"
                "Whether x is an error.")
            (is_timestamp "timestamp?" One kinds::is_timestamp (1 1) "9.7" "(timestamp? x)"
                "Whether x is a timestamp.")
            (is_uuid "uuid?" One kinds::is_uuid (1 1) "9.7" "(uuid? x)"
                "Whether x is a uuid.")
            (type_name "type-name" One kinds::type_name (1 1) "9.7" "(type-name x)"
                "The name of the kind.")
            (keyword "keyword" One kinds::keyword (1 1) "9.7" "(keyword x)"
                "The keyword with this name.")
            (symbol "symbol" One kinds::symbol (1 1) "9.7" "(symbol x)"
                "The symbol with this name.")
            (name "name" One kinds::name (1 1) "9.7" "(name x)"
                "The text of a keyword, symbol or string.")
            // 9.8
            (serialize_json "serialize-json" One json::serialize (1 1) "9.8" "(serialize-json x)"
                "JSON text without spaces, keys sorted.")
            (tool_serialize_json "tool/serialize-json" One json::serialize (1 1) "9.8" "(tool/serialize-json x)"
                "JSON text without spaces, keys sorted.")
            (serialize_json_pretty "serialize-json-pretty" One json::serialize_pretty (1 1) "9.8" "(serialize-json-pretty x)"
                "JSON text with indentation, keys sorted.")
            (tool_serialize_json_pretty "tool/serialize-json-pretty" One json::serialize_pretty (1 1) "9.8" "(tool/serialize-json-pretty x)"
                "JSON text with indentation, keys sorted.")
            (parse_json "parse-json" One json::parse (1 1) "9.8" "(parse-json s)"
                "The value of a JSON text.")
            (tool_parse_json "tool/parse-json" One json::tool_parse (1 1) "9.8" "(tool/parse-json s)"
                "The value of a JSON text.")
            // 9.9
            (exception "Exception." Many failing::exception (1 _) "9.9" "(Exception. message data?)"
                "An error value; does not raise it.")
            (runtime_error "RuntimeError." Many failing::runtime_error (1 2) "9.9" "(RuntimeError. message data?)"
                "An error value of this family; does not raise it.")
            (host_error "HostError." Many failing::host_error (1 2) "9.9" "(HostError. message data?)"
                "An error value of this family; does not raise it.")
            (validation_error "ValidationError." Many failing::validation_error (1 2) "9.9" "(ValidationError. message data?)"
                "An error value of this family; does not raise it.")
            (get_message "getMessage" One failing::get_message (1 1) "9.9" "(getMessage e)"
                "The message of an error.")
            (error "error" Many failing::error (1 2) "9.9" "(error message data?)"
                "Raises an error of the program.")
            (throw "throw" One failing::throw (1 1) "9.9" "(throw x)"
                "Raises an error, or an error of the program made of x.")
            (call "call" HostCall call::check_call (1 _) "8.2" "(call capability x …)"
                "Asks the host to perform a capability.")
        }
    };
}

macro_rules! max {
    (_) => {
        None
    };
    ($max:literal) => {
        Some($max)
    };
}

macro_rules! imp {
    ($id:ident HostCall) => {
        Imp::HostCall
    };
    ($id:ident Steps) => {
        Imp::Steps(entry::$id)
    };
    ($id:ident $form:ident) => {
        Imp::Plain(entry::$id)
    };
}

macro_rules! builtins {
    ($( ($id:ident $name:literal $form:ident $module:ident::$function:ident
        ($min:literal $max:tt) $section:literal $signature:literal $doc:literal) )*) => {
        /// All library functions.
        pub static BUILTINS: &[Builtin] = &[$( Builtin {
            name: $name,
            min: $min,
            max: max!($max),
            imp: imp!($id $form),
            doc: $doc,
            section: $section,
            signature: $signature,
        } ),*];
    };
}

for_each_builtin!(builtins);

macro_rules! entry_function {
    ($id:ident HostCall $path:path, $doc:literal) => {};
    ($id:ident Steps $path:path, $doc:literal) => {
        #[doc = $doc]
        ///
        /// # Errors
        /// See the language reference.
        pub fn $id(args: &mut [Value]) -> Result<Next, Error> {
            $path(args)
        }
    };
    ($id:ident $form:ident $path:path, $doc:literal) => {
        #[doc = $doc]
        ///
        /// # Errors
        /// See the language reference.
        pub fn $id(args: &mut [Value]) -> Result<Value, Error> {
            entry_call!($form $path, args)
        }
    };
}

macro_rules! entry_call {
    (Many $path:path, $args:ident) => {
        $path($args)
    };
    (One $path:path, $args:ident) => {
        $path(argument::take($args, 0))
    };
    (Two $path:path, $args:ident) => {
        $path(argument::take($args, 0), argument::take($args, 1))
    };
    (Three $path:path, $args:ident) => {
        $path(
            argument::take($args, 0),
            argument::take($args, 1),
            argument::take($args, 2),
        )
    };
}

macro_rules! entries {
    ($( ($id:ident $name:literal $form:ident $module:ident::$function:ident
        ($min:literal $max:tt) $section:literal $signature:literal $doc:literal) )*) => {
        $( entry_function!($id $form $module::$function, $doc); )*
    };
}

/// Every library function, to be called with checked argument counts.
pub mod entry {
    use super::*;

    for_each_builtin!(entries);
}
