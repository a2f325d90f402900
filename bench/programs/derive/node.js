const polynomial = (n) => (n === 0 ? 1 : ["add", n, ["mul", "x", polynomial(n - 1)]]);

function derive(e) {
  if (e === "x") return 1;
  if (typeof e === "number") return 0;
  const [op, a, b] = e;
  if (op === "add") return ["add", derive(a), derive(b)];
  return ["add", ["mul", derive(a), b], ["mul", a, derive(b)]];
}

function simplify(e) {
  if (!Array.isArray(e)) return e;
  const [op, a, b] = e;
  const x = simplify(a);
  const y = simplify(b);
  if (op === "add") {
    if (x === 0) return y;
    if (y === 0) return x;
    return ["add", x, y];
  }
  if (x === 0 || y === 0) return 0;
  if (x === 1) return y;
  if (y === 1) return x;
  return ["mul", x, y];
}

const size = (e) => (Array.isArray(e) ? 1 + size(e[1]) + size(e[2]) : 1);

exports.run = (n) => {
  let sum = 0;
  for (let i = n; i > 0; i--) sum += size(simplify(derive(polynomial(i))));
  return sum;
};
