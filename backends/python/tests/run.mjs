// Runs the core module of a compiled program: reads JSON lines [export, arguments in hexadecimal],
// prints for each {"ok": hexadecimal} or the error.
//
//   node run.mjs CORE.wasm < calls

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const NAME = "rtfs:module/dynamic@0.1.0#";
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, {});
const bytes = (at, length) => new Uint8Array(exports.memory.buffer, at, length);
const word = (at) => new DataView(exports.memory.buffer).getUint32(at, true);
const hex = (at) => Buffer.from(bytes(word(at), word(at + 4))).toString("hex");
const text = (at) => Buffer.from(bytes(word(at), word(at + 4))).toString("utf8");

for await (const line of createInterface({ input: process.stdin })) {
  const [number, args, depth] = JSON.parse(line);
  if (depth !== undefined) exports[NAME + "limits"](0, depth);
  const data = Buffer.from(args, "hex");
  const at = exports.cabi_realloc(0, 0, 1, data.length);
  bytes(at, data.length).set(data);
  const area = exports[NAME + "invoke"](number, at, data.length);
  let answer = { ok: hex(area + 4) };
  if (bytes(area, 1)[0] === 1) {
    const n = word(area + 44);
    const stack = Array.from({ length: n }, (_, i) => text(word(area + 40) + 8 * i));
    const [error, kind, message] = [4, 12, 20].map((offset) => text(area + offset));
    answer = { error, kind, message, node: word(area + 36) | 0, stack };
  }
  console.log(JSON.stringify(answer));
  exports[`cabi_post_${NAME}invoke`](area);
}
