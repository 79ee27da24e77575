/**
 * DeclaringPrelude: the sums that a codec in Lua may use, and what it declares about its protocol, which is asked when it is
 * configured.
 */
import { abi } from '../../../../sdk/abi/abi.ts'

const { codec, op, grant } = abi

const known = [
  ...['correlation', 'idBits', 'idText', 'idAt', 'idSize', 'littleEndian', 'writes', 'magic', 'frameSizeMax'],
  ...['sniffBytes', 'affinity', 'pushes'],
]

export const declaringPrelude = `
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
local known = { ${known.map((name) => `${name} = 1`).join(', ')} }
local function declare()
  if not declared then error('the codec says nothing about its protocol: codec { correlation = \\'id\\', … }', 0) end
  for name in next, declared do
    if not known[name] then
      error('codec { … } knows no "' .. tostring(name) .. '"; known: ${known.join(', ')}', 0)
    end
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
    | (handler('encodePreface') and ${codec.declares.preface} or 0)
    | (handler('encodeDrainReply') and ${codec.declares.drainReply} or 0)
    | (declared.pushes and ${codec.declares.pushes} or 0)
  binds = declared.affinity == true or declared.pushes == true
  if binds then flags = flags | ${codec.declares.affinity} end
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
  chance(grants)
  if grants & ${grant.clock} ~= 0 then os = clock end
end
local function configure(config)
  local check = handler('onConfigure')
  local refusal = check and check(config)
  if refusal ~= nil then return operation(${op.refuse}, 0, bytes(refusal, 'what onConfigure returned')) end
  declare()
end
`
