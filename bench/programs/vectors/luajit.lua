return function(n)
  local v = {}
  for i = 0, n - 1 do v[#v + 1] = (i * 7919) % 10007 end
  local neighbours = 0
  for i = n, 2, -1 do neighbours = neighbours + v[i] * v[i - 1] end
  local even = {}
  for _, x in ipairs(v) do if x % 2 == 0 then even[#even + 1] = x end end
  local squares = {}
  for i, x in ipairs(even) do squares[i] = x * x end
  local sum = neighbours
  for _, x in ipairs(squares) do sum = sum + x end
  return sum
end
