-- sysbench's own oltp_read_only, which also writes down when each transaction began and ended: one file a thread,
-- seconds of CLOCK_MONOTONIC. sysbench itself tells percentiles of whole runs and whole seconds only.

require("oltp_read_only")
local ffi = require("ffi")

ffi.cdef[[
struct mgc_time { long seconds; long nanoseconds; };
int clock_gettime(int clock, struct mgc_time *now);
]]

sysbench.cmdline.options.seen = {"Beginning of the names of the files", "seen"}

local MONOTONIC = 1
local now = ffi.new("struct mgc_time")
local read_only = event
local file, flushed = nil, 0

local function time()
   ffi.C.clock_gettime(MONOTONIC, now)
   return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
end

function event()
   file = file or assert(io.open(sysbench.opt.seen .. "." .. sysbench.tid, "w"))
   local begun = time()
   read_only()
   local ended = time()
   file:write(string.format("%.6f %.6f\n", begun, ended))
   if ended - flushed > 0.2 then  -- it may be killed at any time
      file:flush()
      flushed = ended
   end
end
