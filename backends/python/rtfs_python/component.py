"""Wraps a core module as a component that exports `rtfs:module/dynamic`.

Written out by hand, as the component model's binary format has it: an import for the error type,
the module, its lifted functions, and an inner component that gives the exported instance its type.
"""

from .wasm import name, s, section, sized, u, vector

DYNAMIC = "rtfs:module/dynamic@0.1.0"
TYPES = "rtfs:module/types@0.1.0"
PREAMBLE = b"\0asm\x0d\x00\x01\x00"

U8, U32, STRING = b"\x7d", b"\x79", b"\x73"
CORE_MODULE, CORE_INSTANCE, COMPONENT, INSTANCE, ALIAS, TYPE, CANON, IMPORT, EXPORT = (
    1, 2, 4, 5, 6, 7, 8, 10, 11)


def _list(item: bytes) -> bytes:
    return b"\x70" + item


def _record(fields) -> bytes:
    return b"\x72" + vector(name(label) + ty for label, ty in fields)


def _result(ok: bytes, error: bytes) -> bytes:
    return b"\x6a\x01" + ok + b"\x01" + error


def _function(params, result: bytes | None) -> bytes:
    encoded = vector(name(label) + ty for label, ty in params)
    return b"\x40" + encoded + (b"\x01\x00" if result is None else b"\x00" + result)


def _external(label: str) -> bytes:
    """A name of an import or export."""
    return b"\x00" + name(label)


def _error_fields(bytes_type: bytes, strings_type: bytes) -> bytes:
    return _record([("class", STRING), ("kind", STRING), ("message", STRING), ("data", bytes_type),
                    ("node", U32), ("stack", strings_type)])


LIMITS = _function([("depth-used", U32), ("depth-limit", U32)], None)


def _invoke(bytes_type: bytes, result: bytes) -> bytes:
    return _function([("export", U32), ("args", bytes_type)], result)


def _types_instance() -> bytes:
    """The type of the imported interface: it exports the error."""
    declarations = [
        b"\x01" + _list(U8),
        b"\x01" + _list(STRING),
        b"\x01" + _error_fields(u(0), u(1)),
        b"\x04" + _external("error") + b"\x03\x00" + u(2),
    ]
    return b"\x42" + vector(declarations)


def _shape() -> bytes:
    """The inner component: imports type and functions, exports them as the interface has them."""
    def types(*items):
        return section(TYPE, vector(items))

    def import_(label, description):
        return section(IMPORT, vector([_external(label) + description]))

    def export(label, sort, index, ascription):
        return section(EXPORT, vector([_external(label) + sort + u(index) + ascription]))

    equal = b"\x03\x00"
    parts = [
        types(_list(U8), _list(STRING), _error_fields(u(0), u(1))),
        import_("import-type-error", equal + u(2)),                        # type 3
        types(LIMITS),                                                     # type 4
        import_("import-func-limits", b"\x01" + u(4)),
        import_("import-type-error0", equal + u(3)),                       # type 5
        types(_result(u(0), u(5)), _invoke(u(0), u(6))),                   # types 6, 7
        import_("import-func-invoke", b"\x01" + u(7)),
        types(_function([], u(0))),                                        # type 8
        import_("import-func-describe", b"\x01" + u(8)),
        export("error", b"\x03", 3, b"\x00"),                              # type 9
        types(LIMITS),                                                     # type 10
        export("limits", b"\x01", 0, b"\x01\x01" + u(10)),
        types(_result(u(0), u(9)), _invoke(u(0), u(11))),                  # types 11, 12
        export("invoke", b"\x01", 1, b"\x01\x01" + u(12)),
        types(_function([], u(0))),                                        # type 13
        export("describe", b"\x01", 2, b"\x01\x01" + u(13)),
    ]
    return PREAMBLE + b"".join(parts)


def _core_export(sort: int, label: str) -> bytes:
    """An alias of an export of core instance 0."""
    return section(ALIAS, vector([bytes([0x00, sort, 0x01]) + u(0) + name(label)]))


def _lift(core: int, options: list[bytes], ty: int) -> bytes:
    return section(CANON, vector([b"\x00\x00" + u(core) + vector(options) + u(ty)]))


def wrap(module: bytes) -> bytes:
    """The component of a core module."""
    function, memory = 0x00, 0x02
    in_memory, realloc, utf8 = b"\x03" + u(0), b"\x04" + u(1), b"\x00"
    arguments = [("import-func-limits", b"\x01", 0), ("import-func-invoke", b"\x01", 1),
                 ("import-func-describe", b"\x01", 2), ("import-type-error", b"\x03", 1),
                 ("import-type-error0", b"\x03", 1)]
    parts = [
        section(TYPE, vector([_types_instance()])),                        # type 0
        section(IMPORT, vector([_external(TYPES) + b"\x05" + u(0)])),      # instance 0
        section(CORE_MODULE, module),
        section(ALIAS, vector([b"\x03\x00" + u(0) + name("error")])),      # type 1
        section(CORE_INSTANCE, vector([b"\x00" + u(0) + vector([])])),
        _core_export(memory, "memory"),
        section(TYPE, vector([LIMITS])),                                   # type 2
        _core_export(function, f"{DYNAMIC}#limits"),                       # core function 0
        _core_export(function, "cabi_realloc"),                            # core function 1
        _lift(0, [], 2),                                                   # function 0
        section(TYPE, vector([_list(U8), _result(u(3), u(1)), _invoke(u(3), u(4))])),
        _core_export(function, f"{DYNAMIC}#invoke"),                       # core function 2
        _core_export(function, f"cabi_post_{DYNAMIC}#invoke"),             # core function 3
        _lift(2, [in_memory, realloc, utf8, b"\x05" + u(3)], 5),           # function 1
        section(TYPE, vector([_function([], u(3))])),                      # type 6
        _core_export(function, f"{DYNAMIC}#describe"),                     # core function 4
        _lift(4, [in_memory], 6),                                          # function 2
        section(COMPONENT, _shape()),
        section(INSTANCE, vector([b"\x00" + u(0) + vector(
            name(label) + sort + u(index) for label, sort, index in arguments)])),
        section(EXPORT, vector([_external(DYNAMIC) + b"\x05" + u(1) + b"\x00"])),
    ]
    return PREAMBLE + b"".join(parts)
