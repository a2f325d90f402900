"""From a program to a core module."""

import struct

from .errors import unsupported
from .ir import Function as Defined
from .ir import Node, Program, Type
from .runtime import (BOOL, FLOAT, FUNCTION, INT, KINDS, N_TAGS, NIL, NO_NODE, RAISED, VALUE,
                      add_runtime, error_class, raised, static_error)
from .wasm import EMPTY, I32, I64, Function, Module

DYNAMIC = "rtfs:module/dynamic@0.1.0"
FOLDED = {"+": "only +", "*": "only *", "-": None, "/": None}
CHAINED = ("<", "<=", ">", ">=")


def lower(program: Program, description: bytes) -> bytes:
    """The core module of a program; it answers `describe` with `description`."""
    m = Module()
    add_runtime(m)
    for which, function in program.functions.items():
        _Body(m, program, function.name).function(which, function)
    tops = []
    for number, (slots, node) in enumerate(program.expressions):
        tops.append(f"top {number}")
        _Body(m, program, None).expression(tops[-1], slots, node)
    _run(m, program, tops)
    _invoke(m, program)
    _describe(m, description)
    for label, name in [("limits", "limits"), ("invoke", "invoke"), ("describe", "describe")]:
        m.export(f"{DYNAMIC}#{name}", label)
    m.export(f"cabi_post_{DYNAMIC}#invoke", "post")
    return m.encode()


