"""The program: what `lang/ir/ir.cddl` says, as far as this backend compiles it.

Nodes are numbered in the order in which they stand; errors name them by these numbers. So every
node is counted, also those that are not compiled.
"""

from dataclasses import dataclass, field

from . import cbor
from .errors import invalid, unsupported

SCHEMA_VERSION = 1

NODE_NAMES = {
    1: "quoted data", 3: "variables that are assigned later", 6: "names of the host context",
    7: "qualified names", 8: "reserved forms", 9: "resource references", 11: "`declare`",
    12: "local definitions", 13: "local functions", 17: "local functions", 19: "`match`",
    20: "`try`", 23: "vectors", 24: "maps", 25: "`for`", 26: "`dotimes`", 27: "runtime hints",
    28: "casts", 29: "`defstruct`", 30: "`import`",
}

PRIMITIVES = {2: ":nil", 3: ":bool", 4: ":int", 5: ":float"}


@dataclass
class Type:
    """One of the types that parameters and results may have."""

    name: str
    tags: set[int]


@dataclass
class Node:
    """An expression: kind, number, parts."""

    kind: str
    id: int
    parts: tuple = ()


@dataclass
class Function:
    """A top-level function."""

    name: str
    params: list[tuple[str, Type]]
    result: Type | None
    slots: int
    body: Node


@dataclass
class Program:
    """What is compiled."""

    functions: dict[int, Function] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    module: str | None = None
    exports: list[int] = field(default_factory=list)
    expressions: list[tuple[int, Node]] = field(default_factory=list)
    ends_with_function: bool = False


def read_type(encoded, node: int) -> Type:
    """A type of `value.cddl`: one of four, or `T?` of them."""
    from .runtime import BOOL, FLOAT, INT, NIL

    tags = {2: {NIL}, 3: {BOOL}, 4: {INT}, 5: {INT, FLOAT}}
    content = cbor.decode(encoded) if isinstance(encoded, bytes) else None
    if isinstance(content, int) and content in PRIMITIVES:
        return Type(PRIMITIVES[content], set(tags[content]))
    if isinstance(content, list) and len(content) == 2 and content[0] == 16:
        inner = content[1]
        if isinstance(inner, int) and inner in PRIMITIVES:
            return Type(PRIMITIVES[inner] + "?", tags[inner] | {NIL})
    raise unsupported("types other than :int, :float, :bool and :nil", node)


def _list(item, length: int | None = None) -> list:
    if not isinstance(item, list) or (length is not None and len(item) != length):
        raise invalid("a node has another shape than the schema says")
    return item


def _number(item) -> int:
    if not isinstance(item, int) or isinstance(item, bool) or item < 0:
        raise invalid("a number is missing")
    return item


