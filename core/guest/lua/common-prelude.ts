/**
 * CommonPrelude: what filters and codecs in Lua have in common: it takes away what a plugin may not have, and makes the log and
 * the counters. It begins the chunk of either's prelude, which goes on with its locals.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import { missingGrant } from '../grant.ts'

const errors = Object.entries(abi.error)
  .map(([name, number]) => `${name} = ${number}`)
  .join(', ')

export const commonPrelude = `
local host = ...
local type, tostring, tonumber, error, next, select, rawget = type, tostring, tonumber, error, next, select, rawget
local setmetatable, getmetatable, ipairs, pcall = setmetatable, getmetatable, ipairs, pcall
local concat, sort, unpack = table.concat, table.sort, table.unpack
local mathType, floor = math.type, math.floor
local blaming = host.blaming
local operation, writeLog, writeCount = host.operation, host.log, host.count
local G = _G
local errors = { ${errors} }
local NONE = 0xffffffff

-- What a plugin does not have.
local clock = { clock = os.clock, time = os.time, date = os.date, difftime = os.difftime }
local allowed = {
  _VERSION = 1, assert = 1, error = 1, getmetatable = 1, ipairs = 1, next = 1, pairs = 1, pcall = 1, rawequal = 1,
  rawget = 1, rawlen = 1, rawset = 1, select = 1, setmetatable = 1, tonumber = 1, tostring = 1, type = 1, xpcall = 1,
  string = 1, table = 1, math = 1, utf8 = 1, coroutine = 1, _G = 1,
}
for name in next, G do
  if not allowed[name] then G[name] = nil end
end
string.dump = nil
local random = math.random
-- Chance stands where Lua has it, and has to be granted.
local function chance(grants)
  if grants & ${abi.grant.random} ~= 0 then math.random = random end
end
math.random = function() error(${JSON.stringify(missingGrant('math.random()', 'random'))}, 2) end
getmetatable('').__metatable = false

local function bytes(value, what)
  local kind = type(value)
  if kind == 'string' then return value end
  if kind == 'number' then return tostring(value) end
  error(what .. ' is a ' .. kind .. ', not a text', 0)
end

local function whole(value, what)
  local number = tonumber(value)
  if not number or number < 0 or number ~= number or number > NONE then
    error(what .. ' is no number from 0 to 4294967295', 0)
  end
  return floor(number)
end

-- Log and counters.
local function line(...)
  local count = select('#', ...)
  if count == 1 then return tostring((...)) end
  local parts = { ... }
  for index = 1, count do parts[index] = tostring(parts[index]) end
  return concat(parts, '\\t', 1, count)
end
local function logger(level)
  return function(...) writeLog(level, line(...)) end
end
local info = logger(1)
log = setmetatable(
  { debug = logger(0), info = info, warn = logger(2), error = logger(3) },
  { __call = function(_, ...) info(...) end, __metatable = false }
)
print = info
counter = blaming(function(name, by)
  writeCount(bytes(name, 'the name of a counter'), by == nil and 1 or whole(by, 'what is counted'))
end)

`
