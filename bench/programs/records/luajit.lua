local teams = { [0] = "oak", "elm", "ash", "fir", "yew", "box", "bay" }

local function person(i)
  return { id = i, team = teams[i % 7], pay = 1000 + (i * 7919) % 5000, senior = i % 3 == 0 }
end

return function(n)
  local groups = {}
  for i = 0, n - 1 do
    local p = person(i)
    if p.senior then
      p.pay = p.pay + math.floor(p.pay / 10)
      local members = groups[p.team]
      if members then members[#members + 1] = p else groups[p.team] = { p } end
    end
  end
  local sum = 0
  for _, members in pairs(groups) do
    local best = 0
    for _, p in ipairs(members) do best = math.max(best, p.pay) end
    sum = sum + #members * best
  end
  return sum
end
