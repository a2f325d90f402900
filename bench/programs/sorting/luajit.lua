return function(n)
  local v, by_key, x = {}, {}, 1
  for i = 1, n do
    v[i], by_key[i] = x, x
    x = (x * 16807) % 2147483647
  end
  local middle = math.floor(n / 2) + 1
  table.sort(by_key, function(a, b) return a % 1000 > b % 1000 end)
  table.sort(v)
  return v[middle] + by_key[middle] % 1000
end
