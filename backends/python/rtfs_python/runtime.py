"""The part of every module that no program changes: numbers, errors, values in and out.

A value is two WebAssembly values: a tag (i32) and a payload (i64). An operation that raises notes
the error in globals and gives the tag RAISED.
"""

from .skip import FIRST_TAG_NUMBER, MAX_FRAMES, add_skipping
from .wasm import EMPTY, F64, I32, I64, Function, Module

NIL, BOOL, INT, FLOAT, FUNCTION, RAISED = range(6)
# Kinds that arguments can have and no compiled function accepts.
FOREIGN = {
    "string": 6, "vector": 7, "keyword": 8, "symbol": 9, "list": 10, "map": 11, "timestamp": 12,
    "uuid": 13, "resource-handle": 14, "error": 15, "function": 16,
}
KINDS = {NIL: "nil", BOOL: "boolean", INT: "integer", FLOAT: "float"} | {
    tag: kind for kind, tag in FOREIGN.items()
}
N_TAGS = 17
TAGGED = ["keyword", "symbol", "list", "map", "timestamp", "uuid", "resource-handle", "error",
          "function"]
BINARY = [I32, I64, I32, I64, I32]
VALUE = [I32, I64]
NO_NODE = -1
SIGN = 1 << 63

ERRORS = {
    "TypeError": "type-error", "ArityMismatch": "arity-mismatch",
    "InvalidArgument": "invalid-argument", "DivisionByZero": "division-by-zero",
    "Overflow": "overflow", "StackOverflow": "stack-overflow",
    "TypeValidationError": "type-validation-error",
}


def add_runtime(m: Module) -> None:
    """Adds globals and functions that generated code uses."""
    for label, value in [("heap", None), ("heap_base", None), ("depth_used", 0),
                         ("depth_limit", 20_000), ("class", 0), ("message", 0), ("length", 0),
                         ("node", NO_NODE), ("n_frames", 0), ("pos", 0), ("end", 0), ("major", 0),
                         ("info", 0)]:
        m.global_(label, I32, value)
    m.global_("argument", I64, 0)
    m.align()
    m.frames = m.bytes_at(b"frames" + bytes(8 * MAX_FRAMES + 2))
    m.area = m.bytes_at(b"area" + bytes(60))
    for define in [memory, raising, numbers, comparing, dividing, heads, add_skipping, reading, writing, outcome]:
        define(m)


def static_error(m: Module, f: Function, error: str, text: str, node=NO_NODE) -> None:
    """Raises an error with a fixed text. `node` is a number, or a function that pushes it."""
    address, length = m.text(text)
    f.i32(error_class(m, error)).i32(address).i32(length)
    node() if callable(node) else f.i32(node)
    f.call("raise")


def error_class(m: Module, error: str) -> int:
    """Address of class and kind: two texts."""
    (class_at, class_length), (kind_at, kind_length) = m.text(error), m.text(ERRORS[error])
    words = [class_at, class_length, kind_at, kind_length]
    return m.bytes_at(b"".join(word.to_bytes(4, "little") for word in words))


def memory(m: Module) -> None:
    """The heap is emptied when a result has been read; within a call nothing is freed."""
    f = m.function("alloc", [I32], [I32])
    start = f.local(I32)
    f.gget("heap").i32(7).op("i32.add").i32(-8).op("i32.and").tee(start)
    f.get(0).op("i32.add").gset("heap")
    done = f.block()
    again = f.loop()
    f.gget("heap")
    f.code += b"\x3f\x00"  # memory.size
    f.i32(16).op("i32.shl").op("i32.le_s").br_if(done)
    f.i32(1)
    f.code += b"\x40\x00"  # memory.grow
    f.i32(-1).op("i32.ne").br_if(again)
    f.op("unreachable", "end", "end")
    f.get(start)

    f = m.function("realloc", [I32, I32, I32, I32], [I32])
    f.get(3).call("alloc")
    m.export("cabi_realloc", "realloc")

    f = m.function("post", [I32], [])
    f.gget("heap_base").gset("heap")

    f = m.function("copy", [I32, I32, I32], [I32])  # to, from, length: gives the end
    f.get(0, 1, 2)
    f.code += b"\xfc\x0a\x00\x00"  # memory.copy
    f.get(0, 2).op("i32.add")

    f = m.function("limits", [I32, I32], [])
    f.get(0).gset("depth_used").get(1).gset("depth_limit")


