exports.run = (n) => {
  const v = [];
  let x = 1;
  for (let i = 0; i < n; i++) {
    v.push(x);
    x = (x * 16807) % 2147483647;
  }
  const middle = Math.trunc(n / 2);
  const byKey = v.slice().sort((a, b) => (b % 1000) - (a % 1000));
  v.sort((a, b) => a - b);
  return v[middle] + (byKey[middle] % 1000);
};
