-- Sends random lines of a file (first argument): a bearer token, a path and, for a POST, a JSON body, with tabs between them.
-- Prints one RESULT line of JSON at the end. The seed is fixed, so two servers are asked for the same sequence.

local requests = {}

function init(args)
  for line in io.lines(args[1]) do
    local token, path, body = line:match("^([^\t]+)\t([^\t]+)\t?(.*)$")
    local head = string.format(
      " %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: wrk\r\nAuthorization: Bearer %s\r\n", path, wrk.headers["Host"], token)
    if body == "" then
      requests[#requests + 1] = "GET" .. head .. "\r\n"
    else
      requests[#requests + 1] = string.format(
        "POST%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", head, #body, body)
    end
  end
  math.randomseed(1000)
end

function request()
  return requests[math.random(#requests)]
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
