/**
 * FramesPrelude: the messages that a codec in Lua reads, and the loop over the frames of a chunk, which tells the host of
 * each and ends where bytes are missing or nobody understands them: at most once for a chunk.
 */
import { abi } from '../../../../sdk/abi/abi.ts'

const { codec } = abi
/** Frames of one answer; the host asks again for those behind them. */
const FRAMES_MAX = 128

export const framesPrelude = `
-- Messages.
message = function(given) return given end
refused = function(text, given)
  given.refused = bytes(text, 'the text')
  return given
end
-- What was read is no message.
local PASSED = setmetatable({}, { __newindex = function() error('passed() has nothing to say', 2) end, __metatable = false })
passed = function() return PASSED end
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
-- Whether the codec declares affinity.
local binds = false
local function bind(affinity, wait)
  local number = affinities[affinity or 'shared']
  if not number then error('affinity is \\'shared\\', \\'own\\' or \\'release\\'', 0) end
  if wait == math.huge then wait = NONE end
  operation(${codec.op.affinity}, number, whole(wait or 0, 'waitMs'))
end
-- Looked at once for a chunk: two reads for every frame would cost codecs that have none a thirtieth of their time.
local function unbound(given)
  if binds or given.affinity == nil and given.waitMs == nil then return end
  error('a message has an affinity or waitMs: declare it, codec { affinity = true, … }', 0)
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
    writeFrame(kind, size, headerSize, status or -1, low, high, given.streamId or 0, given.idAt or NONE, bodyAt,
      bodySize, name or '', idText or '', given.refused)
  else
    writeFrame(kind, size, headerSize, status or -1, low, high, given.streamId or 0, given.idAt or NONE, bodyAt,
      bodySize, name or '', idText or '', given.refused, unpack(flat, 1, flatten(properties)))
  end
  if binds then
    local affinity, wait = given.affinity, given.waitMs
    if affinity or wait then bind(affinity, wait) end
  end
end

-- Decoding: everything that is whole in one call.
local decodeOne, decodeAll
-- The connection's state, and what it was when the frame that is read began: that one is begun anew when bytes are missing.
local stateNow, stateBefore
local current = setmetatable({}, {
  __index = function(r, name)
    if name == 'state' then return stateNow end
    return reading(r, name)
  end,
  __newindex = function(r, name, new)
    if name == 'state' then stateNow = new else rawset(r, name, new) end
  end,
  __metatable = false,
})
for name, method in next, Read do current[name] = method end
local function begin(text, direction, state, limit)
  local r = current
  r.text, r.pos, r.from, r.direction, r.limit = text, 1, 1, direction, limit
  stateNow = state
end
local function frames()
  local r = current
  local size, done, given = #r.text, 0, nil
  repeat
    local from = r.pos
    r.from, r.bodyAt, r.bodySize = from, false, 0
    stateBefore = stateNow
    given = decodeOne(r)
    if type(given) ~= 'table' then error('decode returned no message{…}', 0) end
    local taken = given.size or r.pos - from
    if given == PASSED then
      operation(${codec.op.pass}, 0, taken)
    else
      local bodyAt = r.bodyAt
      said(given, taken, given.headerSize or bodyAt or taken, bodyAt or 0, r.bodySize)
    end
    if taken < 1 then error('decode read nothing', 0) end
    r.pos = from + taken
    done = done + 1
  until r.pos > size or done == ${FRAMES_MAX}
  unbound(given)
end
local sink = setmetatable({
  message = function(given)
    unbound(given)
    said(given, given.size or 0, given.headerSize or given.size or 0, given.bodyAt or 0, given.bodySize or 0)
  end,
  refused = function(text, given)
    given.refused = bytes(text, 'the text')
    said(given, given.size or 0, given.headerSize or given.size or 0, 0, 0)
  end,
  passed = function(size) operation(${codec.op.pass}, 0, whole(size, 'what is passed over')) end,
  need = function(size) operation(${codec.op.need}, 0, whole(size, 'what is needed')) end,
  malformed = fail,
}, {
  __index = function(_, name) return current[name] end,
  __newindex = function(_, name, new)
    if name ~= 'state' then error('only the state of a sink can be set', 2) end
    stateNow = new
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
  begin(text, direction, state, limit)
  local ok, problem = xpcall(decodeAll and everything or frames, told)
  if problem == MORE and not decodeAll then stateNow = stateBefore end
  local new = stateNow
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
`
