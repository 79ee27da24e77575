-- The reference protocol in Lua, as reference-frame.ts draws it. DEFECT is put in front of it: what is to be wrong.
codec { correlation = 'id', idBits = 32, idAt = 4, writes = true, sniffBytes = 3 }

local kinds = { 'request', 'oneway', 'response', 'error', 'heartbeat', 'heartbeat-reply', 'drain' }
local types = {}
for number, kind in ipairs(kinds) do types[kind] = number end
local calls = 0

local function pairsIn(bytes)
  local r, list = reader(bytes), {}
  while r.left > 0 do
    if r.left < 3 then break end
    local keySize = r:u8()
    if r.left < keySize + 2 and DEFECT == 'fails on large keys' then error('no key') end
    if r.left < keySize + 2 then break end
    local key = r:bytes(keySize)
    local size = r:u16()
    if r.left < size then break end
    local value = r:bytes(size)
    if DEFECT == 'lower-cases values' then value = value:lower() end
    list[#list + 1] = { key, value }
  end
  return list
end

function decode(r)
  r:magic('RF')
  local version = r:u8()
  if version ~= 1 and DEFECT ~= 'accepts every version' then return malformed('version', 'no version ' .. version) end
  local kind = kinds[r:u8()]
  if kind == nil then return malformed('header', 'no such type') end
  local id = DEFECT == 'reads the id with the other byte order' and r:u32le() or r:u32()
  local area, size = r:u16(), r:u32()
  if DEFECT == 'loops on empty bodies' and size == 0 then while true do end end
  if DEFECT == 'counts up to what is claimed' then for _ = 1, math.min(size, 300000) do end end
  local properties = pairsIn(r:bytes(area))
  r:body(size)
  if DEFECT == 'takes one-ways for requests' and kind == 'oneway' then kind = 'request' end
  calls = calls + 1
  local operation = ''
  for _, pair in ipairs(properties) do if pair[1] == 'operation' then operation = pair[2] end end
  if DEFECT == 'counts its calls' then operation = operation .. calls end
  local status = kind == 'error' and 1 or kind == 'response' and 0 or -1
  return message { kind = kind, id = id, status = status, operation = operation, properties = properties, headerSize = 14 }
end

local function write(w, kind, id, list, body, bodySize)
  local area = 0
  for _, pair in ipairs(list) do area = area + 3 + #pair[1] + #pair[2] end
  w:bytes('RF'):u8(1):u8(types[kind]):u32(id):u16(area):u32(bodySize or #body)
  for _, pair in ipairs(list) do w:u8(#pair[1]):bytes(pair[1]):u16(#pair[2]):bytes(pair[2]) end
  w:bytes(body)
end

local function edited(message, mutation)
  local list = pairsIn(message.bytes:sub(15, 14 + reader(message.bytes:sub(9, 10)):u16()))
  for _, edit in ipairs(mutation.edits) do
    local kept, placed = {}, false
    for _, pair in ipairs(list) do
      local same = pair[1] == edit.key
      if not same or edit.op == 'add' or (edit.op == 'remove' and DEFECT == 'ignores remove') then
        kept[#kept + 1] = pair
      elseif edit.op == 'set' and not placed then
        kept[#kept + 1], placed = { edit.key, edit.value }, true
      end
    end
    if edit.op == 'add' or (edit.op == 'set' and not placed) then kept[#kept + 1] = { edit.key, edit.value } end
    list = kept
  end
  return list
end

function encode(message, mutation, w)
  local list, area = edited(message, mutation), 0
  for _, pair in ipairs(list) do
    area = area + 3 + #pair[1] + #pair[2]
    if #pair[1] > 255 or area > 65535 then
      if DEFECT == 'refuses without a name' then return 'it is too long' end
      return '"' .. pair[1] .. '" is too long'
    end
  end
  local body = message.body
  if DEFECT == 'loses the body with a mutation' then body = mutation.body or '' end
  local old = #message.bytes - 14 - reader(message.bytes:sub(9, 10)):u16()
  write(w, message.kind, message.id, list, body, DEFECT == 'forgets the length of the body' and old or nil)
end

function encodeError(request, error, w)
  local id = DEFECT == 'answers errors under another id' and 1 or request.id
  write(w, 'error', id, { { 'error', error.kind } }, error.text)
end

function encodeReply(request, reply, w)
  local list = {}
  for key, value in pairs(DEFECT == 'replies without properties' and {} or reply.properties) do
    list[#list + 1] = type(value) == 'table' and value or { key, value }
  end
  write(w, 'response', request.id, list, reply.body or '')
end

function encodeHeartbeat(id, w) write(w, 'heartbeat', id, {}, '') end

function encodeHeartbeatReply(heartbeat, w)
  local kind = DEFECT == 'answers heartbeats with heartbeats' and 'heartbeat' or 'heartbeat-reply'
  write(w, kind, heartbeat.id, {}, '')
end

function encodeDrain(w) write(w, 'drain', 0, {}, '') end

function sniff(bytes)
  if DEFECT == 'takes everything for its own' then return true end
  local wanted = 'RF\1'
  local size = math.min(#bytes, #wanted)
  if bytes:sub(1, size) ~= wanted:sub(1, size) then return false end
  if size == #wanted then return true end
end
