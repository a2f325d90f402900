const teams = ["oak", "elm", "ash", "fir", "yew", "box", "bay"];

const person = (i) => ({
  id: i,
  team: teams[i % 7],
  pay: 1000 + ((i * 7919) % 5000),
  senior: i % 3 === 0,
});

exports.run = (n) => {
  const people = Array.from({ length: n }, (_, i) => person(i)).filter((p) => p.senior);
  const groups = new Map();
  for (const p of people) {
    p.pay += Math.trunc(p.pay / 10);
    const members = groups.get(p.team);
    if (members) members.push(p);
    else groups.set(p.team, [p]);
  }
  let sum = 0;
  for (const members of groups.values()) {
    sum += members.length * members.reduce((best, p) => Math.max(best, p.pay), 0);
  }
  return sum;
};
