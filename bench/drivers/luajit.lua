-- Serves one program: every line asks for one timed run.
--   luajit luajit.lua PROGRAM N
local ffi = require("ffi")
ffi.cdef([[
typedef struct { long sec; long nsec; } bench_time;
int clock_gettime(int clock, bench_time *time);
]])
local CLOCK_MONOTONIC = 1
local time = ffi.new("bench_time")

local function now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.sec) * 1e9 + tonumber(time.nsec)
end

local run = dofile(arg[1])
local n = tonumber(arg[2])
for _ in io.lines() do
  local started = now()
  local result = run(n)
  local passed = now() - started
  if type(result) == "number" then result = string.format("%.0f", result) end
  io.write(string.format("%.0f ", passed), result, "\n")
  io.flush()
end
