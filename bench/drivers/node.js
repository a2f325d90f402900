// Serves one program: every line asks for one timed run.
//   node node.js PROGRAM N
const fs = require("fs");
const path = require("path");

const { run } = require(path.resolve(process.argv[2]));
const n = Number(process.argv[3]);
const line = Buffer.alloc(64);
while (fs.readSync(0, line) > 0) {
  const started = process.hrtime.bigint();
  const result = run(n);
  const time = process.hrtime.bigint() - started;
  fs.writeSync(1, `${time} ${result}\n`);
}