def raising(m: Module) -> None:
    f = m.function("raise", [I32, I32, I32, I32], [])  # class, text, length, node
    f.get(0).gset("class").get(1).gset("message").get(2).gset("length").get(3).gset("node")
    f.i32(0).gset("n_frames")

    f = m.function("note", [I32], [])  # the node, unless one is known
    f.gget("node").i32(NO_NODE).op("i32.eq").if_().get(0).gset("node").op("end")

    f = m.function("frame", [I32, I32], [])  # name, length
    at = f.local(I32)
    f.gget("n_frames").i32(MAX_FRAMES).op("i32.lt_s").if_()
    f.gget("n_frames").i32(8).op("i32.mul").i32(m.frames).op("i32.add").tee(at)
    f.get(0).memory("i32.store").get(at, 1).memory("i32.store", 4)
    f.gget("n_frames").i32(1).op("i32.add").gset("n_frames").op("end")

    # class, text before, length, number, text behind, length, node
    f = m.function("raise_counted", [I32, I32, I32, I32, I32, I32, I32], [])
    start, end, digits, rest = (f.local(I32) for _ in range(4))
    f.get(2).get(5).op("i32.add").i32(10).op("i32.add").call("alloc").tee(start)
    f.get(1, 2).call("copy").set(end)
    f.get(3).set(rest).i32(1).set(digits)
    done = f.block()
    again = f.loop()
    f.get(rest).i32(10).op("i32.lt_u").br_if(done)
    tenth(f, rest)
    f.set(rest).get(digits).i32(1).op("i32.add").set(digits).br(again).op("end", "end")
    f.get(end, digits).op("i32.add").tee(rest).set(end)
    done = f.block()
    again = f.loop()
    f.get(rest).i32(1).op("i32.sub").tee(rest)
    f.i32(48).get(3)
    tenth(f, 3)
    f.i32(10).op("i32.mul").op("i32.sub").op("i32.add").memory("i32.store8")
    tenth(f, 3)
    f.set(3).get(digits).i32(1).op("i32.sub").tee(digits).op("i32.eqz").br_if(done)
    f.br(again).op("end", "end")
    f.get(end, 4, 5).call("copy").set(end)
    f.get(0, start).get(end, start).op("i32.sub").get(6).call("raise")

    f = m.function("stack_overflow", [I32], [])
    before, n = m.text("Stack overflow: maximum recursion depth (")
    behind, k = m.text(") exceeded")
    f.i32(error_class(m, "StackOverflow")).i32(before).i32(n).gget("depth_limit")
    f.i32(behind).i32(k).get(0).call("raise_counted")


def tenth(f: Function, index: int) -> None:
    """An unsigned number divided by ten."""
    f.get(index).op("i64.extend_i32_u").i64(10).op("i64.div_u", "i32.wrap_i64")


def raised(f: Function) -> None:
    f.i32(RAISED).i64(0)


def both_are(f: Function, tag: int) -> None:
    f.get(0).i32(tag).op("i32.eq").get(2).i32(tag).op("i32.eq", "i32.and")


def is_number(f: Function, index: int) -> None:
    f.get(index).i32(INT).op("i32.eq").get(index).i32(FLOAT).op("i32.eq", "i32.or")


def both_are_numbers(f: Function) -> None:
    is_number(f, 0)
    is_number(f, 2)
    f.op("i32.and")


def as_float(f: Function, tag: int, payload: int) -> None:
    f.get(tag).i32(INT).op("i32.eq").if_(F64)
    f.get(payload).op("f64.convert_i64_s", "else").get(payload).op("f64.reinterpret_i64", "end")


def wrong_kind(m: Module, f: Function, operation: str, expected: str, node: int) -> None:
    """Raises for the first of two values (parameters 0 and 2) that is no number."""
    is_number(f, 0)
    f.if_(I32).get(2).op("else").get(0).op("end")
    f.i32(BOOL).op("i32.eq").if_()
    for tag in (BOOL, NIL):
        text = f"Type error in {operation}: expected {expected}, got {KINDS[tag]}"
        static_error(m, f, "TypeError", text, lambda: f.get(node))
        f.op("else" if tag == BOOL else "end")
    raised(f)


