"""The backend without its WIT: encoded program and options in, component out."""

from . import cbor, ir
from .component import wrap
from .errors import CompileError, invalid
from .lower import lower

TARGET_ID = "wasm32-component"
NAME = "python"
VERSION = "0.1.0"


def describe() -> bytes:
    """About the backend."""
    about = [cbor.keyword("name"), NAME, cbor.keyword("version"), VERSION]
    return cbor.encode(cbor.Tag(cbor.MAP, about))


def compile(program: bytes, options: bytes) -> bytes:  # noqa: A001 (the interface's name)
    """The component of a program. Raises `CompileError`."""
    try:
        read = ir.read(program)
        return wrap(lower(read, _description(read, cbor.decode(options))))
    except RecursionError as error:
        raise CompileError("unsupported", "the program nests too deeply for this backend") from error
    except (IndexError, TypeError, ValueError) as error:
        raise invalid(f"a part of the program has another shape than the schema says: {error}") \
            from error


def _description(program: ir.Program, options) -> bytes:
    """What the host wants `describe` to answer, with this backend's name; without its wish, what
    the program says."""
    wanted = cbor.entries(options).get("description")
    if wanted is None:
        exports = [_export(program.functions[which]) for which in program.exports]
        content = [cbor.keyword("module"), program.module, cbor.keyword("exports"), exports]
    else:
        cbor.entries(wanted)
        content = wanted.content
    backend = cbor.keyword("backend")
    others = []
    for key, value in zip(content[::2], content[1::2]):
        if key != backend:
            others += [key, value]
    return cbor.encode(cbor.Tag(cbor.MAP, [backend, f"{NAME} {VERSION}", *others]))


def _export(function: ir.Function) -> cbor.Tag:
    result = ":any" if function.result is None else function.result.name
    params = [[name, ty.name] for name, ty in function.params]
    pairs = {"name": function.name, "kind": cbor.keyword("function"), "definition": None,
             "params": params, "rest": None, "result": result, "interface": None}
    content = []
    for key, value in pairs.items():
        content += [cbor.keyword(key), value]
    return cbor.Tag(cbor.MAP, content)
