"""The component: `rtfs:backend/compiler` on top of `rtfs_python`."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.compiler import Diagnostic

from rtfs_python import backend
from rtfs_python.errors import CompileError


class Compiler(exports.Compiler):
    def target_id(self) -> str:
        return backend.TARGET_ID

    def describe(self) -> bytes:
        return backend.describe()

    def compile(self, ir: bytes, options: bytes) -> bytes:
        try:
            return backend.compile(ir, options)
        except CompileError as error:
            raise Err([Diagnostic(error.code, error.message, error.node)]) from error
