exports.run = (n) => {
  const counts = new Map();
  for (let i = 0; i < n; i++) {
    const k = (i * 31) % 1009;
    counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  return 1000000 * counts.size + counts.get(7);
};
