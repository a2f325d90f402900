exports.run = (n) => {
  let text = "";
  for (let i = 0; i < n; i++) text += "ab";
  return text.length;
};