def checked(m: Module, f: Function, operation: str, result: int, overflowed) -> None:
    """The integer in `result`, unless `overflowed` pushes true."""
    overflowed()
    f.if_(m.pair())
    static_error(m, f, "Overflow", f"Integer overflow in {operation}", lambda: f.get(4))
    raised(f)
    f.op("else").i32(INT).get(result).op("end")


def numbers(m: Module) -> None:
    def signs(f, *pairs):
        def push():
            for a, b in pairs:
                f.get(a, b).op("i64.xor")
            f.op("i64.and").i64(0).op("i64.lt_s")
        return push

    def product_overflows(f, r):
        def push():
            f.get(1).op("i64.eqz").if_(I32).i32(0).op("else")
            f.get(1).i64(-1).op("i64.eq").if_(I32).get(3).i64(SIGN).op("i64.eq", "else")
            f.get(r, 1).op("i64.div_s").get(3).op("i64.ne", "end", "end")
        return push

    for label, operation, op in [("+", "+", "add"), ("-", "-", "sub"), ("*", "*", "mul"),
                                 ("inc", "inc", "add"), ("dec", "dec", "sub")]:
        f = m.function(label, BINARY, VALUE)
        r = f.local(I64)
        both_are(f, INT)
        f.if_(m.pair()).get(1, 3).op(f"i64.{op}").set(r)
        overflow = {"add": signs(f, (1, r), (3, r)), "sub": signs(f, (1, 3), (1, r)),
                    "mul": product_overflows(f, r)}[op]
        checked(m, f, operation, r, overflow)
        f.op("else")
        both_are_numbers(f)
        f.if_(m.pair()).i32(FLOAT)
        as_float(f, 0, 1)
        as_float(f, 2, 3)
        f.op(f"f64.{op}", "i64.reinterpret_f64", "else")
        wrong_kind(m, f, operation, "number", 4)
        f.op("end", "end")

    f = m.function("negate", [I32, I64, I32], VALUE)
    f.get(0).i32(FLOAT).op("i32.eq").if_(m.pair())
    f.i32(FLOAT).get(1).i64(SIGN).op("i64.xor", "else")
    f.i32(INT).i64(0).get(0, 1, 2).call("-").op("end")

    # A single operand must be a number and stays what it is.
    for operation, expected in [("+", "number"), ("*", "number"), ("<", "comparable types"),
                                ("<=", "comparable types"), (">", "comparable types"),
                                (">=", "comparable types")]:
        f = m.function(f"only {operation}", [I32, I64, I32], VALUE)
        is_number(f, 0)
        f.if_(m.pair()).get(0, 1).op("else").get(0, 1, 0, 1, 2).call(f"wrong {operation}").op("end")
        f = m.function(f"wrong {operation}", BINARY, VALUE)
        wrong_kind(m, f, operation, expected, 4)

    f = m.function("truthy", VALUE, [I32])
    f.get(0).i32(NIL).op("i32.eq").get(0).i32(BOOL).op("i32.eq").get(1).op("i64.eqz", "i32.and")
    f.op("i32.or", "i32.eqz")


