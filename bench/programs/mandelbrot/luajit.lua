local function inside(cr, ci)
  local x, y, left = 0, 0, 50
  while true do
    local x2, y2 = x * x, y * y
    if x2 + y2 > 4 then return 0 end
    if left == 0 then return 1 end
    x, y, left = x2 - y2 + cr, 2 * (x * y) + ci, left - 1
  end
end

return function(n)
  local sum = 0
  for line = 0, n - 1 do
    local ci = 2.5 * line / n - 1.25
    for col = 0, n - 1 do sum = sum + inside(2.5 * col / n - 2, ci) end
  end
  return sum
end
