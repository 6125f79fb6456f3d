-- Requests random paths from a file (first argument, one path per line) and prints one RESULT line of JSON at the end.
-- A second argument that is not empty is a number to count up from: it is added to each address, so that none repeats.
-- A third argument that is not empty is the Accept-Encoding to send.
-- A fourth argument that is not empty is the status that every answer must have; others count as errors.
-- A fifth argument that is not empty is a file of bearer tokens, one per line; each request carries one at random.
-- The seed is fixed, so two servers are asked for the same sequence.

local paths, tokens, head, counter, threads = {}, {}, "", nil, {}
wanted, wrong = nil, 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  counter = tonumber(args[2])
  wanted = tonumber(args[4])
  head = string.format(" HTTP/1.1\r\nHost: %s\r\n", wrk.headers["Host"])
  if args[3] ~= nil and args[3] ~= "" then
    head = head .. "Accept-Encoding: " .. args[3] .. "\r\n"
  end
  for line in io.lines(args[1]) do
    local asked = counter == nil and "" or (line:find("?", 1, true) and "&_=" or "?_=")
    paths[#paths + 1] = "GET " .. line .. asked
  end
  if args[5] ~= nil and args[5] ~= "" then
    for line in io.lines(args[5]) do
      tokens[#tokens + 1] = "Authorization: Bearer " .. line .. "\r\n\r\n"
    end
  end
  if wanted ~= nil then
    response = function(status)
      if status ~= wanted then
        wrong = wrong + 1
      end
    end
  end
  math.randomseed(1000)
end

function request()
  local path = paths[math.random(#paths)]
  if counter ~= nil then
    counter = counter + 1
    path = path .. string.format("%d", counter)
  end
  return path .. head .. (#tokens > 0 and tokens[math.random(#tokens)] or "\r\n")
end

function done(summary, latency, rates)
  local errors, refused = summary.errors, summary.errors.status
  if threads[1]:get("wanted") ~= nil then
    refused = 0
    for _, thread in ipairs(threads) do
      refused = refused + thread:get("wrong")
    end
  end
  print(string.format(
    'RESULT {"requests": %d, "micros": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, "status_errors": %d, "socket_errors": %d}',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.max,
    refused, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
