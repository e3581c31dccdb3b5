-- For wrk: POST /invocations with PAIRS pairs of single tokens (default 1), other ones in each request, below
-- VOCAB0 and VOCAB1 (default 944 and 1683: MovieLens 100K as o2v-prepare writes it).
local pairs_each = tonumber(os.getenv("PAIRS") or "1")
local vocab0 = tonumber(os.getenv("VOCAB0") or "944")
local vocab1 = tonumber(os.getenv("VOCAB1") or "1683")

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local bodies = {}
local next_body = 0

function init(args)
  for i = 1, 200 do
    local rows = {}
    for k = 1, pairs_each do
      rows[k] = string.format('{"in0":[%d],"in1":[%d]}', math.random(1, vocab0 - 1), math.random(1, vocab1 - 1))
    end
    bodies[i] = wrk.format(nil, "/invocations", nil, '{"instances":[' .. table.concat(rows, ",") .. ']}')
  end
end

function request()
  next_body = next_body % #bodies + 1
  return bodies[next_body]
end

function done(summary, latency, requests)
  local seconds = summary.duration / 1e6
  print(string.format("pairs a second: %.0f; p50 %.2f ms, p99 %.2f ms; statuses other than 200: %d, socket errors %d",
    summary.requests * pairs_each / seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
