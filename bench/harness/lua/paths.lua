-- Requests random paths from a file (first argument, one path per line) and prints one RESULT line of JSON at the end.
-- A second argument that is not empty is a number to count up from: it is added to each address, so that none repeats.
-- A third argument that is not empty is the Accept-Encoding to send.
-- The seed is fixed, so two servers are asked for the same sequence.

local paths, requests, suffix, counter = {}, {}, "", nil

function init(args)
  counter = tonumber(args[2])
  local encoding = args[3] ~= nil and args[3] ~= "" and ("Accept-Encoding: " .. args[3] .. "\r\n") or ""
  suffix = string.format(" HTTP/1.1\r\nHost: %s\r\n%s\r\n", wrk.headers["Host"], encoding)
  for line in io.lines(args[1]) do
    requests[#requests + 1] = "GET " .. line .. suffix
    paths[#paths + 1] = "GET " .. line .. (line:find("?", 1, true) and "&_=" or "?_=")
  end
  math.randomseed(1000)
end

function request()
  if counter == nil then
    return requests[math.random(#requests)]
  end
  counter = counter + 1
  return paths[math.random(#paths)] .. string.format("%d", counter) .. suffix
end

function done(summary, latency, rates)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "micros": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, "status_errors": %d, "socket_errors": %d}',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
