const adder = (k) => (x) => x + k;
const scaler = (k) => (x) => x * k;
const chain = (f, g) => (x) => g(f(x));

exports.run = (n) => {
  const f = [scaler(3), adder(7), scaler(5)].reduce((f, g) => chain(f, g), adder(1));
  let x = 1;
  for (let i = 0; i < n; i++) x = f(x) % 1000003;
  return x;
};
