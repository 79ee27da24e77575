-- parley: messages with a name, headers and a body. Write your own protocol in its place.
--
--   ca 11 | type u8 | status u8 | id u32 | length u32 | op: size u8, text
--         | headers: count u8, each: size u8, key, size u16, value | body
--
-- All numbers big endian; length counts what follows it.
codec { correlation = 'id', idBits = 32, idAt = 4, magic = '\xca\x11', writes = true }

local MAGIC, HEADER = '\xca\x11', 12
local kinds = { 'request', 'response', 'oneway', 'heartbeat', 'heartbeat-reply' }
local types = { request = 1, response = 2, error = 2, oneway = 3, heartbeat = 4, ['heartbeat-reply'] = 5 }
-- What the protocol says to a caller about the errors of the proxy.
local statuses = { over_limit = 2, overloaded = 2, denied = 3, bad_request = 4, request_timeout = 5 }

-- A part of the frame; what claims to reach beyond it is no frame.
local function part(r, size, frame)
  if r.at + size > frame then malformed('header', 'a part of ' .. size .. ' bytes reaches beyond its frame') end
  return size
end

function decode(r)
  r:magic(MAGIC)
  local type, status, id = r:u8(), r:u8(), r:u32()
  local frame = HEADER + r:u32()
  local kind = kinds[type] or malformed('header', 'there is no type ' .. type)
  if kind == 'response' and status ~= 0 then kind = 'error' end
  part(r, 2, frame)
  local op = r:bytes(part(r, r:u8(), frame))
  part(r, 1, frame)
  local properties = { { 'op', op } }
  for index = 1, r:u8() do
    part(r, 1, frame)
    local key = r:bytes(part(r, r:u8(), frame))
    part(r, 2, frame)
    properties[index + 1] = { key, r:bytes(part(r, r:u16(), frame)) }
  end
  r:body(frame - r.at)
  local answers = kind == 'response' or kind == 'error'
  return message {
    kind = kind, id = id, status = answers and status or -1, operation = answers and '' or op, properties = properties,
  }
end

local function write(w, type, status, id, op, headers, body)
  w:bytes(MAGIC):u8(type):u8(status):u32(id):u32(0):u8(#op):bytes(op):u8(#headers)
  for _, header in ipairs(headers) do w:u8(#header[1]):bytes(header[1]):u16(#header[2]):bytes(header[2]) end
  w:bytes(body)
  w:u32At(HEADER - 4, w.at - HEADER)
end

-- Why a header cannot be written; nothing when it can.
local function fault(key, value)
  if #key > 255 then return 'the key has more than 255 bytes' end
  if #value > 65535 then return key .. ' has more than 65535 bytes' end
end

-- What is written in place of a message that filters have changed.
function encode(message, mutation, w)
  local op, headers = nil, {}
  for _, pair in ipairs(message.properties) do
    local wrong = fault(pair[1], pair[2])
    if wrong then return wrong end
    if pair[1] ~= 'op' then
      headers[#headers + 1] = pair
    elseif op then
      return 'op stands once in a message'
    else
      op = pair[2]
    end
  end
  if not op then return 'op cannot be taken away' end
  if #op > 255 then return 'op has more than 255 bytes' end
  if #headers > 255 then return 'a message has at most 255 headers' end
  write(w, types[message.kind], math.max(message.status, 0), message.id, op, headers, message.body)
end

function encodeError(request, error, w)
  local text = 'weir: ' .. error.kind .. ': ' .. error.text
  write(w, types.error, statuses[error.kind] or 1, request.id, '', {}, text)
end

function encodeHeartbeat(id, w)
  write(w, types.heartbeat, 0, id, '', {}, '')
end

function encodeHeartbeatReply(heartbeat, w)
  write(w, types['heartbeat-reply'], 0, heartbeat.id, '', {}, '')
end

function sniff(bytes)
  if #bytes >= 2 then return bytes:sub(1, 2) == MAGIC end
  if bytes:sub(1, 1) ~= MAGIC:sub(1, #bytes) then return false end
end