class _Body:
    """Lowers one function or top-level expression. Its last parameter is the depth: how many
    further calls may be pending."""

    def __init__(self, m: Module, program: Program, name: str | None):
        self.m = m
        self.program = program
        self.name = name
        # The function whose result is checked: only itself can be called in its tail positions.
        self.checked: int | None = None

    def function(self, which: int, defined: Defined) -> None:
        params = VALUE * len(defined.params) + [I32]
        self.start(f"fn {which}", params, defined.slots, len(defined.params))
        for slot, (name, ty) in enumerate(defined.params):
            # The node is that of the call, which the caller knows.
            self.check(2 * slot, ty, f"param {name}", NO_NODE)
        self.checked = None if defined.result is None else which
        self.expr(defined.body, tail=True)
        if defined.result is not None:
            self.f.set(self.payload).set(self.tag)
            self.check(self.tag, defined.result, "fn return", defined.body.id)
            self.f.get(self.tag, self.payload)
        self.finish()

    def expression(self, label: str, slots: int, node: Node) -> None:
        self.start(label, [I32], slots, 0)
        self.expr(node, tail=True)
        self.finish()

    def start(self, label: str, params: list[int], slots: int, n_params: int) -> None:
        self.f = self.m.function(label, params, VALUE)
        self.depth = len(params) - 1
        self.slots = [(2 * i, 2 * i + 1) for i in range(n_params)]
        while len(self.slots) < slots:
            self.slots.append((self.f.local(I32), self.f.local(I64)))
        self.tag, self.payload = self.f.local(I32), self.f.local(I64)
        self.fail = self.f.block()

    def finish(self) -> None:
        """The error that `fail` was left with leaves the function."""
        self.f.op("return", "end")
        if self.name is not None:
            address, length = self.m.text(self.name)
            self.f.i32(address).i32(length).call("frame")
        raised(self.f)

    def check(self, tag: int, ty: Type, context: str, node: int) -> None:
        """Raises when the value whose tag is in a local does not have the type."""
        table = b""
        for each in range(N_TAGS):
            kind = KINDS.get(each, "value")
            mismatch = f"Type mismatch: expected {ty.name}, got {kind}"
            address, length = self.m.text(f"Type validation error: {context}: {mismatch}")
            table += address.to_bytes(4, "little") + length.to_bytes(4, "little")
        at = self.m.bytes_at(table)
        self.f.i32(sum(1 << each for each in ty.tags)).get(tag).op("i32.shr_u").i32(1)
        self.f.op("i32.and", "i32.eqz").if_()
        self.f.i32(error_class(self.m, "TypeValidationError"))
        for offset in (0, 4):
            self.f.get(tag).i32(8).op("i32.mul").memory("i32.load", at + offset)
        self.f.i32(node).call("raise").br(self.fail).op("end")

    def expr(self, node: Node, tail: bool = False) -> None:
        """Pushes the value."""
        getattr(self, f"expr_{node.kind}")(node, tail)

    def expr_literal(self, node: Node, _tail) -> None:
        (value,) = node.parts
        if value is None:
            self.f.i32(NIL).i64(0)
        elif isinstance(value, bool):
            self.f.i32(BOOL).i64(int(value))
        else:
            self.f.i32(INT).i64(value)

    def expr_float(self, node: Node, _tail) -> None:
        (bits,) = node.parts
        self.f.i32(FLOAT).i64(bits)

    def expr_slot(self, node: Node, _tail) -> None:
        (slot,) = node.parts
        self.f.get(*self.slots[slot])

    def expr_global(self, node: Node, _tail) -> None:
        raise unsupported("functions as values", node.id)

    def expr_builtin(self, node: Node, _tail) -> None:
        raise unsupported("functions as values", node.id)

    def expr_if(self, node: Node, tail) -> None:
        test, then, otherwise = node.parts
        self.expr(test)
        self.f.call("truthy").if_(self.m.pair())
        self.expr(then, tail)
        self.f.op("else")
        self.expr(otherwise, tail)
        self.f.op("end")

    def expr_do(self, node: Node, tail) -> None:
        (nodes,) = node.parts
        for each in nodes[:-1]:
            self.expr(each)
            self.f.op("drop", "drop")
        if nodes:
            self.expr(nodes[-1], tail)
        else:
            self.f.i32(NIL).i64(0)

    def expr_let(self, node: Node, tail) -> None:
        bindings, body = node.parts
        for slot, init in bindings:
            self.expr(init)
            if slot is None:
                self.f.op("drop", "drop")
            else:
                tag, payload = self.slots[slot]
                self.f.set(payload, tag)
        self.expr(body, tail)

    def expr_and(self, node: Node, tail) -> None:
        self.logic(node.parts[0], tail, stops=False)

    def expr_or(self, node: Node, tail) -> None:
        self.logic(node.parts[0], tail, stops=True)

    def logic(self, operands: list[Node], tail: bool, stops: bool) -> None:
        """The first operand whose truth is `stops`, else the last."""
        for operand in operands[:-1]:
            self.expr(operand)
            self.f.set(self.payload).set(self.tag).get(self.tag, self.payload).call("truthy")
            if not stops:
                self.f.op("i32.eqz")
            self.f.if_(self.m.pair()).get(self.tag, self.payload).op("else")
        self.expr(operands[-1], tail)
        self.f.op(*["end"] * (len(operands) - 1))

    def expr_call(self, node: Node, tail) -> None:
        head, args = node.parts
        if head.kind == "builtin":
            self.operation(head.parts[0], args, node)
        else:
            self.call(head.parts[0], args, node, tail)

    def call(self, which: int, args: list[Node], node: Node, tail: bool) -> None:
        callee = self.program.functions.get(which)
        if callee is None:
            raise unsupported("calls of values", node.id)
        for arg in args:
            self.expr(arg)
        expected, got = len(callee.params), len(args)
        if expected != got:
            text = f"Arity mismatch in {callee.name}: expected {expected}, got {got}"
            static_error(self.m, self.f, "ArityMismatch", text, node.id)
            self.f.br(self.fail)
        elif tail and self.checked in (None, which):
            self.f.get(self.depth).return_call(f"fn {which}")
        else:
            self.f.get(self.depth).i32(0).op("i32.le_s").if_()
            self.f.i32(node.id).call("stack_overflow").br(self.fail).op("end")
            self.f.get(self.depth).i32(1).op("i32.sub").call(f"fn {which}")
            self.f.set(self.payload).tee(self.tag).i32(RAISED).op("i32.eq").if_()
            self.f.i32(node.id).call("note").br(self.fail).op("end")
            self.f.get(self.tag, self.payload)

    def leave_if_raised(self) -> None:
        self.f.set(self.payload).tee(self.tag).i32(RAISED).op("i32.eq").br_if(self.fail)
        self.f.get(self.tag, self.payload)

    def operation(self, name: str, args: list[Node], node: Node) -> None:
        """A library function. Operands are evaluated before anything is computed."""
        n = len(args)
        arities = {"inc": (1, 1), "dec": (1, 1), "not": (1, 1), "=": (1, None), "not=": (1, None)}
        arities |= {each: (1, None) for each in (*FOLDED, *CHAINED)}
        least, most = arities.get(name, (None, None))
        if least is None:
            raise unsupported(f"the library function `{name}`", node.id)
        if n < least or (most is not None and n > most):
            raise unsupported(f"`{name}` with {n} arguments", node.id)
        values = []
        for arg in args:
            self.expr(arg)
            values.append((self.f.local(I32), self.f.local(I64)))
            self.f.set(values[-1][1], values[-1][0])
        if name in ("inc", "dec"):
            self.f.get(*values[0]).i32(INT).i64(1).i32(node.id).call(name)
            self.leave_if_raised()
        elif name == "not":
            self.f.i32(BOOL).get(*values[0]).call("truthy").op("i32.eqz", "i64.extend_i32_u")
        elif name in FOLDED:
            self.fold(name, values, node)
        elif name in CHAINED:
            self.chain(name, values, node)
        else:
            self.equal(name, values, node)

    def fold(self, name: str, values: list, node: Node) -> None:
        if len(values) == 1 and name in "+*":
            self.f.get(*values[0]).i32(node.id).call(f"only {name}")
        elif len(values) == 1 and name == "-":
            self.f.get(*values[0]).i32(node.id).call("negate")
        else:
            if len(values) == 1:
                self.f.i32(INT).i64(1)
                rest = values
            else:
                self.f.get(*values[0])
                rest = values[1:]
            for value in rest:
                self.f.get(*value).i32(node.id).call(name)
                if value is not rest[-1]:
                    self.leave_if_raised()
        self.leave_if_raised()
        if name == "/":
            self.f.call("settle")

    def chain(self, name: str, values: list, node: Node) -> None:
        """Every pair is looked at, so that a wrong kind is never missed."""
        if len(values) == 1:
            self.f.get(*values[0]).i32(node.id).call(f"only {name}")
            self.leave_if_raised()
            self.f.op("drop", "drop").i32(BOOL).get(*values[0], *values[0]).call("order")
            self.f.i32(2).op("i32.eq", "i64.extend_i32_u").i64(1).op("i64.xor")
            if name in ("<", ">"):
                raise unsupported(f"`{name}` with one argument", node.id)
            return
        self.together(values, lambda a, b: (
            self.f.get(*a, *b).i32(node.id).call(name), self.leave_if_raised()))

    def equal(self, name: str, values: list, node: Node) -> None:
        if len(values) == 1:
            raise unsupported(f"`{name}` with one argument", node.id)
        self.together(values, lambda a, b: self.f.get(*a, *b).i32(node.id).call("="))
        if name == "not=":
            self.f.i64(1).op("i64.xor")

    def together(self, values: list, compare) -> None:
        """Whether all neighbours compare."""
        result = self.f.local(I64)
        self.f.i64(1).set(result)
        for a, b in zip(values, values[1:]):
            compare(a, b)
            self.f.get(result).op("i64.and").set(result).op("drop")
        self.f.i32(BOOL).get(result)


