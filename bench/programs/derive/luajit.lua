local function polynomial(n)
  if n == 0 then return 1 end
  return { "add", n, { "mul", "x", polynomial(n - 1) } }
end

local function derive(e)
  if e == "x" then return 1 end
  if type(e) == "number" then return 0 end
  local op, a, b = e[1], e[2], e[3]
  if op == "add" then return { "add", derive(a), derive(b) } end
  return { "add", { "mul", derive(a), b }, { "mul", a, derive(b) } }
end

local function simplify(e)
  if type(e) ~= "table" then return e end
  local op, x, y = e[1], simplify(e[2]), simplify(e[3])
  if op == "add" then
    if x == 0 then return y end
    if y == 0 then return x end
    return { "add", x, y }
  end
  if x == 0 or y == 0 then return 0 end
  if x == 1 then return y end
  if y == 1 then return x end
  return { "mul", x, y }
end

local function size(e)
  if type(e) == "table" then return 1 + size(e[2]) + size(e[3]) end
  return 1
end

return function(n)
  local sum = 0
  for i = n, 1, -1 do sum = sum + size(simplify(derive(polynomial(i)))) end
  return sum
end
