-- Posts JSON bodies to one path (first argument) and prints one RESULT line of JSON at the end.
-- The bodies are the lines of a file (second argument), taken in turn. With a third argument, the name of a field, the file
-- has values of this field instead; each is sent once, and what the answer has in the field joins the end of the queue.
-- The queue belongs to the thread, and wrk runs with one: no value is ever sent twice, whichever connection sends it.

local queue, first, last, field, pattern, head = {}, 1, 0, nil, nil, ""

local function add(line)
  last = last + 1
  queue[last] = line
end

function init(args)
  field = args[3]
  head = string.format(
    "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nUser-Agent: wrk\r\nContent-Length: ",
    args[1], wrk.headers["Host"])
  for line in io.lines(args[2]) do
    add(line)
  end
  if field ~= nil then
    pattern = '"' .. field .. '":"([^"]+)"'
    response = function(_, _, body)
      local value = body:match(pattern)
      if value ~= nil then
        add(value)
      end
    end
  end
end

function request()
  local body = queue[first]
  queue[first] = nil
  first = first + 1
  if field == nil then
    add(body)
  else
    -- An empty queue sends an empty value, which is refused and fails the run.
    body = string.format('{"%s":"%s"}', field, body or "")
  end
  return head .. #body .. "\r\n\r\n" .. body
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
