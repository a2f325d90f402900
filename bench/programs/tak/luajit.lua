local function tak(x, y, z)
  if y < x then return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
  return z
end

return function(n) return tak(n, math.floor(2 * n / 3), math.floor(n / 3)) end
