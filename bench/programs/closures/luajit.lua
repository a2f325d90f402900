local function adder(k) return function(x) return x + k end end
local function scaler(k) return function(x) return x * k end end
local function chain(f, g) return function(x) return g(f(x)) end end

return function(n)
  local f = adder(1)
  for _, g in ipairs({ scaler(3), adder(7), scaler(5) }) do f = chain(f, g) end
  local x = 1
  for _ = 1, n do x = f(x) % 1000003 end
  return x
end
