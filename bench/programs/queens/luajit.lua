local function safe(row, placed)
  local distance = 1
  for i = #placed, 1, -1 do
    local other = placed[i]
    if other == row or other == row + distance or other == row - distance then return false end
    distance = distance + 1
  end
  return true
end

local function ways(n, left, placed)
  if left == 0 then return 1 end
  local sum = 0
  for row = 0, n - 1 do
    if safe(row, placed) then
      placed[#placed + 1] = row
      sum = sum + ways(n, left - 1, placed)
      placed[#placed] = nil
    end
  end
  return sum
end

return function(n) return ways(n, n, {}) end