def comparing(m: Module) -> None:
    """Order by mathematical value: -1, 0 or 1; 2 beside NaN."""
    f = m.function("sign", [I32, I32], [I32])  # less, greater
    f.get(1, 0).op("i32.sub")

    f = m.function("int_float", [I64, F64], [I32])
    whole, fraction = f.local(I64), f.local(F64)
    f.get(1, 1).op("f64.ne").if_(I32).i32(2).op("else")
    f.get(1).f64(2.0**63).op("f64.ge").if_(I32).i32(-1).op("else")
    f.get(1).f64(-(2.0**63)).op("f64.lt").if_(I32).i32(1).op("else")
    f.get(1).op("i64.trunc_f64_s").tee(whole).op("f64.convert_i64_s").set(fraction)
    f.get(1, fraction).op("f64.sub").set(fraction)
    f.get(0, whole).op("i64.eq").if_(I32)
    f.get(fraction).f64(0.0).op("f64.gt").get(fraction).f64(0.0).op("f64.lt").call("sign")
    f.op("else").get(0, whole).op("i64.lt_s").get(0, whole).op("i64.gt_s").call("sign")
    f.op("end", "end", "end", "end")

    f = m.function("order", [I32, I64, I32, I64], [I32])
    r, a, b = f.local(I32), f.local(F64), f.local(F64)
    both_are(f, INT)
    f.if_(I32).get(1, 3).op("i64.lt_s").get(1, 3).op("i64.gt_s").call("sign").op("else")
    f.get(0).i32(INT).op("i32.eq").if_(I32).get(1, 3).op("f64.reinterpret_i64").call("int_float")
    f.op("else")
    f.get(2).i32(INT).op("i32.eq").if_(I32)
    f.get(3, 1).op("f64.reinterpret_i64").call("int_float").tee(r)
    f.i32(2).op("i32.eq").if_(I32).i32(2).op("else").i32(0).get(r).op("i32.sub", "end", "else")
    f.get(1).op("f64.reinterpret_i64").set(a).get(3).op("f64.reinterpret_i64").set(b)
    f.get(a, a).op("f64.ne").get(b, b).op("f64.ne", "i32.or").if_(I32).i32(2).op("else")
    f.get(a, b).op("f64.lt").get(a, b).op("f64.gt").call("sign").op("end", "end", "end", "end")

    for operation, test in [("<", lambda f, r: f.get(r).i32(-1).op("i32.eq")),
                            ("<=", lambda f, r: f.get(r).i32(0).op("i32.le_s")),
                            (">", lambda f, r: f.get(r).i32(1).op("i32.eq")),
                            (">=", lambda f, r: f.get(r).i32(1).op("i32.le_s").get(r).i32(0)
                             .op("i32.lt_s", "i32.eqz", "i32.and"))]:
        f = m.function(operation, BINARY, VALUE)
        r = f.local(I32)
        both_are_numbers(f)
        f.if_(m.pair()).get(0, 1, 2, 3).call("order").set(r)
        f.i32(BOOL)
        test(f, r)
        f.op("i64.extend_i32_u", "else").get(0, 1, 2, 3, 4).call(f"wrong {operation}").op("end")

    f = m.function("=", BINARY, VALUE)  # 1 and 1.0 are not equal
    f.i32(BOOL)
    both_are(f, FLOAT)
    f.if_(I32).get(1).op("f64.reinterpret_i64").get(3).op("f64.reinterpret_i64", "f64.eq", "else")
    f.get(0, 2).op("i32.eq").get(1, 3).op("i64.eq", "i32.and", "end", "i64.extend_i32_u")


def dividing(m: Module) -> None:
    f = m.function("/", BINARY, VALUE)  # one step; "settle" ends a division
    both_are_numbers(f)
    f.op("i32.eqz").if_(m.pair())
    wrong_kind(m, f, "/", "number", 4)
    f.op("else")
    as_float(f, 2, 3)
    f.f64(0.0).op("f64.eq").if_(m.pair())
    static_error(m, f, "DivisionByZero", "Division by zero", lambda: f.get(4))
    raised(f)
    f.op("else")
    both_are(f, INT)
    f.if_(I32).get(3).i64(-1).op("i64.eq").if_(I32).i32(1).op("else")
    f.get(1, 3).op("i64.rem_s", "i64.eqz", "end", "else").i32(0).op("end")
    f.if_(m.pair())
    f.get(3).i64(-1).op("i64.eq").if_(m.pair())
    f.get(1).i64(SIGN).op("i64.eq").if_(m.pair())
    static_error(m, f, "Overflow", "Integer overflow in /", lambda: f.get(4))
    raised(f)
    f.op("else").i32(INT).i64(0).get(1).op("i64.sub", "end")
    f.op("else").i32(INT).get(1, 3).op("i64.div_s", "end", "else")
    f.i32(FLOAT)
    as_float(f, 0, 1)
    as_float(f, 2, 3)
    f.op("f64.div", "i64.reinterpret_f64", "end", "end", "end")

    f = m.function("settle", VALUE, VALUE)
    x = f.local(F64)
    f.get(0).i32(FLOAT).op("i32.eq").if_(m.pair())
    f.get(1).op("f64.reinterpret_i64").tee(x).op("f64.abs").f64(2.0**53).op("f64.lt").if_(m.pair())
    f.get(x).op("i64.trunc_f64_s", "f64.convert_i64_s").get(x).op("f64.eq").if_(m.pair())
    f.i32(INT).get(x).op("i64.trunc_f64_s", "else").get(0, 1).op("end")
    f.op("else").get(0, 1).op("end", "else").get(0, 1).op("end")


