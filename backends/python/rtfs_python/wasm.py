"""Writing core modules."""

import struct

I32, I64, F64 = 0x7F, 0x7E, 0x7C
EMPTY = 0x40

OPS = {
    "unreachable": 0x00, "else": 0x05, "end": 0x0B, "return": 0x0F, "drop": 0x1A, "select": 0x1B,
    "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt_s": 0x48, "i32.lt_u": 0x49,
    "i32.gt_s": 0x4A, "i32.gt_u": 0x4B, "i32.le_s": 0x4C, "i32.ge_u": 0x4F,
    "i64.eqz": 0x50, "i64.eq": 0x51, "i64.ne": 0x52, "i64.lt_s": 0x53, "i64.lt_u": 0x54,
    "i64.gt_s": 0x55, "i64.gt_u": 0x56, "i64.le_s": 0x57, "i64.ge_s": 0x59, "i64.ge_u": 0x5A,
    "f64.eq": 0x61, "f64.ne": 0x62, "f64.lt": 0x63, "f64.gt": 0x64, "f64.le": 0x65, "f64.ge": 0x66,
    "i32.add": 0x6A, "i32.sub": 0x6B, "i32.mul": 0x6C, "i32.and": 0x71, "i32.or": 0x72,
    "i32.xor": 0x73, "i32.shl": 0x74, "i32.shr_s": 0x75, "i32.shr_u": 0x76,
    "i64.clz": 0x79, "i64.add": 0x7C, "i64.sub": 0x7D, "i64.mul": 0x7E, "i64.div_s": 0x7F,
    "i64.div_u": 0x80, "i64.rem_s": 0x81, "i64.rem_u": 0x82, "i64.and": 0x83, "i64.or": 0x84,
    "i64.xor": 0x85, "i64.shl": 0x86, "i64.shr_s": 0x87, "i64.shr_u": 0x88,
    "f64.abs": 0x99, "f64.neg": 0x9A, "f64.add": 0xA0, "f64.sub": 0xA1, "f64.mul": 0xA2,
    "f64.div": 0xA3, "i32.wrap_i64": 0xA7, "i64.extend_i32_s": 0xAC, "i64.extend_i32_u": 0xAD,
    "f32.demote_f64": 0xB6, "f64.convert_i64_s": 0xB9, "f64.promote_f32": 0xBB,
    "i32.reinterpret_f32": 0xBC, "i64.trunc_f64_s": 0xB0, "i64.reinterpret_f64": 0xBD, "f32.reinterpret_i32": 0xBE,
    "f64.reinterpret_i64": 0xBF,
}
MEMORY_OPS = {
    "i32.load": (0x28, 2), "i64.load": (0x29, 3), "i32.load8_u": (0x2D, 0),
    "i32.store": (0x36, 2), "i64.store": (0x37, 3), "i32.store8": (0x3A, 0),
}


