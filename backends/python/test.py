"""Tests of the backend: python3 test.py

They need nothing but Python and Node.js, which runs the compiled modules. `tests/arithmetic.json`
holds what every call must answer, `tests/arithmetic.ir` the program's encoding. Both are RTFS's: a
test of `backends/interpreter/program` holds them against the reference evaluator, and writes them.
"""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from rtfs_python import backend, cbor, ir
from rtfs_python.errors import CompileError
from rtfs_python.lower import lower

HERE = Path(__file__).parent / "tests"
PROGRAM = (HERE / "arithmetic.ir").read_bytes()
GOLDEN = HERE / "arithmetic.json"
NO_OPTIONS = cbor.encode(cbor.Tag(cbor.MAP, []))


def run(program: bytes, calls: list) -> list:
    """Compiles a program, makes the calls in one instance, gives the answers."""
    core = lower(ir.read(program), b"")
    with tempfile.NamedTemporaryFile(suffix=".wasm") as file:
        file.write(core)
        file.flush()
        text = "".join(json.dumps(call) + "\n" for call in calls)
        node = ["node", str(HERE / "run.mjs"), file.name]
        done = subprocess.run(node, input=text, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def encoded(*nodes) -> bytes:
    """A program of bare expressions; they are encoded lists."""
    forms = [[[0, []], node] for node in nodes]
    return cbor.encode([1, [], None, forms])


class Answers(unittest.TestCase):
    def test_every_call_answers_as_the_reference_does(self):
        golden = json.loads(GOLDEN.read_text())
        answers = run(PROGRAM, [call for call, _ in golden])
        self.assertEqual(len(answers), len(golden))
        for (call, expected), answer in zip(golden, answers):
            self.assertEqual(answer, expected, f"export {call[0]}, arguments {call[1]}")

    def test_arguments_are_checked_down_to_what_nothing_looks_at(self):
        fact = 1
        no_values = [
            "81", "8000", "f6", "8163c3a9", "8161ff", "8162c080", "8163eda080", "8164f4908080",  # texts
            "81d96a438401010102", "81d96a438101", "81d96a43828001", "81d96a4382d96a41617301",  # maps
            "81d96a40f6", "81d96a4260", "81d96a48f5", "81d96a4901", "81da00006a40616b",  # tags
            "81d96a478561656165616df6f680", "81d96a478661656165616df6f68101",  # errors
            "811b8000000000000000", "813b8000000000000000", "81f97e01", "81a0", "814100", "81ff",
        ]
        values = [
            "8162c3a9", "8163efbfbf", "8164f48fbfbf", "81d96a43840101d96a40616102", "81d96a4382616101",
            "81d96a4280", "81d96a48f6", "81d96a478661656165616df6f6816166",
            "81" * 500 + "80",
        ]
        answers = run(PROGRAM, [[fact, given, 10] for given in no_values + values])
        for given, answer in zip(no_values, answers):
            self.assertEqual(answer.get("error"), "InvalidArgument", given[:60])
        for given, answer in zip(values, answers[len(no_values):]):
            self.assertEqual(answer.get("error"), "TypeValidationError", given[:60])

    def test_depth_is_limited_where_calls_pend_and_not_in_tail_position(self):
        fact, total = 1, 2
        calls = [[fact, "8109", 10], [fact, "810a", 10], [total, "82" + "190bb8" + "00", 10]]
        nine, ten, tail = run(PROGRAM, calls)
        self.assertEqual(nine, {"ok": "1a00058980"})
        self.assertEqual(ten["error"], "StackOverflow")
        self.assertEqual(ten["message"], "Stack overflow: maximum recursion depth (10) exceeded")
        self.assertEqual(ten["stack"], ["fact"] * 10)
        self.assertEqual(tail, {"ok": "1a0044affc"})

    def test_a_function_with_a_result_type_calls_only_itself_in_tail_position(self):
        count_down, other = 32, 33
        calls = [[count_down, "81190bb8", 1], [other, "81190bb8", 1], [other, "81190bb8", 2]]
        itself, too_deep, fits = run(PROGRAM, calls)
        self.assertEqual((itself, fits), ({"ok": "00"}, {"ok": "00"}))
        self.assertEqual(too_deep["error"], "StackOverflow")

    def test_memory_is_the_same_after_many_calls(self):
        answers = run(PROGRAM, [[3, "82fb3ff199999999999afb3ff199999999999a"]] * 20_000)
        self.assertEqual(len({answer["ok"] for answer in answers}), 1)


class Refusals(unittest.TestCase):
    def refused(self, program: bytes) -> CompileError:
        with self.assertRaises(CompileError) as caught:
            backend.compile(program, NO_OPTIONS)
        return caught.exception

    def test_what_is_not_compiled_is_unsupported_at_its_node(self):
        text = [0, "a"]
        error = self.refused(encoded([16, [[0, 1], text]]))
        self.assertEqual((error.code, error.node), ("unsupported", 2))
        for node in ([23, []], [14, [5, "map"], [[0, 1]]], [6, "user"], [20, [0, 1], [], None]):
            self.assertEqual(self.refused(encoded(node)).code, "unsupported")

    def test_bytes_that_are_no_program_are_invalid(self):
        for program in (b"", b"\x00", encoded()[:-1], encoded() + b"\x00", b"\x84\x02\x80\xf6\x80",
                        encoded([99]), b"\x84\x18\x01\x80\xf6\x80"):
            self.assertEqual(self.refused(program).code, "invalid-ir", program)

    def test_no_prefix_and_no_flipped_bit_is_anything_but_refused_or_compiled(self):
        changed = [PROGRAM[:end] for end in range(0, len(PROGRAM), 7)]
        for at in range(0, len(PROGRAM), 11):
            flipped = bytearray(PROGRAM)
            flipped[at] ^= 1 << at % 8
            changed.append(bytes(flipped))
        for program in changed:
            try:
                ir.read(program)
            except (CompileError, IndexError, TypeError, ValueError):
                continue

    def test_deep_programs_are_unsupported(self):
        for levels, fits in ((100, True), (1_000, False), (100_000, False)):
            node = b"\x82\x10\x81" * levels + b"\x82\x00\x01"
            program = b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80" + node
            if fits:
                backend.compile(program, NO_OPTIONS)
            else:
                self.assertEqual(self.refused(program).code, "unsupported")


class Descriptions(unittest.TestCase):
    def test_the_host_s_wish_is_answered_with_the_backend_s_name(self):
        exports = [cbor.Tag(cbor.MAP, [cbor.keyword("name"), "f"])]
        wish = cbor.Tag(cbor.MAP, [cbor.keyword("backend"), "", cbor.keyword("module"), None,
                                   cbor.keyword("exports"), exports])
        options = cbor.Tag(cbor.MAP, [cbor.keyword("description"), wish])
        made = backend.compile(PROGRAM, cbor.encode(options))
        expected = cbor.Tag(cbor.MAP, [cbor.keyword("backend"), "python 0.1.0",
                                       cbor.keyword("module"), None,
                                       cbor.keyword("exports"), exports])
        self.assertIn(cbor.encode(expected), made)

    def test_the_same_program_gives_the_same_bytes(self):
        first = backend.compile(PROGRAM, NO_OPTIONS)
        self.assertEqual(first, backend.compile(PROGRAM, NO_OPTIONS))


if __name__ == "__main__":
    unittest.main()
