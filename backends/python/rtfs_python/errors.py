"""Why a program is not compiled."""

NO_NODE = 0xFFFFFFFF


class CompileError(Exception):
    """One diagnostic."""

    def __init__(self, code: str, message: str, node: int = NO_NODE):
        super().__init__(message)
        self.code = code
        self.message = message
        self.node = node


def unsupported(what: str, node: int = NO_NODE) -> CompileError:
    """The program is fine, but this backend cannot compile it."""
    return CompileError("unsupported", f"this backend does not support {what}", node)


def invalid(message: str) -> CompileError:
    """The bytes are no program."""
    return CompileError("invalid-ir", message)
