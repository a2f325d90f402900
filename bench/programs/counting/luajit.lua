return function(n)
  local counts, size = {}, 0
  for i = 0, n - 1 do
    local k = (i * 31) % 1009
    if not counts[k] then size = size + 1 end
    counts[k] = (counts[k] or 0) + 1
  end
  return 1000000 * size + counts[7]
end
