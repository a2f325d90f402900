const line = (i) => `The quick brown Fox ${i % 10} jumps over the lazy Dog`;

exports.run = (n) => {
  const text = Array.from({ length: n }, (_, i) => line(i)).join(" ");
  const words = text.toLowerCase().split(" ");
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const report = [...counts.keys()].sort().map((word) => `${word}=${counts.get(word)}`);
  return `${text.length}:${words.length}:${report.join(",")}`;
};
