-- awesomerpc, the protocol of the tutorial, byte by byte, all numbers big endian:
--
--   version i8 | id u32 | size of the whole packet u32 | cmd i16 | code i16 | body
--
-- A caller's code is 0; a reply's is 0 when all is well. Command 0 is a sign of life.
codec { correlation = 'id', idBits = 32, idAt = 1, writes = { 'cmd', 'code', 'version' } }

local HEADER, VERSION, HEARTBEAT = 13, 1, 0

-- What the protocol says to a caller about the errors of the proxy.
local codes = { route_not_found = 404, over_limit = 429, denied = 403, bad_request = 400, request_timeout = 504 }

function decode(r)
  local version = r:i8()
  if version < 1 then return malformed('version', 'there is no version ' .. version) end
  local id, size, cmd, code = r:u32(), r:u32(), r:i16(), r:i16()
  if size < HEADER then return malformed('frame_size', 'a packet of ' .. size .. ' bytes') end
  r:body(size - HEADER)
  local kind
  if r.direction == 'request' then
    kind = cmd == HEARTBEAT and 'heartbeat' or 'request'
  elseif cmd == HEARTBEAT then
    kind = 'heartbeat-reply'
  else
    kind = code == 0 and 'response' or 'error'
  end
  return message {
    kind = kind, id = id, status = r.direction == 'response' and code or nil, operation = cmd,
    properties = { { 'version', version }, { 'cmd', cmd }, { 'code', code } },
  }
end

local function write(w, version, id, cmd, code, body)
  w:i8(version):u32(id):u32(HEADER + #body):i16(cmd):i16(code):bytes(body)
end

function encode(message, mutation, w)
  local version = message:number('version', 1, 127)
  local cmd, code = message:number('cmd', -32768, 32767), message:number('code', -32768, 32767)
  write(w, version, message.id, cmd, code, message.body)
end

function encodeError(request, error, w)
  write(w, VERSION, request.id, tonumber(request:get('cmd')), codes[error.kind] or 500, error.text)
end

function encodeReply(request, reply, w)
  local key = reply.properties[1] and reply.properties[1][1]
  if key then return '"' .. key .. '" cannot be said in a reply of our own' end
  write(w, VERSION, request.id, tonumber(request.operation), 0, reply.body or '')
end

function encodeHeartbeat(id, w)
  write(w, VERSION, id, HEARTBEAT, 0, '')
end

function encodeHeartbeatReply(heartbeat, w)
  write(w, VERSION, heartbeat.id, HEARTBEAT, 0, '')
end

function sniff(bytes)
  if #bytes < HEADER then return nil end
  local r = reader(bytes)
  return r:i8() == VERSION and r:u32() >= 0 and r:u32() >= HEADER
end
