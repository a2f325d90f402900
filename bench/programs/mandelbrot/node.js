function inside(cr, ci) {
  let x = 0;
  let y = 0;
  for (let left = 50; ; left--) {
    const x2 = x * x;
    const y2 = y * y;
    if (x2 + y2 > 4) return 0;
    if (left === 0) return 1;
    y = 2 * (x * y) + ci;
    x = x2 - y2 + cr;
  }
}

exports.run = (n) => {
  let sum = 0;
  for (let line = 0; line < n; line++) {
    const ci = (2.5 * line) / n - 1.25;
    for (let col = 0; col < n; col++) sum += inside((2.5 * col) / n - 2, ci);
  }
  return sum;
};
