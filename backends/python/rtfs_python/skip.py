"""Skips one encoded value at `pos` and says whether it is one: canonical, whole, and as deep as allowed."""

from .wasm import I32, I64, Function, Module

MAX_DEPTH = 10_000
MAX_FRAMES = 50
FIRST_TAG_NUMBER = 27200
KEYWORD, SYMBOL, LIST, MAP, TIMESTAMP, UUID, RESOURCE, ERROR, FUNCTION = range(9)
UNSIGNED, NEGATIVE, TEXT, ARRAY, TAG, SIMPLE = 0, 1, 3, 4, 6, 7
NIL = 22


def add_skipping(m: Module) -> None:
    for define in [text, value, tagged, items, entries, error]:
        define(m)


def no(f: Function) -> Function:
    """Behind a condition: the function's answer is no when it holds."""
    return f.if_().i32(0).op("return", "end")


def byte(f: Function) -> Function:
    return f.gget("pos").memory("i32.load8_u")


def forward(f: Function) -> Function:
    return f.gget("pos").i32(1).op("i32.add").gset("pos")


def major_is_not(f: Function, major: int) -> Function:
    return f.gget("major").i32(major).op("i32.ne")


def remaining(f: Function) -> Function:
    return f.gget("end").gget("pos").op("i32.sub", "i64.extend_i32_u")


def text(m: Module) -> None:
    """A text's head was read: skips its bytes, which must be UTF-8 without surrogates."""
    f = m.function("is_text", [], [I32])
    end, first, more, low, high = (f.local(I32) for _ in range(5))
    no(remaining(f.gget("argument")).op("i64.gt_u"))
    f.gget("pos").gget("argument").op("i32.wrap_i64", "i32.add").set(end)
    done = f.block()
    again = f.loop()
    f.gget("pos").get(end).op("i32.ge_u").br_if(done)
    byte(f).set(first)
    forward(f)
    f.get(first).i32(0x80).op("i32.lt_u").br_if(again)
    f.i32(0x80).set(low).i32(0xBF).set(high)
    no(f.get(first).i32(0xC2).op("i32.sub").i32(0x33).op("i32.ge_u"))
    # Bytes that follow: one, and one more from 0xE0 on, and from 0xF0 on.
    f.i32(1).get(first).i32(0xE0).op("i32.ge_u", "i32.add")
    f.get(first).i32(0xF0).op("i32.ge_u", "i32.add").set(more)
    # What would have a shorter form, is a surrogate, or lies beyond the last character.
    for byte_, bound, at in [(0xE0, 0xA0, low), (0xED, 0x9F, high), (0xF0, 0x90, low), (0xF4, 0x8F, high)]:
        f.get(first).i32(byte_).op("i32.eq").if_().i32(bound).set(at).op("end")
    following = f.loop()
    no(f.gget("pos").get(end).op("i32.ge_u"))
    no(byte(f).get(low).op("i32.lt_u"))
    no(byte(f).get(high).op("i32.gt_u"))
    forward(f).i32(0x80).set(low).i32(0xBF).set(high)
    f.get(more).i32(1).op("i32.sub").tee(more).br_if(following).op("end")
    f.br(again).op("end", "end").i32(1)


def value(m: Module) -> None:
    f = m.function("is_value", [I32], [I32])  # collections around it
    no(f.call("head").op("i32.eqz"))
    f.gget("major").i32(NEGATIVE).op("i32.le_s").if_()
    f.gget("argument").i64(0).op("i64.ge_s", "return", "end")
    f.gget("major").i32(TEXT).op("i32.eq").if_().call("is_text").op("return", "end")
    f.gget("major").i32(ARRAY).op("i32.eq").if_()
    f.gget("argument").get(0).call("are_values").op("return", "end")
    f.gget("major").i32(TAG).op("i32.eq").if_()
    f.gget("argument").i64(FIRST_TAG_NUMBER).op("i64.sub").get(0).call("is_tagged")
    f.op("return", "end")
    no(major_is_not(f, SIMPLE))
    f.gget("info").i32(20).op("i32.sub").i32(3).op("i32.lt_u").if_().i32(1).op("return", "end")
    f.call("is_float")


def tagged(m: Module) -> None:
    f = m.function("is_tagged", [I64, I32], [I32])  # which tag, collections around it
    no(f.get(0).i64(FUNCTION).op("i64.gt_u"))
    no(f.call("head").op("i32.eqz"))
    f.get(0).i64(FUNCTION).op("i64.eq").if_()
    f.gget("major").i32(SIMPLE).op("i32.eq").gget("info").i32(NIL).op("i32.eq", "i32.and")
    f.op("return", "end")
    for tag, function in [(LIST, "are_values"), (MAP, "are_entries"), (ERROR, "is_error")]:
        f.get(0).i64(tag).op("i64.eq").if_()
        no(major_is_not(f, ARRAY))
        f.gget("argument").get(1).call(function).op("return", "end")
    no(major_is_not(f, TEXT))
    f.call("is_text")


