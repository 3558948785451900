-- For wrk: sends requests that were signed beforehand, all of one length, each once.
-- REQUESTS: their file; LENGTH: bytes of one; PORTS: where to, one thread each.

local ports, threads = {}, {}
for port in os.getenv("PORTS"):gmatch("%d+") do
  ports[#ports + 1] = port
end

function setup(thread)
  threads[#threads + 1] = thread
  thread.addr = wrk.lookup("127.0.0.1", ports[#threads])[1]
  thread:set("part", #threads - 1)
end

function init(_)
  length = tonumber(os.getenv("LENGTH"))
  file = io.open(os.getenv("REQUESTS"), "rb")
  local each = math.floor(file:seek("end") / length / #ports)
  left, used_up = each, false
  file:seek("set", part * each * length)
end

function request()
  if left == 0 then
    used_up = true
    wrk.thread:stop()
    return wrk.format("GET", "/healthz")
  end
  left = left - 1
  return file:read(length)
end

function done(summary, latency, _)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  for _, thread in ipairs(threads) do
    if thread:get("used_up") then
      lost = lost + 1
    end
  end
  io.stderr:write(string.format(
    '{"answered": %d, "seconds": %.6f, "refused": %d, "lost": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status, lost,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