def heads(m: Module) -> None:
    """Reads one head of CBOR at `pos`; 0 when it is not canonical or ends too early."""
    f = m.function("head", [], [I32])
    first, size, i = f.local(I32), f.local(I32), f.local(I32)
    f.gget("pos").gget("end").op("i32.ge_u").if_().i32(0).op("return", "end")
    f.gget("pos").memory("i32.load8_u").tee(first).i32(5).op("i32.shr_u").gset("major")
    f.get(first).i32(31).op("i32.and").gset("info")
    f.gget("pos").i32(1).op("i32.add").gset("pos")
    f.gget("info").i32(24).op("i32.lt_u").if_()
    f.gget("info").op("i64.extend_i32_u").gset("argument").i32(1).op("return", "end")
    f.gget("info").i32(27).op("i32.gt_u").if_().i32(0).op("return", "end")
    f.i32(1).gget("info").i32(24).op("i32.sub", "i32.shl").set(size)
    f.gget("end").gget("pos").op("i32.sub").get(size).op("i32.lt_u").if_()
    f.i32(0).op("return", "end")
    f.i64(0).gset("argument")
    done = f.block()
    again = f.loop()
    f.get(i, size).op("i32.eq").br_if(done)
    f.gget("argument").i64(8).op("i64.shl").gget("pos").get(i).op("i32.add")
    f.memory("i32.load8_u").op("i64.extend_i32_u", "i64.or").gset("argument")
    f.get(i).i32(1).op("i32.add").set(i).br(again).op("end", "end")
    f.gget("pos").get(size).op("i32.add").gset("pos")
    f.gget("major").i32(7).op("i32.eq").if_().i32(1).op("return", "end")
    # The shortest form: what does not fit into half the bytes.
    f.get(size).i32(1).op("i32.eq").if_(I32).gget("argument").i64(24).op("i64.ge_u", "else")
    f.gget("argument").get(size).i32(4).op("i32.mul", "i64.extend_i32_u", "i64.shr_u", "i64.eqz")
    f.op("i32.eqz", "end")


