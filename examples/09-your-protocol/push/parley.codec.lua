-- parley, read by hand: everything that has come is given at once, and every frame in it is told where it begins and ends.
-- It is longer than a straight reader and spares it the second look at a frame that came in pieces.
codec { correlation = 'id', idBits = 32, idAt = 4, magic = '\xca\x11', writes = true }

-- What is left after so many frames is asked for again, with the fuel of another call.
local MAGIC, HEADER, LENGTH_MAX, FRAMES_MAX = '\xca\x11', 12, 0x7fffffff, 128
local unpack, sub, byte = string.unpack, string.sub, string.byte
local kinds = { 'request', 'response', 'oneway', 'heartbeat', 'heartbeat-reply' }
local types = { request = 1, response = 2, error = 2, oneway = 3, heartbeat = 4, ['heartbeat-reply'] = 5 }
local statuses = { over_limit = 2, overloaded = 2, denied = 3, bad_request = 4, request_timeout = 5 }

-- The head of a frame from `at` on: the op, the headers, and how many bytes they take; a number alone is how many bytes
-- of the frame it takes to say more.
local function head(bytes, at, frame)
  local from, last = at, at + frame - 1
  local properties, index = {}, 0
  at = at + HEADER
  local function text(width)
    if at + width - 1 > last then malformed('header', 'a part reaches beyond its frame') end
    if at + width - 1 > #bytes then return nil, at + width - from end
    local size = width == 1 and byte(bytes, at) or unpack('>I2', bytes, at)
    local stop = at + width + size
    if stop - 1 > last then malformed('header', 'a part reaches beyond its frame') end
    if stop - 1 > #bytes then return nil, stop - from end
    local value = sub(bytes, at + width, stop - 1)
    at = stop
    return value
  end
  local op, missing = text(1)
  if not op then return missing end
  if at > last then malformed('header', 'a frame ends before its headers') end
  if at > #bytes then return at + 1 - from end
  properties[1] = { 'op', op }
  index, at = byte(bytes, at), at + 1
  for number = 2, index + 1 do
    local key, value
    key, missing = text(1)
    if not key then return missing end
    value, missing = text(2)
    if not value then return missing end
    properties[number] = { key, value }
  end
  return at - from, op, properties
end

function decodeChunk(bytes, sink)
  local at = 1
  for _ = 1, FRAMES_MAX do
    if at > #bytes then return end
    local start = sub(bytes, at, at + 1)
    if start ~= sub(MAGIC, 1, #start) then return sink.malformed('magic', 'a frame begins with other bytes') end
    if #bytes - at + 1 < HEADER then return sink.need(HEADER) end
    local _, type, status, id, length = unpack('>c2BBI4I4', bytes, at)
    local kind = kinds[type]
    if not kind then return sink.malformed('header', 'there is no type ' .. type) end
    if length > LENGTH_MAX then return sink.malformed('frame_size', 'a frame of ' .. length .. ' bytes') end
    if length < 2 then return sink.malformed('header', 'a frame ends before its headers') end
    local frame = HEADER + length
    local size, op, properties = head(bytes, at, frame)
    if not op then return sink.need(size) end
    local answers = kind == 'response'
    if answers and status ~= 0 then kind = 'error' end
    sink.message {
      kind = kind, id = id, size = frame, headerSize = size, bodyAt = size, bodySize = frame - size,
      status = answers and status or -1, operation = answers and '' or op, properties = properties,
    }
    at = at + frame
  end
end

local function write(w, type, status, id, op, headers, body)
  w:bytes(MAGIC):u8(type):u8(status):u32(id):u32(0):u8(#op):bytes(op):u8(#headers)
  for _, header in ipairs(headers) do w:u8(#header[1]):bytes(header[1]):u16(#header[2]):bytes(header[2]) end
  w:bytes(body)
  w:u32At(HEADER - 4, w.at - HEADER)
end

function encode(message, mutation, w)
  local op, headers = nil, {}
  for _, pair in ipairs(message.properties) do
    if #pair[1] > 255 or #pair[2] > 65535 then return pair[1] .. ' is too long' end
    if pair[1] ~= 'op' then
      headers[#headers + 1] = pair
    elseif op or #pair[2] > 255 then
      return 'op stands once in a message, with at most 255 bytes'
    else
      op = pair[2]
    end
  end
  if not op then return 'op cannot be taken away' end
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
  if #bytes >= 2 then return sub(bytes, 1, 2) == MAGIC end
  if sub(bytes, 1, 1) ~= sub(MAGIC, 1, #bytes) then return false end
end
