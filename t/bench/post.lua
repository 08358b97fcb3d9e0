-- POSTs the bodies in a file, each with an Idempotency-Key of its own:  wrk ... -s post.lua URL -- FILE RUN SECONDS
-- A line of the file is an address, a blank and a body.
--
-- After so many seconds the connections ask for /quiet instead, so that every POST has its answer when wrk ends and the
-- tickets can be counted exactly.  posted and window (microseconds) are read by report.lua.

local ffi = require "ffi"
ffi.cdef [[
   typedef struct { long s, ns; } bench_time_t;
   int clock_gettime(int clock, bench_time_t *t);
]]
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local heads, tails, n, run, quiet, seconds, start, stop = {}, {}, 0, nil, nil, 0, nil, nil
local calls, t = 0, ffi.new("bench_time_t")
posted, window = 0, 0

local function now()
   ffi.C.clock_gettime(1, t)
   return tonumber(t.s) * 1e6 + tonumber(t.ns) / 1e3
end

function init(args)
   run, seconds = args[2], tonumber(args[3])
   quiet = wrk.format("GET", "/quiet")
   wrk.headers["Content-Type"] = "application/json"
   wrk.headers["Idempotency-Key"] = "KEY"
   for line in io.lines(args[1]) do
      local path, body = line:match("^(%S+) (.*)$")
      n = n + 1
      heads[n], tails[n] = wrk.format("POST", path, nil, body):match("^(.-: )KEY(\r\n.*)$")
   end
end

function request()
   calls = calls + 1
   if calls == 1 then                      -- wrk looks at this one and does not send it
      return quiet
   end
   local at = now()
   if start == nil then
      start, stop = at, at + seconds * 1e6
   end
   if at >= stop then
      if window == 0 then
         window = at - start
      end
      return quiet
   end
   posted = posted + 1
   local i = posted % n + 1
   return heads[i] .. run .. "-" .. posted .. tails[i]
end