def reading(m: Module) -> None:
    """A float's head was read: its bits; RAISED's tag when it has a shorter form."""
    f = m.function("float", [], VALUE)
    x, start, h = f.local(F64), f.local(I32), f.local(I32)
    f.gget("info").i32(27).op("i32.eq").if_().gget("argument").op("f64.reinterpret_i64").set(x)
    f.op("else").gget("info").i32(26).op("i32.eq").if_()
    f.gget("argument").op("i32.wrap_i64", "f32.reinterpret_i32", "f64.promote_f32").set(x).op("else")
    f.gget("argument").op("i32.wrap_i64").tee(h).i32(0x7FFF).op("i32.and").set(start)
    # (-1)^s: the sign is put back at the end. Below 2^-14, 24 bits of fraction count by 2^-24.
    f.get(start).i32(0x400).op("i32.lt_u").if_()
    f.get(start).op("i64.extend_i32_u", "f64.convert_i64_s").f64(2.0**-24).op("f64.mul").set(x)
    f.op("else")
    f.get(start).op("i64.extend_i32_u").i64(42).op("i64.shl")
    f.get(start).i32(0x7C00).op("i32.ge_u").if_((m.type([], [I64]),)).i64(0x7FF0 << 48 | 0).op("else")
    f.i64(1008 << 52).op("end", "i64.add", "f64.reinterpret_i64").set(x)
    f.get(start).i32(0x7C00).op("i32.eq").if_().f64(float("inf")).set(x).op("end")
    f.get(start).i32(0x7C00).op("i32.gt_u").if_().f64(float("nan")).set(x).op("end")
    f.op("end")
    f.get(h).i32(0x8000).op("i32.and").if_().get(x).op("f64.neg").set(x).op("end")
    f.op("end", "end")
    f.i32(FLOAT).get(x).op("i64.reinterpret_f64")

    f = m.function("is_float", [], [I32])  # its head was read; whether no shorter one would do
    x = f.local(F64)
    f.gget("info").i32(25).op("i32.sub").i32(3).op("i32.lt_u").if_(I32)
    f.call("float").op("f64.reinterpret_i64").tee(x).get(x).op("f64.ne").if_()
    f.gget("info").i32(25).op("i32.eq").gget("argument").i64(0x7E00).op("i64.eq", "i32.and")
    f.op("return", "end", "drop")
    f.i32(1).gget("info").i32(24).op("i32.sub", "i32.shl").i32(1).op("i32.add")
    f.call("float").call("write").gget("heap").call("since").op("i32.eq")
    f.op("else").i32(0).op("end")

    f = m.function("since", [I32, I32], [I32])  # length of what was written, which is given back
    f.get(1, 0).op("i32.sub").get(0).gset("heap")

    f = m.function("read", [], VALUE)  # one argument at `pos`; RAISED when it is no value
    start, tag = f.local(I32), f.local(I32)
    f.gget("pos").set(start)
    f.i32(0).call("is_value").op("i32.eqz").if_()
    raised(f)
    f.op("return", "end")
    end = f.local(I32)
    f.gget("pos").set(end).get(start).gset("pos").call("head").op("drop")
    f.gget("major").op("i32.eqz").if_().i32(INT).gget("argument").get(end).gset("pos")
    f.op("return", "end")
    f.gget("major").i32(1).op("i32.eq").if_().i32(INT).gget("argument").i64(-1).op("i64.xor")
    f.get(end).gset("pos").op("return", "end")
    f.gget("major").i32(7).op("i32.eq").if_()
    f.gget("info").i32(22).op("i32.eq").if_().i32(NIL).i64(0).op("return", "end")
    f.gget("info").i32(22).op("i32.lt_u").if_()
    f.i32(BOOL).gget("info").i32(20).op("i32.sub", "i64.extend_i32_u", "return", "end")
    f.call("float").op("return", "end")
    f.i32(FOREIGN["string"]).set(tag)
    f.gget("major").i32(4).op("i32.eq").if_().i32(FOREIGN["vector"]).set(tag).op("end")
    for index, kind in enumerate(TAGGED):
        f.gget("major").i32(6).op("i32.eq").gget("argument").i64(FIRST_TAG_NUMBER + index)
        f.op("i64.eq", "i32.and").if_().i32(FOREIGN[kind]).set(tag).op("end")
    f.get(end).gset("pos").get(tag).i64(0)


