/**
 * CodecPrelude: the part of a codec's author's view that is written in Lua itself: the reader, the writer, the messages,
 * and the loop over the frames of a chunk. A read that finds too few bytes ends the loop by an error of its own, which
 * happens at most once for a chunk; what is read costs one function of Lua and no host.
 *
 * It is called once with a table of what the host gives, and answers the functions that the host calls later.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { commonPrelude } from '../common-prelude.ts'

const { codec, op, grant } = abi
const numbers = (table: Readonly<Record<string, number>>): string =>
  Object.entries(table)
    .map(([name, number]) => `['${name}'] = ${number}`)
    .join(', ')
/** Frames of one answer; the host asks again for those behind them. */
const FRAMES_MAX = 128
/** A part that claims more ends the connection: with what stands before it, it would not fit the number of its frame's size. */
const SIZE_MAX = 0xffff_0000

export const codecPrelude = `
${commonPrelude}
local char, byte, sub, find, pack, unpackFrom = string.char, string.byte, string.sub, string.find, string.pack, string.unpack
local insert, xpcall, rawset, min = table.insert, xpcall, rawset, math.min
local writeFrame, put, putBytes, keep, patch, countWritten = host.frame, host.put, host.putBytes, host.keep, host.patch, host.written
local traceback = host.traceback
local kinds = { ${numbers(abi.kind)} }
local kindNames, errorNames = {}, {}
for name, number in next, kinds do kindNames[number] = name end
for name, number in next, errors do errorNames[number] = name end
local codes = { ${numbers(codec.malformed)} }
local correlations = { ${numbers(codec.correlation)} }
local editNames = { 'set', 'add', 'remove' }

-- What ends the reading of a frame: too few bytes, and bytes that nobody understands.
local MORE, BROKEN = {}, {}
local wanted, brokenCode, brokenText = 0, 0, ''

local function fail(code, text)
  brokenCode = codes[code] or error('no connection ends for the reason "' .. tostring(code) .. '"', 0)
  brokenText = bytes(text == nil and '' or text, 'the text')
  error(BROKEN, 0)
end
malformed = fail

-- The reader. 'pos' is the place of the next byte, counted from 1, 'from' that of the frame's first.
local Read = {}
local function more(r, count)
  if r.whole then error('the reader has no ' .. count .. ' more bytes', 0) end
  wanted = r.pos - r.from + count
  error(MORE, 0)
end
function Read.u8(r)
  local at = r.pos
  local value = byte(r.text, at)
  if not value then more(r, 1) end
  r.pos = at + 1
  return value
end
function Read.u16(r)
  local at = r.pos
  local a, b = byte(r.text, at, at + 1)
  if not b then more(r, 2) end
  r.pos = at + 2
  return a << 8 | b
end
function Read.u24(r)
  local at = r.pos
  local a, b, c = byte(r.text, at, at + 2)
  if not c then more(r, 3) end
  r.pos = at + 3
  return a << 16 | b << 8 | c
end
function Read.u32(r)
  local at = r.pos
  local a, b, c, d = byte(r.text, at, at + 3)
  if not d then more(r, 4) end
  r.pos = at + 4
  return a << 24 | b << 16 | c << 8 | d
end
function Read.i8(r)
  local value = Read.u8(r)
  return value < 0x80 and value or value - 0x100
end
function Read.i16(r)
  local value = Read.u16(r)
  return value < 0x8000 and value or value - 0x10000
end
function Read.i32(r)
  local value = Read.u32(r)
  return value < 0x80000000 and value or value - 0x100000000
end
function Read.u16le(r)
  local at = r.pos
  local a, b = byte(r.text, at, at + 1)
  if not b then more(r, 2) end
  r.pos = at + 2
  return b << 8 | a
end
function Read.u24le(r)
  local at = r.pos
  local a, b, c = byte(r.text, at, at + 2)
  if not c then more(r, 3) end
  r.pos = at + 3
  return c << 16 | b << 8 | a
end
function Read.u32le(r)
  local at = r.pos
  local a, b, c, d = byte(r.text, at, at + 3)
  if not d then more(r, 4) end
  r.pos = at + 4
  return d << 24 | c << 16 | b << 8 | a
end
function Read.i16le(r)
  local value = Read.u16le(r)
  return value < 0x8000 and value or value - 0x10000
end
function Read.i32le(r)
  local value = Read.u32le(r)
  return value < 0x80000000 and value or value - 0x100000000
end
-- Numbers of 64 bits are Lua's own, so the highest bit is the sign.
function Read.u64(r)
  local at = r.pos
  if #r.text - at < 7 then more(r, 8) end
  r.pos = at + 8
  return (unpackFrom('>i8', r.text, at))
end
function Read.u64le(r)
  local at = r.pos
  if #r.text - at < 7 then more(r, 8) end
  r.pos = at + 8
  return (unpackFrom('<i8', r.text, at))
end
Read.i64, Read.i64le = Read.u64, Read.u64le
function Read.varint(r)
  local value, at = 0, r.pos
  for shift = 0, 63, 7 do
    local group = byte(r.text, at)
    if not group then more(r, at - r.pos + 1) end
    at = at + 1
    value = value | (group & 0x7f) << shift
    if group < 0x80 then
      r.pos = at
      return value
    end
  end
  fail('header', 'a number of more than 64 bits')
end
function Read.zigzag(r)
  local value = Read.varint(r)
  return value >> 1 ~ -(value & 1)
end
local function count(value, what)
  local number = mathType(value) == 'integer' and value or floor(tonumber(value) or -1)
  if number < 0 or number > ${SIZE_MAX} then fail('frame_size', what .. ' of ' .. tostring(value) .. ' bytes') end
  return number
end
function Read.bytes(r, size)
  size = count(size, 'a part')
  local at = r.pos
  if #r.text - at + 1 < size then more(r, size) end
  r.pos = at + size
  return sub(r.text, at, at + size - 1)
end
Read.text = Read.bytes
function Read.line(r, max)
  local at = r.pos
  local stop = find(r.text, '\\n', at, true)
  if max and (stop or #r.text + 1) - at > max then fail('frame_size', 'a line of more than ' .. max .. ' bytes') end
  if not stop then
    if r.whole then error('the reader has no line feed', 0) end
    wanted = 0
    error(MORE, 0)
  end
  r.pos = stop + 1
  local last = stop - 1
  if last >= at and byte(r.text, last) == 13 then last = last - 1 end
  return sub(r.text, at, last)
end
function Read.skip(r, size)
  r.pos = r.pos + count(size, 'a part')
end
function Read.body(r, size)
  size = count(size, 'a body')
  r.bodyAt, r.bodySize = r.pos - r.from, size
  r.pos = r.pos + size
end
function Read.magic(r, magic)
  local at = r.pos
  local here = sub(r.text, at, at + #magic - 1)
  if here ~= sub(magic, 1, #here) then
    fail('magic', 'a frame begins with other bytes than those of the protocol')
  end
  if #here < #magic then more(r, #magic) end
  r.pos = at + #magic
end
local function reading(r, name)
  if name == 'at' then return r.pos - r.from end
  if name == 'left' then
    local left = #r.text - r.pos + 1
    return left > 0 and left or 0
  end
  return Read[name]
end
local readerOf = { __index = reading, __metatable = false }
reader = blaming(function(text)
  return setmetatable({ text = bytes(text, 'what is read'), pos = 1, from = 1, whole = true }, readerOf)
end)

-- Messages.
message = function(given) return given end
refused = function(text, given)
  given.refused = bytes(text, 'the text')
  return given
end
local flat = {}
local function several(name, values, size)
  local kind = type(values)
  if kind == 'boolean' then
    flat[size + 1], flat[size + 2] = name, tostring(values)
    return size + 2
  end
  if kind ~= 'table' then error('the value of a property is a ' .. kind, 0) end
  for index = 1, #values do
    local one = values[index]
    if type(one) ~= 'string' and mathType(one) == nil then error('the value of a property is a ' .. type(one), 0) end
    flat[size + 1], flat[size + 2] = name, one
    size = size + 2
  end
  return size
end
-- A list keeps its order; the names of a table have none, and are put in that of the alphabet.
local function flatten(given)
  local size = 0
  if type(given) ~= 'table' then error('properties are no table', 0) end
  local pair = given[1]
  if pair ~= nil then
    local index = 1
    repeat
      local name, values = bytes(pair[1], 'a key'), pair[2]
      local kind = type(values)
      if kind == 'string' or kind == 'number' then
        flat[size + 1], flat[size + 2] = name, values
        size = size + 2
      else
        size = several(name, values, size)
      end
      index = index + 1
      pair = given[index]
    until pair == nil
    return size
  end
  local names, count = {}, 0
  for name in next, given do
    if type(name) ~= 'string' then error('a property has no name', 0) end
    local at = count
    while at > 0 and name < names[at] do
      names[at + 1] = names[at]
      at = at - 1
    end
    names[at + 1] = name
    count = count + 1
  end
  for index = 1, count do
    local name = names[index]
    local values = given[name]
    local kind = type(values)
    if kind == 'string' or kind == 'number' then
      flat[size + 1], flat[size + 2] = name, values
      size = size + 2
    else
      size = several(name, values, size)
    end
  end
  return size
end
local function said(given, size, headerSize, bodyAt, bodySize)
  local kind = kinds[given.kind]
  if not kind then error('no message is of the kind "' .. tostring(given.kind) .. '"', 0) end
  local id, low, high, idText = given.id, 0, 0, nil
  if id ~= nil then
    if mathType(id) == 'float' then id = floor(id) end
    if mathType(id) == 'integer' then
      low, high = id & 0xffffffff, id >> 32
    else
      idText = bytes(id, 'the id')
    end
  end
  local status, properties = given.status, given.properties
  local name = given.operation
  if properties == nil then
    return writeFrame(kind, size, headerSize, status or -1, low, high, given.streamId or 0, given.idAt or NONE, bodyAt,
      bodySize, name or '', idText or '', given.refused)
  end
  writeFrame(kind, size, headerSize, status or -1, low, high, given.streamId or 0, given.idAt or NONE, bodyAt,
    bodySize, name or '', idText or '', given.refused, unpack(flat, 1, flatten(properties)))
end

-- Decoding: everything that is whole in one call.
local decodeOne, decodeAll
local current = setmetatable({}, { __index = reading, __metatable = false })
for name, method in next, Read do current[name] = method end
local function begin(text, direction, state, limit)
  local r = current
  r.text, r.pos, r.from, r.direction, r.state, r.limit = text, 1, 1, direction, state, limit
  return r
end
local function frames()
  local r = current
  local size, done = #r.text, 0
  repeat
    local from = r.pos
    r.from, r.bodyAt, r.bodySize = from, nil, 0
    local given = decodeOne(r)
    if type(given) ~= 'table' then error('decode returned no message{…}', 0) end
    local taken = given.size or r.pos - from
    local bodyAt = r.bodyAt
    said(given, taken, given.headerSize or bodyAt or taken, bodyAt or 0, r.bodySize)
    if taken < 1 then error('decode read nothing', 0) end
    r.pos = from + taken
    done = done + 1
  until r.pos > size or done == ${FRAMES_MAX}
end
local sink = setmetatable({
  message = function(given) said(given, given.size or 0, given.headerSize or given.size or 0, given.bodyAt or 0, given.bodySize or 0) end,
  refused = function(text, given)
    given.refused = bytes(text, 'the text')
    said(given, given.size or 0, given.headerSize or given.size or 0, 0, 0)
  end,
  need = function(size) operation(${codec.op.need}, 0, whole(size, 'what is needed')) end,
  malformed = fail,
}, {
  __index = function(_, name) return current[name] end,
  __newindex = function(_, name, new)
    if name ~= 'state' then error('only the state of a sink can be set', 2) end
    current.state = new
  end,
  __metatable = false,
})
local function everything()
  current.from = 1
  decodeAll(current.text, sink)
end
local function told(problem)
  if problem == MORE or problem == BROKEN then return problem end
  return traceback(problem)
end
local function decodeChunk(text, direction, state, limit)
  local r = begin(text, direction, state, limit)
  local ok, problem = xpcall(decodeAll and everything or frames, told)
  local new = r.state
  if new ~= state then operation(${codec.op.state}, 0, bytes(new == nil and '' or new, 'the state')) end
  if ok then return end
  if problem == MORE then
    operation(${codec.op.need}, 0, wanted)
  elseif problem == BROKEN then
    operation(${codec.op.malformed}, brokenCode, brokenText)
  else
    return problem
  end
end

-- The writer. Numbers go to the host as two halves, which it writes in order.
local Write = {}
local function unfit(name, number)
  if type(number) == 'number' then
    brokenText = name .. ' does not hold ' .. tostring(number)
    error(BROKEN, 0)
  end
  error('w:' .. name .. ' writes a number, not a ' .. type(number), 2)
end
local function writes(name, size, little, least, most)
  Write[name] = function(w, number)
    if mathType(number) ~= 'integer' then
      local whole = mathType(number) == 'float' and floor(number)
      if whole ~= number then unfit(name, number) end
      number = whole
    end
    if number < least or number > most then unfit(name, number) end
    put(size, little, number & 0xffffffff, number >> 32)
    return w
  end
end
for _, size in ipairs { 1, 2, 3, 4, 8 } do
  local bits = size * 8
  local least, half = math.mininteger, math.maxinteger
  if size < 8 then least, half = -(1 << bits - 1), (1 << bits - 1) - 1 end
  for little, order in ipairs { '', 'le' } do
    local unsigned = size == 8 and math.maxinteger or (1 << bits) - 1
    writes('u' .. bits .. order, size, little - 1, size == 8 and least or 0, unsigned)
    writes('i' .. bits .. order, size, little - 1, least, half)
  end
end
for size, name in ipairs { 'u8At', 'u16At', 'u24At', 'u32At' } do
  Write[name] = function(w, at, number) patch(size, 0, whole(at, 'the place'), floor(number) & 0xffffffff) return w end
  Write[name .. 'le'] = function(w, at, number) patch(size, 1, whole(at, 'the place'), floor(number) & 0xffffffff) return w end
end
function Write.bytes(w, text)
  putBytes(bytes(text, 'what is written'))
  return w
end
Write.text = Write.bytes
function Write.keep(w, at, size)
  keep(whole(at, 'the place'), whole(size, 'how much is kept'))
  return w
end
function Write.varint(w, number)
  repeat
    local group = number & 0x7f
    number = number >> 7
    put(1, 0, number == 0 and group or group | 0x80, 0)
  until number == 0
  return w
end
function Write.zigzag(w, number) return Write.varint(w, number << 1 ~ (number < 0 and -1 or 0)) end
local w = setmetatable({}, {
  __index = function(_, name)
    if name == 'at' then return countWritten() end
    return Write[name]
  end,
  __newindex = function() error('a writer cannot be changed', 2) end,
  __metatable = false,
})
for name, method in next, Write do rawset(w, name, method) end

-- What is written: a message with the edits applied.
local Message = {}
function Message.getAll(self, key)
  local all = {}
  for _, pair in ipairs(self.properties) do
    if pair[1] == key then all[#all + 1] = pair[2] end
  end
  return all
end
function Message.get(self, key)
  for _, pair in ipairs(self.properties) do
    if pair[1] == key then return pair[2] end
  end
end
-- The one whole number of a property that a field of the frame holds; anything else is a problem of the message.
function Message.number(self, key, least, most)
  local all = Message.getAll(self, key)
  local number = #all == 1 and tonumber(all[1])
  local exact = number and mathType(number) == 'integer'
  if exact and number >= (least or number) and number <= (most or number) then return number end
  local range = least and most and ' from ' .. least .. ' to ' .. most or ''
  brokenText = '"' .. tostring(key) .. '" has to be one whole number' .. range
  error(BROKEN, 0)
end
function Message.has(self, key) return Message.get(self, key) ~= nil end
local messageOf = { __index = Message, __metatable = false }
local function pairsOf(count, given)
  local list = {}
  for index = 1, count do list[index] = { given[index * 2 - 1], given[index * 2] } end
  return list
end
local function applied(list, edits)
  if #edits == 0 then return list end
  local result = {}
  for index, pair in ipairs(list) do result[index] = pair end
  for _, edit in ipairs(edits) do
    if edit.op ~= 'add' then
      local rest, placed = {}, edit.op == 'remove'
      for _, pair in ipairs(result) do
        if pair[1] ~= edit.key then
          rest[#rest + 1] = pair
        elseif not placed then
          rest[#rest + 1], placed = { edit.key, edit.value }, true
        end
      end
      if not placed then rest[#rest + 1] = { edit.key, edit.value } end
      result = rest
    else
      insert(result, { edit.key, edit.value })
    end
  end
  return result
end
local function shown(kind, direction, status, low, high, idText, streamId, headerSize, size, name, text, body, properties)
  return setmetatable({
    kind = kindNames[kind], direction = direction, status = status, id = idText or high << 32 | low, streamId = streamId,
    headerSize = headerSize, size = size, operation = name, bytes = text, body = body, properties = properties,
  }, messageOf)
end
local handlers = {}
-- What does not fit in its field is a problem of the message, and no failure of the codec.
local function written(ok, answer)
  if not ok then
    if answer ~= BROKEN then error(answer, 0) end
    answer = brokenText
  end
  if answer ~= nil then operation(${codec.op.problem}, 0, bytes(answer, 'what was returned')) end
end
local function editsOf(count, given, at)
  local edits = {}
  for index = 1, count do
    edits[index] = { op = editNames[given[at]], key = given[at + 1], value = given[at + 2] }
    at = at + 3
  end
  return edits
end
local function encode(kind, direction, status, low, high, idText, streamId, headerSize, size, name, text, body, newBody, edits, pairCount, ...)
  local rest = { ... }
  local list, recorded = pairsOf(pairCount, rest), editsOf(edits, rest, pairCount * 2 + 1)
  local given = shown(kind, direction, status, low, high, idText, streamId, headerSize, size, name, text,
    newBody or body, applied(list, recorded))
  written(xpcall(handlers.encode, told, given, { edits = recorded, body = newBody }, w))
end
local function request(kind, direction, status, low, high, idText, streamId, headerSize, size, name, text, pairCount, ...)
  return shown(kind, direction, status, low, high, idText, streamId, headerSize, size, name, text,
    sub(text, headerSize + 1), pairsOf(pairCount, { ... }))
end
local function encodeError(errorKind, text, ...)
  handlers.encodeError(request(...), { kind = errorNames[errorKind], text = text }, w)
end
local function encodeReply(body, kind, direction, status, low, high, idText, streamId, headerSize, size, name, text, pairCount, ...)
  local given = shown(kind, direction, status, low, high, idText, streamId, headerSize, size, name, text, sub(text, headerSize + 1), {})
  local reply = { properties = pairsOf(pairCount, { ... }), body = body }
  written(xpcall(handlers.encodeReply, told, given, setmetatable(reply, messageOf), w))
end
local function encodeHeartbeat(low, high, idText) handlers.encodeHeartbeat(idText or high << 32 | low, w) end
local function encodeHeartbeatReply(...) handlers.encodeHeartbeatReply(request(...), w) end
local function encodeDrain() handlers.encodeDrain(w) end
local function sniff(text)
  local answer = handlers.sniff(text)
  operation(${codec.op.sniff}, answer == true and ${codec.sniff.yes} or answer == false and ${codec.sniff.no} or ${codec.sniff.more})
end

-- Sums.
local crc, adler, fnv = host.crc32, host.adler32, host.fnv1a
crc32 = function(text) return crc(bytes(text, 'what is summed')) end
adler32 = function(text) return adler(bytes(text, 'what is summed')) end
fnv1a = function(text) return fnv(bytes(text, 'what is summed')) end

-- What the codec declares.
local declared
codec = blaming(function(given)
  if type(given) ~= 'table' then error('write codec { correlation = \\'id\\', … }', 0) end
  declared = given
end)
local function handler(name)
  local found = rawget(G, name)
  if found ~= nil and type(found) ~= 'function' then error(name .. ' is no function', 0) end
  handlers[name] = found
  return found
end
local known = {
  correlation = 1, idBits = 1, idText = 1, idAt = 1, idSize = 1, littleEndian = 1, writes = 1, magic = 1,
  frameSizeMax = 1, sniffBytes = 1,
}
local function declare()
  if not declared then error('the codec says nothing about its protocol: codec { correlation = \\'id\\', … }', 0) end
  for name in next, declared do
    if not known[name] then error('codec { … } knows no "' .. tostring(name) .. '"', 0) end
  end
  local correlation = correlations[declared.correlation]
  if not correlation then error('correlation is \\'id\\', \\'fifo\\' or \\'exclusive\\'', 0) end
  decodeOne, decodeAll = handler('decode'), handler('decodeChunk')
  if not decodeOne and not decodeAll then error('the codec has no function decode', 0) end
  if not handler('encodeError') then error('the codec has no function encodeError: callers would wait for ever', 0) end
  local flags = (handler('sniff') and ${codec.declares.sniff} or 0)
    | (handler('encodeHeartbeat') and ${codec.declares.heartbeat} or 0)
    | (handler('encodeHeartbeatReply') and ${codec.declares.heartbeatReply} or 0)
    | (handler('encodeDrain') and ${codec.declares.drain} or 0)
    | (handler('encodeReply') and ${codec.declares.reply} or 0)
    | (handler('encode') and ${codec.declares.encode} or 0)
  local bits = whole(declared.idBits or (declared.idText and 31 or 0), 'idBits')
  local id = declared.idText and ${codec.id.text} or bits > 0 and ${codec.id.number} or ${codec.id.none}
  local idAt = declared.idAt == nil and NONE or whole(declared.idAt, 'idAt')
  local idSize = declared.idSize == nil and (declared.idText and 0 or (bits + 7) // 8) or whole(declared.idSize, 'idSize')
  operation(${codec.op.codec}, correlation, pack('<BBI2I4BBI2I4I4I4', id, min(bits, 255), flags, idAt, min(idSize, 255),
    declared.littleEndian and 1 or 0, 0, whole(declared.frameSizeMax or 0, 'frameSizeMax'),
    whole(declared.sniffBytes or 0, 'sniffBytes'), 0))
  local able = declared.writes
  if able == true then
    operation(${codec.op.writesAll}, 0)
  else
    for _, key in ipairs(able or {}) do operation(${codec.op.writes}, 0, bytes(key, 'a key in "writes"')) end
  end
  if declared.magic ~= nil then operation(${codec.op.magic}, 0, bytes(declared.magic, 'the magic')) end
end

local function start(grants)
  if grants & ${grant.clock} ~= 0 then os = clock end
end
local function configure(config)
  local check = handler('onConfigure')
  local refusal = check and check(config)
  if refusal ~= nil then return operation(${op.refuse}, 0, bytes(refusal, 'what onConfigure returned')) end
  declare()
end

return start, configure, decodeChunk, encode, encodeError, encodeReply, encodeHeartbeat, encodeHeartbeatReply, encodeDrain, sniff
`
