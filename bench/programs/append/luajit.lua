return function(n)
  local pieces = {}
  for i = 1, n do pieces[i] = "ab" end
  return #table.concat(pieces)
end