def writing(m: Module) -> None:
    f = m.function("byte", [I32], [])
    f.i32(1).call("alloc_byte").get(0).memory("i32.store8")

    f = m.function("alloc_byte", [I32], [I32])  # unaligned, for writing bytes in a row
    start = f.local(I32)
    f.gget("heap").set(start)
    f.i32(32).call("alloc").op("drop")
    f.get(start, 0).op("i32.add").gset("heap").get(start)

    f = m.function("bytes", [I64, I32], [])  # the low n bytes, big-endian
    done = f.block()
    again = f.loop()
    f.get(1).op("i32.eqz").br_if(done)
    f.get(1).i32(1).op("i32.sub").set(1)
    f.get(0, 1).i32(8).op("i32.mul", "i64.extend_i32_u", "i64.shr_u", "i32.wrap_i64")
    f.call("byte").br(again).op("end", "end")

    f = m.function("write_head", [I32, I64], [])  # major type << 5, argument
    f.get(1).i64(24).op("i64.lt_u").if_()
    f.get(0, 1).op("i32.wrap_i64", "i32.or").call("byte").op("return", "end")
    for info, size in ((24, 1), (25, 2), (26, 4)):
        f.get(1).i64(1 << 8 * size).op("i64.lt_u").if_()
        f.get(0).i32(info).op("i32.or").call("byte").get(1).i32(size).call("bytes")
        f.op("return", "end")
    f.get(0).i32(27).op("i32.or").call("byte").get(1).i32(8).call("bytes")

    f = m.function("write", VALUE, [I32])  # gives the address of what was written
    start = f.local(I32)
    f.gget("heap").set(start)
    f.get(0).i32(INT).op("i32.eq").if_()
    f.get(1).i64(0).op("i64.lt_s").if_().i32(0x20).get(1).i64(-1).op("i64.xor").call("write_head")
    f.op("else").i32(0).get(1).call("write_head").op("end", "else")
    f.get(0).i32(FLOAT).op("i32.eq").if_().get(1).call("write_float").op("else")
    f.get(0).i32(FUNCTION).op("i32.eq").if_()
    f.i32(0xC0).i64(27208).call("write_head").i32(0xF6).call("byte").op("else")
    f.get(0).i32(NIL).op("i32.eq").if_(I32).i32(0xF6).op("else")
    f.i32(0xF4).get(1).op("i32.wrap_i64", "i32.add", "end").call("byte").op("end", "end", "end")
    f.get(start)

    f = m.function("write_float", [I64], [])
    single, exponent, fraction, sign = (f.local(I32) for _ in range(4))
    x = f.local(F64)
    f.get(0).op("f64.reinterpret_i64").tee(x).get(x).op("f64.ne").if_()
    f.i32(0xF9).call("byte").i64(0x7E00).i32(2).call("bytes").op("return", "end")
    f.get(x).op("f32.demote_f64").op("i32.reinterpret_f32").tee(single)
    f.op("f32.reinterpret_i32", "f64.promote_f32").get(x).op("f64.ne").if_()
    f.i32(0xFB).call("byte").get(0).i32(8).call("bytes").op("return", "end")
    f.get(single).i32(23).op("i32.shr_u").i32(255).op("i32.and").set(exponent)
    f.get(single).i32(0x7FFFFF).op("i32.and").set(fraction)
    f.get(single).i32(16).op("i32.shr_u").i32(0x8000).op("i32.and").set(sign)

    def half(push):
        f.i32(0xF9).call("byte")
        push()
        f.get(sign).op("i32.or", "i64.extend_i32_u").i32(2).call("bytes").op("return", "end")

    f.get(exponent, fraction).op("i32.or", "i32.eqz").if_()
    half(lambda: f.i32(0))
    f.get(exponent).i32(255).op("i32.eq").if_()
    half(lambda: f.i32(0x7C00))
    f.get(exponent).i32(113).op("i32.sub").i32(30).op("i32.lt_u")
    f.get(fraction).i32(0x1FFF).op("i32.and", "i32.eqz", "i32.and").if_()
    half(lambda: f.get(exponent).i32(112).op("i32.sub").i32(10).op("i32.shl")
         .get(fraction).i32(13).op("i32.shr_u", "i32.or"))
    # Below 2^-14: the fraction with its hidden bit, shifted; nothing may be lost.
    f.get(exponent).i32(103).op("i32.sub").i32(10).op("i32.lt_u").if_()
    f.get(fraction).i32(0x800000).op("i32.or").set(fraction)
    f.i32(126).get(exponent).op("i32.sub").set(exponent)
    f.get(fraction).i32(1).get(exponent).op("i32.shl").i32(1).op("i32.sub", "i32.and", "i32.eqz")
    f.if_()
    half(lambda: f.get(fraction, exponent).op("i32.shr_u"))
    f.op("end")
    f.i32(0xFA).call("byte").get(single).op("i64.extend_i32_u").i32(4).call("bytes")


def outcome(m: Module) -> None:
    """A value or the noted error as `result<list<u8>, error>`."""
    f = m.function("answer", VALUE, [I32])
    start = f.local(I32)
    at = m.area
    f.get(0).i32(RAISED).op("i32.eq").if_(I32)
    f.i32(at).i32(1).memory("i32.store8")
    for word in range(4):  # class and kind
        f.i32(at).gget("class").memory("i32.load", 4 * word).memory("i32.store", 4 + 4 * word)
    nil = m.bytes_at(b"\xf6")
    for offset, push in [
        (20, lambda: f.gget("message")), (24, lambda: f.gget("length")),
        (28, lambda: f.i32(nil)), (32, lambda: f.i32(1)), (36, lambda: f.gget("node")),
        (40, lambda: f.i32(m.frames)), (44, lambda: f.gget("n_frames")),
    ]:
        f.i32(at)
        push()
        f.memory("i32.store", offset)
    f.i32(at).op("else")
    f.i32(at).i32(0).memory("i32.store8")
    f.get(0, 1).call("write").set(start)
    f.i32(at).get(start).memory("i32.store", 4)
    f.i32(at).gget("heap").get(start).op("i32.sub").memory("i32.store", 8)
    f.i32(at).op("end")
