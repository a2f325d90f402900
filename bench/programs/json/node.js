const record = (i) => ({
  id: i,
  name: `user-${i}`,
  tags: ["red", "green", "blue"],
  score: i + 0.5,
  active: i % 2 === 0,
});

exports.run = (n) => {
  const text = JSON.stringify(Array.from({ length: n }, (_, i) => record(i)));
  const back = JSON.parse(text);
  return text.length + back.reduce((sum, r) => sum + r.id, 0);
};