def _run(m: Module, program: Program, tops: list[str]) -> None:
    """Export 0: the top-level forms in order. Its parameter is the depth."""
    f = m.function("run", [I32], VALUE)
    tag, payload = f.local(I32), f.local(I64)
    for label in tops:
        f.get(0).call(label).set(payload).tee(tag).i32(RAISED).op("i32.eq").if_()
        raised(f)
        f.op("return", "end")
    if program.module is not None:
        f.i32(NIL).i64(0)
    elif program.ends_with_function:
        f.i32(FUNCTION).i64(0)
    else:
        f.get(tag, payload)


def _invoke(m: Module, program: Program) -> None:
    f = m.function("invoke", [I32, I32, I32], [I32])
    n, left = f.local(I32), f.local(I32)
    most = max([len(program.functions[which].params) for which in program.exports], default=0)
    values = [(f.local(I32), f.local(I64)) for _ in range(most)]
    tag, payload, index = f.local(I32), f.local(I64), f.local(I32)

    def refuse(text):
        static_error(m, f, "InvalidArgument", f"Invalid argument: {text}")
        raised(f)
        f.call("answer").op("return")

    bad = f.block()
    f.get(1).gset("pos").get(1, 2).op("i32.add").gset("end")
    f.call("head").op("i32.eqz").br_if(bad)
    f.gget("major").i32(4).op("i32.ne").br_if(bad)
    f.gget("argument").get(2).op("i64.extend_i32_u", "i64.gt_u").br_if(bad)
    f.gget("argument").op("i32.wrap_i64").set(n)
    done = f.block()
    again = f.loop()
    f.get(index, n).op("i32.eq").br_if(done)
    f.call("read").set(payload).tee(tag).i32(RAISED).op("i32.eq").br_if(bad)
    for slot, (slot_tag, slot_payload) in enumerate(values):
        f.get(index).i32(slot).op("i32.eq").if_()
        f.get(tag).set(slot_tag).get(payload).set(slot_payload).op("end")
    f.get(index).i32(1).op("i32.add").set(index).br(again).op("end", "end")
    f.gget("pos").gget("end").op("i32.ne").br_if(bad)
    f.gget("depth_limit").gget("depth_used").op("i32.sub").set(left)
    f.get(0).op("i32.eqz").if_().get(left).call("run").call("answer").op("return", "end")
    for number, which in enumerate(program.exports, 1):
        callee = program.functions[which]
        f.get(0).i32(number).op("i32.eq").if_()
        f.get(n).i32(len(callee.params)).op("i32.ne").if_()
        text = f"Arity mismatch in {callee.name}: expected {len(callee.params)}, got "
        address, length = m.text(text)
        f.i32(error_class(m, "ArityMismatch")).i32(address).i32(length).get(n).i32(0).i32(0)
        f.i32(NO_NODE).call("raise_counted")
        raised(f)
        f.call("answer").op("return", "end")
        f.get(left).i32(0).op("i32.le_s").if_().i32(NO_NODE).call("stack_overflow")
        raised(f)
        f.call("answer").op("return", "end")
        for slot in range(len(callee.params)):
            f.get(*values[slot])
        f.get(left).i32(1).op("i32.sub").call(f"fn {which}").call("answer").op("return", "end")
    refuse("no such export")
    f.op("end")
    refuse("arguments are not a canonical array")
    f.op("unreachable")


def _describe(m: Module, description: bytes) -> None:
    address = m.bytes_at(description)
    at = m.align()
    m.data += struct.pack("<II", address, len(description))
    f = m.function("describe", [], [I32])
    f.i32(at)
