return function(n)
  local lines = {}
  for i = 0, n - 1 do
    lines[i + 1] = "The quick brown Fox " .. i % 10 .. " jumps over the lazy Dog"
  end
  local text = table.concat(lines, " ")
  local counts, n_words = {}, 0
  for word in text:lower():gmatch("[^ ]+") do
    counts[word] = (counts[word] or 0) + 1
    n_words = n_words + 1
  end
  local keys, report = {}, {}
  for word in pairs(counts) do keys[#keys + 1] = word end
  table.sort(keys)
  for i, word in ipairs(keys) do report[i] = word .. "=" .. counts[word] end
  return #text .. ":" .. n_words .. ":" .. table.concat(report, ",")
end