def u(n: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def s(n: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while True:
        low = n & 0x7F
        n >>= 7
        if (n == 0 and not low & 0x40) or (n == -1 and low & 0x40):
            out.append(low)
            return bytes(out)
        out.append(low | 0x80)


def sized(data: bytes) -> bytes:
    return u(len(data)) + data


def name(text: str) -> bytes:
    return sized(text.encode("utf-8"))


def vector(items) -> bytes:
    items = list(items)
    return u(len(items)) + b"".join(items)


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + sized(content)


class Function:
    """A function under construction: methods append instructions."""

    def __init__(self, module: "Module", label: str, params, results):
        self.module = module
        self.label = label
        self.params = list(params)
        self.results = list(results)
        self.locals: list[int] = []
        self.code = bytearray()
        self.depth = 0

    def local(self, ty: int) -> int:
        """A new local variable."""
        self.locals.append(ty)
        return len(self.params) + len(self.locals) - 1

    def op(self, *names: str) -> "Function":
        for each in names:
            self.code.append(OPS[each])
            if each == "end":
                self.depth -= 1
        return self

    def get(self, *indices: int) -> "Function":
        for index in indices:
            self.code += b"\x20" + u(index)
        return self

    def set(self, *indices: int) -> "Function":
        for index in indices:
            self.code += b"\x21" + u(index)
        return self

    def tee(self, index: int) -> "Function":
        self.code += b"\x22" + u(index)
        return self

    def i32(self, n: int) -> "Function":
        self.code += b"\x41" + s(n - (1 << 32) if n >= 1 << 31 else n)
        return self

    def i64(self, n: int) -> "Function":
        self.code += b"\x42" + s(n - (1 << 64) if n >= 1 << 63 else n)
        return self

    def f64(self, x: float) -> "Function":
        self.code += b"\x44" + struct.pack("<d", x)
        return self

    def memory(self, op: str, offset: int = 0) -> "Function":
        code, align = MEMORY_OPS[op]
        self.code += bytes([code]) + u(align) + u(offset)
        return self

    def _open(self, code: int, ty) -> int:
        self.code += bytes([code]) + (bytes([ty]) if isinstance(ty, int) else s(ty[0]))
        self.depth += 1
        return self.depth

    def block(self, ty=EMPTY) -> int:
        """Opens a block; the number names it in `br`."""
        return self._open(0x02, ty)

    def loop(self, ty=EMPTY) -> int:
        return self._open(0x03, ty)

    def if_(self, ty=EMPTY) -> "Function":
        self._open(0x04, ty)
        return self

    def br(self, label: int) -> "Function":
        self.code += b"\x0c" + u(self.depth - label)
        return self

    def br_if(self, label: int) -> "Function":
        self.code += b"\x0d" + u(self.depth - label)
        return self

    def call(self, label: str) -> "Function":
        self.code += b"\x10" + u(self.module.index(label))
        return self

    def return_call(self, label: str) -> "Function":
        self.code += b"\x12" + u(self.module.index(label))
        return self

    def gget(self, label: str) -> "Function":
        self.code += b"\x23" + u(self.module.globals[label][0])
        return self

    def gset(self, label: str) -> "Function":
        self.code += b"\x24" + u(self.module.globals[label][0])
        return self

    def body(self) -> bytes:
        local_groups = vector(u(1) + bytes([ty]) for ty in self.locals)
        return sized(local_groups + bytes(self.code) + b"\x0b")


class Module:
    """A core module with one memory."""

    BASE = 1024

    def __init__(self):
        self.types: list[bytes] = []
        self.functions: dict[str, Function] = {}
        self.indices: dict[str, int] = {}
        self.globals: dict[str, tuple[int, int, int]] = {}
        self.exports: list[tuple[str, int, int]] = []
        self.data = bytearray()
        self.known: dict[bytes, int] = {}

    def type(self, params, results) -> int:
        encoded = b"\x60" + vector(bytes([p]) for p in params) + vector(bytes([r]) for r in results)
        if encoded not in self.types:
            self.types.append(encoded)
        return self.types.index(encoded)

    def pair(self) -> tuple[int]:
        """The block type of a value: tag and payload."""
        return (self.type([], [I32, I64]),)

    def index(self, label: str) -> int:
        """A function's index; it may be defined later."""
        return self.indices.setdefault(label, len(self.indices))

    def function(self, label: str, params, results) -> Function:
        self.index(label)
        function = Function(self, label, params, results)
        self.functions[label] = function
        return function

    def global_(self, label: str, ty: int, value: int) -> None:
        self.globals[label] = (len(self.globals), ty, value)

    def export(self, text: str, label: str) -> None:
        self.exports.append((text, 0, self.index(label)))

    def bytes_at(self, data: bytes) -> int:
        """The address of constant bytes."""
        if data not in self.known:
            self.known[data] = self.BASE + len(self.data)
            self.data += data
        return self.known[data]

    def text(self, text: str) -> tuple[int, int]:
        data = text.encode("utf-8")
        return self.bytes_at(data), len(data)

    def align(self) -> int:
        self.data += bytes(-len(self.data) % 8)
        return self.BASE + len(self.data)

    def encode(self) -> bytes:
        labels = sorted(self.indices, key=self.indices.get)
        functions = [self.functions[label] for label in labels]
        declared = vector(u(self.type(f.params, f.results)) for f in functions)
        end = self.align()
        pages = (end + 0xFFFF) // 0x10000 + 1
        const = {I32: b"\x41", I64: b"\x42"}
        globals_ = vector(
            bytes([ty, 1]) + const[ty] + s(value if value is not None else end) + b"\x0b"
            for _, ty, value in self.globals.values()
        )
        exports = [(text, kind, index) for text, kind, index in self.exports] + [("memory", 2, 0)]
        return b"\0asm\x01\0\0\0" + b"".join([
            section(1, vector(self.types)),
            section(3, declared),
            section(5, vector([b"\x00" + u(pages)])),
            section(6, globals_),
            section(7, vector(name(text) + bytes([kind]) + u(index) for text, kind, index in exports)),
            section(10, vector(f.body() for f in functions)),
            section(11, vector([b"\x00\x41" + s(self.BASE) + b"\x0b" + sized(bytes(self.data))])),
        ])
