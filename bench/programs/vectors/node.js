exports.run = (n) => {
  const v = [];
  for (let i = 0; i < n; i++) v.push((i * 7919) % 10007);
  let neighbours = 0;
  for (let i = n - 1; i > 0; i--) neighbours += v[i] * v[i - 1];
  const squares = v.filter((x) => x % 2 === 0).map((x) => x * x);
  return neighbours + squares.reduce((sum, x) => sum + x, 0);
};
