// Calls typed exports of a component from Node.js, through jco.
//
//   node call.mjs COMPONENT.wasm '[["export-label", [argument, …]], …]'
//
// Prints one JSON line a call: {"ok": value} or {"error": {class, kind, message}}. 64-bit integers
// travel as strings with an `n` at the end, in both directions; byte lists as arrays of numbers.

import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";

const [path, calls] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

const camel = (label) => label.replace(/-([a-z0-9])/g, (_, c) => c.toUpperCase());
const decode = (_, value) =>
  typeof value === "string" && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
const encode = (_, value) => {
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return value;
};

// Inside this folder, so that the output finds node_modules.
const output = await mkdtemp(join(here, "node_modules", ".transpiled-"));
try {
  const { files } = await transpileBytes(await readFile(path), { name: "component" });
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(output, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  await writeFile(join(output, "package.json"), '{"type":"module"}');
  const instance = await import(pathToFileURL(join(output, "component.js")).href);
  for (const [label, args] of JSON.parse(calls, decode)) {
    let line;
    try {
      line = { ok: instance[camel(label)](...args) };
    } catch (error) {
      // Depending on its version, jco wraps the error record or throws it as it is.
      const record = error.payload ?? error;
      if (record.class === undefined) throw error;
      const { class: className, kind, message } = record;
      line = { error: { class: className, kind, message } };
    }
    console.log(JSON.stringify(line, encode));
  }
} finally {
  await rm(output, { recursive: true, force: true });
}
