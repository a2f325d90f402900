function tak(x, y, z) {
  return y < x ? tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) : z;
}

exports.run = (n) => tak(n, Math.trunc((2 * n) / 3), Math.trunc(n / 3));