def too_deep_or_too_many(f: Function) -> None:
    """Every item has at least one byte."""
    no(f.get(1).i32(MAX_DEPTH).op("i32.ge_u"))
    no(remaining(f.get(0)).op("i64.gt_u"))


def items(m: Module) -> None:
    f = m.function("are_values", [I64, I32], [I32])  # how many, collections around them
    too_deep_or_too_many(f)
    done = f.block()
    again = f.loop()
    f.get(0).op("i64.eqz").br_if(done)
    f.get(0).i64(1).op("i64.sub").set(0)
    f.get(1).i32(1).op("i32.add").call("is_value").br_if(again)
    f.i32(0).op("return", "end", "end").i32(1)


def entries(m: Module) -> None:
    """Keys are keywords, texts and integers. One encoding each, so equal keys have equal bytes."""
    f = m.function("are_entries", [I64, I32], [I32])  # keys and values, collections around them
    table, n, key, i, first = (f.local(I32) for _ in range(5))
    too_deep_or_too_many(f)
    no(f.get(0).op("i32.wrap_i64").i32(1).op("i32.and"))
    f.get(0).op("i32.wrap_i64").i32(2).op("i32.mul").call("alloc").set(table)
    done = f.block()
    again = f.loop()
    f.get(0).op("i64.eqz").br_if(done)
    f.get(0).i64(2).op("i64.sub").set(0)
    f.gget("pos").set(key)
    no(f.get(1).i32(1).op("i32.add").call("is_value").op("i32.eqz"))
    f.get(key).memory("i32.load8_u").i32(5).op("i32.shr_u").tee(first).i32(NEGATIVE).op("i32.gt_u")
    f.get(first).i32(TEXT).op("i32.ne", "i32.and").if_()
    # A keyword: its tag's three bytes are d9 6a 40.
    no(f.get(first).i32(TAG).op("i32.ne"))
    no(f.get(key).memory("i32.load8_u", 2).i32(FIRST_TAG_NUMBER & 0xFF).op("i32.ne"))
    f.op("end")
    f.i32(0).set(i)
    new = f.block()
    earlier = f.loop()
    f.get(i, n).op("i32.ge_u").br_if(new)
    f.get(table, i).i32(4).op("i32.mul", "i32.add").memory("i32.load").get(key).gget("pos")
    no(f.call("begins_with"))
    f.get(i).i32(1).op("i32.add").set(i).br(earlier).op("end", "end")
    f.get(table, n).i32(4).op("i32.mul", "i32.add").get(key).memory("i32.store")
    f.get(n).i32(1).op("i32.add").set(n)
    f.get(1).i32(1).op("i32.add").call("is_value").br_if(again)
    f.i32(0).op("return", "end", "end").i32(1)

    f = m.function("begins_with", [I32, I32, I32], [I32])  # address; other address and its end
    done = f.block()
    again = f.loop()
    f.get(1, 2).op("i32.ge_u").br_if(done)
    no(f.get(0).memory("i32.load8_u").get(1).memory("i32.load8_u").op("i32.ne"))
    for index in (0, 1):
        f.get(index).i32(1).op("i32.add").set(index)
    f.br(again).op("end", "end").i32(1)


def error(m: Module) -> None:
    """Class, kind, message; data; node or nil; names."""
    f = m.function("is_error", [I64, I32], [I32])  # how many fields, collections around them
    left = f.local(I64)

    def is_text():
        no(f.call("head").op("i32.eqz"))
        no(major_is_not(f, TEXT))
        return f.call("is_text").op("i32.eqz")

    too_deep_or_too_many(f)
    no(f.get(0).i64(6).op("i64.ne"))
    for _ in range(3):
        no(is_text())
    no(f.get(1).i32(1).op("i32.add").call("is_value").op("i32.eqz"))
    no(f.call("head").op("i32.eqz"))
    f.gget("major").i32(UNSIGNED).op("i32.eq").gget("argument").i64(0xFFFF_FFFF).op("i64.lt_u", "i32.and")
    f.gget("major").i32(SIMPLE).op("i32.eq").gget("info").i32(NIL).op("i32.eq", "i32.and", "i32.or")
    no(f.op("i32.eqz"))
    no(f.call("head").op("i32.eqz"))
    no(major_is_not(f, ARRAY))
    no(f.gget("argument").i64(MAX_FRAMES).op("i64.gt_u"))
    f.gget("argument").set(left)
    done = f.block()
    again = f.loop()
    f.get(left).op("i64.eqz").br_if(done)
    f.get(left).i64(1).op("i64.sub").set(left)
    no(is_text())
    f.br(again).op("end", "end").i32(1)
