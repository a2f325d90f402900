"""The part of deterministic CBOR that programs and options are made of (RFC 8949, 4.2.1)."""

import struct
from dataclasses import dataclass

from .errors import invalid, unsupported

MAX_DEPTH = 400

KEYWORD = 27200
MAP = 27203
FUNCTION = 27208


@dataclass(frozen=True)
class Tag:
    """A tagged item."""

    number: int
    content: object


def keyword(name: str) -> Tag:
    """A keyword, without its colon."""
    return Tag(KEYWORD, name)


class _Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, n: int) -> bytes:
        if n > len(self.data) - self.at:
            raise invalid("the encoding ends too early")
        self.at += n
        return self.data[self.at - n : self.at]

    def head(self) -> tuple[int, int, int]:
        """Major type, additional information, argument."""
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info, info
        if info > 27:
            raise invalid(f"byte {self.at - 1} begins no item of definite length")
        size = 1 << (info - 24)
        argument = int.from_bytes(self.take(size), "big")
        floors = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}
        if major != 7 and argument < floors[size]:
            raise invalid(f"the number before byte {self.at} has a shorter form")
        return major, info, argument

    def item(self, depth: int = 0):
        if depth > MAX_DEPTH:
            # Nothing is wrong with such bytes, as far as was read.
            raise unsupported(f"programs that nest more than {MAX_DEPTH} levels deep")
        major, info, argument = self.head()
        if major == 0:
            return argument
        if major == 1:
            return -1 - argument
        if major == 2:
            return bytes(self.take(argument))
        if major == 3:
            try:
                return self.take(argument).decode("utf-8")
            except UnicodeDecodeError as error:
                raise invalid("a text is not UTF-8") from error
        if major == 4:
            return [self.item(depth + 1) for _ in range(argument)]
        if major == 6:
            return Tag(argument, self.item(depth + 1))
        if major == 7:
            return self.simple(info, argument)
        raise invalid("maps do not occur")

    def simple(self, info: int, argument: int):
        if info in (20, 21):
            return info == 21
        if info == 22:
            return None
        formats = {25: ">e", 26: ">f", 27: ">d"}
        if info in formats:
            size = 1 << (info - 24)
            return struct.unpack(formats[info], argument.to_bytes(size, "big"))[0]
        raise invalid(f"simple value {argument} is not known")


def decode(data: bytes):
    """The item that the bytes are, all of them."""
    reader = _Reader(data)
    item = reader.item()
    if reader.at != len(data):
        raise invalid("there are bytes behind the end")
    return item


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << (8 * size):
            return bytes([major << 5 | info]) + argument.to_bytes(size, "big")
    raise ValueError("larger than 64 bits")


def encode(item) -> bytes:
    """The encoding of what `decode` gives, floats apart: descriptions have none."""
    if item is None:
        return b"\xf6"
    if isinstance(item, bool):
        return b"\xf5" if item else b"\xf4"
    if isinstance(item, int):
        return _head(0, item) if item >= 0 else _head(1, -1 - item)
    if isinstance(item, str):
        data = item.encode("utf-8")
        return _head(3, len(data)) + data
    if isinstance(item, list):
        return _head(4, len(item)) + b"".join(map(encode, item))
    if isinstance(item, Tag):
        return _head(6, item.number) + encode(item.content)
    raise TypeError(f"{type(item).__name__} has no encoding here")


def entries(item) -> dict:
    """Keys (keywords by their names) and values of an encoded map."""
    if not isinstance(item, Tag) or item.number != MAP or not isinstance(item.content, list):
        raise invalid("a map is missing")
    found = {}
    for key, value in zip(item.content[::2], item.content[1::2]):
        found[key.content if isinstance(key, Tag) else key] = value
    return found
