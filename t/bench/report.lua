-- What every run prints for bench.pl: one line of name=value.  Times are in microseconds.

local threads = {}

function setup(thread)
   threads[#threads + 1] = thread
end

function done(summary, latency)
   local e, posted, window = summary.errors, 0, 0
   for _, t in ipairs(threads) do
      posted = posted + (t:get("posted") or 0)
      window = math.max(window, t:get("window") or 0)
   end
   io.write(string.format(
      "bench requests=%d duration=%d bytes=%d p50=%d p99=%d max=%d posted=%d window=%d "
         .. "status=%d connect=%d read=%d write=%d timeout=%d\n",
      summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
      latency.max, posted, window, e.status, e.connect, e.read, e.write, e.timeout))
end
