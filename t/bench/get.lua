-- GETs the paths in a file, or POSTs the JSON that stands behind one, round and round:  wrk ... -s get.lua URL -- FILE

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local requests, at = {}, 0

function init(args)
   for path in io.lines(args[1]) do
      local to, body = path:match("^(%S+) (.*)$")
      if body then
         wrk.headers["Content-Type"] = "application/json"
      end
      requests[#requests + 1] = wrk.format(body and "POST" or "GET", to or path, nil, body)
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end