class _Reader:
    def __init__(self):
        self.next_id = 0

    def node(self, item) -> Node:
        code, *rest = _list(item)
        number = self.next_id
        self.next_id += 1
        read = {0: self.literal, 2: self.variable, 4: self.global_, 5: self.builtin,
                14: self.call, 15: self.condition, 16: self.sequence, 18: self.let,
                21: self.logic, 22: self.logic}.get(code)
        if read is None and code not in NODE_NAMES:
            raise invalid(f"there are no nodes of code {code!r}")
        if read is None:
            raise unsupported(NODE_NAMES[code], number)
        return read(code, number, rest)

    def nodes(self, items) -> list[Node]:
        return [self.node(item) for item in _list(items)]

    def literal(self, _code, number, rest) -> Node:
        (value,) = _list(rest, 1)
        if value is None or isinstance(value, (bool, int)):
            return Node("literal", number, (value,))
        if isinstance(value, list) and len(value) == 2 and value[0] == 0:
            return Node("float", number, (_number(value[1]),))
        raise unsupported("texts, keywords and their like", number)

    def variable(self, _code, number, rest) -> Node:
        (place,) = _list(rest, 1)
        if not isinstance(place, int) or place < 0:
            raise unsupported("local functions", number)
        return Node("slot", number, (place,))

    def global_(self, _code, number, rest) -> Node:
        return Node("global", number, (_number(*_list(rest, 1)),))

    def builtin(self, _code, number, rest) -> Node:
        return Node("builtin", number, tuple(_list(rest, 1)))

    def call(self, _code, number, rest) -> Node:
        head, args = _list(rest, 2)
        head = self.node(head)
        if head.kind not in ("global", "builtin"):
            raise unsupported("calls of computed functions", number)
        return Node("call", number, (head, self.nodes(args)))

    def condition(self, _code, number, rest) -> Node:
        return Node("if", number, tuple(self.nodes(_list(rest, 3))))

    def sequence(self, _code, number, rest) -> Node:
        return Node("do", number, (self.nodes(*_list(rest, 1)),))

    def logic(self, code, number, rest) -> Node:
        operands = self.nodes(*_list(rest, 1))
        if not operands:
            return Node("literal", number, (code == 21,))
        return Node("and" if code == 21 else "or", number, (operands,))

    def let(self, _code, number, rest) -> Node:
        bindings, body = _list(rest, 2)
        read = []
        for binding in _list(bindings):
            init, annotated, pattern = _list(binding, 3)
            init = self.node(init)
            if annotated is not None:
                raise unsupported("annotated bindings of `let`", number)
            if pattern is not None and not isinstance(pattern, int):
                raise unsupported("destructuring", number)
            read.append((pattern, init))
        return Node("let", number, (read, self.node(body)))

    def function(self, name: str, item, number: int) -> Function:
        self.next_id += 1
        _, own, params, rest, result, slots, captures, hint, body = _list(item, 9)
        if own != name:
            raise unsupported("functions that are defined under another name", number)
        if rest is not None:
            raise unsupported("rest parameters", number)
        if captures or hint not in (None, [0]):
            raise unsupported("local functions and functions of models", number)
        read = []
        for param in _list(params):
            annotated, pattern = _list(param, 2)
            if annotated is None or pattern is not None:
                raise unsupported("parameters without a type", number)
            param_name, encoded = _list(annotated, 2)
            read.append((param_name, read_type(encoded, number)))
        count, cells = _list(slots, 2)
        if cells:
            raise unsupported("local functions", number)
        result = None if result is None else read_type(result, number)
        return Function(name, read, result, _number(count), self.node(body))


def read(data: bytes) -> Program:
    """The program of its encoding."""
    version, globals_, module, forms = _list(cbor.decode(data), 4)
    if version != SCHEMA_VERSION:
        raise invalid(f"schema version {version} is not known")
    program, reader = Program(), _Reader()
    for item in _list(globals_):
        name, definitions, fallback, declared = _list(item, 4)
        if definitions != 1 or fallback or declared is not None:
            raise unsupported(f"`{name}`, which is not defined exactly once as a new name")
        program.names.append(name)
    for form in _list(forms):
        read_form(program, reader, _list(form, 2))
    if module is None:
        program.exports = list(range(len(program.names)))
    else:
        program.module, exports = _list(module, 2)
        program.exports = [_number(export) for export in _list(exports)]
    for export in program.exports:
        if export not in program.functions:
            raise unsupported("values among the exports")
    return program


def read_form(program: Program, reader: _Reader, form: list) -> None:
    """A definition of a function, or an expression behind all of them."""
    (count, cells), item = _list(form[0], 2), form[1]
    if isinstance(item, list) and item and item[0] == 10:
        number = reader.next_id
        reader.next_id += 1
        _, which, annotation, init = _list(item, 4)
        if annotation is not None or program.expressions or not init or init[0] != 13:
            raise unsupported("definitions other than of functions, before all expressions", number)
        name = program.names[which]
        program.functions[which] = reader.function(name, init, number + 1)
        program.ends_with_function = True
        return
    if cells:
        raise unsupported("local functions")
    program.expressions.append((_number(count), reader.node(item)))
    program.ends_with_function = False
