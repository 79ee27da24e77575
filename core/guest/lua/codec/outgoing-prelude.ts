/**
 * OutgoingPrelude: what a codec in Lua is asked to write: messages with the edits applied, errors, replies, signs of life.
 */
import { abi } from '../../../../sdk/abi/abi.ts'

const { codec } = abi

export const outgoingPrelude = `
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
local function encodePreface(direction) handlers.encodePreface(direction, w) end
local function encodeDrainReply(...) handlers.encodeDrainReply(request(...), w) end
local function sniff(text)
  local answer = handlers.sniff(text)
  operation(${codec.op.sniff}, answer == true and ${codec.sniff.yes} or answer == false and ${codec.sniff.no} or ${codec.sniff.more})
end
`
