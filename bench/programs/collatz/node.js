function steps(n) {
  let taken = 0;
  while (n !== 1) {
    n = n % 2 === 0 ? n / 2 : 3 * n + 1;
    taken += 1;
  }
  return taken;
}

exports.run = (n) => {
  let sum = 0;
  for (let i = n; i > 0; i--) sum += steps(i);
  return sum;
};
