function safe(row, placed) {
  for (let i = placed.length - 1, distance = 1; i >= 0; i--, distance++) {
    const other = placed[i];
    if (other === row || other === row + distance || other === row - distance) return false;
  }
  return true;
}

function ways(n, left, placed) {
  if (left === 0) return 1;
  let sum = 0;
  for (let row = 0; row < n; row++) {
    if (safe(row, placed)) {
      placed.push(row);
      sum += ways(n, left - 1, placed);
      placed.pop();
    }
  }
  return sum;
}

exports.run = (n) => ways(n, n, []);
