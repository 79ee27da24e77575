/**
 * Prelude: the part of a filter's author's view that is written in Lua itself: it makes the global functions, and turns the verdict that a handler returned into an operation. It keeps what it uses in
 * locals, so that a plugin that replaces `tostring` or `pairs` changes its own code only.
 *
 * It is called once with a table of what the host gives, and answers the functions that the host calls later.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import { commonPrelude } from './common-prelude.ts'

const { op, want, phaseBit, grant } = abi
/** Lists for messages are written out here: who makes an error in a loop is not to have one searched or sorted. */
const errorNames = Object.keys(abi.error).join(', ')
const verdicts = '"continue", "drop", "close", reply { … }, forward(…), pause(…), call(…)'

export const preludeSource = `
${commonPrelude}local writeReads = host.reads

-- Verdicts.
local function properties(given)
  local list, count = {}, 0
  local function add(key, value)
    key, value = bytes(key, 'a key'), bytes(value, 'a value')
    list[count + 1], list[count + 2], list[count + 3], list[count + 4] = #key, #value, key, value
    count = count + 4
  end
  if given ~= nil and type(given) ~= 'table' then error('properties are no table', 0) end
  local names = {}
  for key, value in next, given or {} do
    if type(key) == 'string' then names[#names + 1] = key end
  end
  for _, pair in ipairs(given or {}) do
    if type(pair) ~= 'table' then error('a property is no { "key", "value" }', 0) end
    add(pair[1], pair[2])
  end
  sort(names)
  for _, key in ipairs(names) do
    local value = given[key]
    if type(value) == 'table' then
      for _, each in ipairs(value) do add(key, each) end
    else
      add(key, value)
    end
  end
  return list, count // 4
end
local function carried(answer)
  local list, count = properties(answer.properties)
  local body = answer.body ~= nil and bytes(answer.body, 'the body') or nil
  return { properties = list, count = count, body = body }
end
reply = blaming(function(answer)
  if type(answer) ~= 'table' then error('write reply { error = "denied", text = "why" } or reply { body = "…" }', 0) end
  if answer.error == nil then return { verdict = 'reply', message = carried(answer) } end
  local number = errors[answer.error]
  if not number then error('no error is called "' .. tostring(answer.error) .. '"; known: ${errorNames}', 0) end
  return { verdict = 'error', error = number, text = answer.text == nil and '' or bytes(answer.text, 'the text') }
end)
forward = blaming(function(cluster, timeoutMs)
  return {
    verdict = 'forward',
    cluster = bytes(cluster, 'the cluster'),
    timeout = timeoutMs == nil and NONE or whole(timeoutMs, 'the timeout'),
  }
end)
pause = blaming(function(ms)
  return { verdict = 'pause', ms = whole(ms, 'the pause') }
end)
call = blaming(function(cluster, message, timeoutMs)
  return {
    verdict = 'call',
    cluster = bytes(cluster, 'the cluster'),
    message = carried(message or {}),
    timeout = whole(timeoutMs or 1000, 'the timeout'),
  }
end)

local function carry(code, message, ...)
  local list, body = message.properties, message.body
  local parts, count = { ... }, select('#', ...)
  parts[count + 1], parts[count + 2] = body and #body or NONE, message.count
  count = count + 2
  for index = 1, message.count * 4 do parts[count + index] = list[index] end
  count = count + message.count * 4
  if body then
    count = count + 1
    parts[count] = body
  end
  operation(code, 0, unpack(parts, 1, count))
end
local function settle(verdict)
  if verdict == 'continue' then return end
  if verdict == 'drop' then return operation(${op.drop}, 0) end
  if verdict == 'close' then return operation(${op.close}, 0) end
  local kind = type(verdict) == 'table' and rawget(verdict, 'verdict')
  if kind == 'error' then return operation(${op.replyError}, verdict.error, verdict.text) end
  if kind == 'reply' then return carry(${op.reply}, verdict.message) end
  if kind == 'forward' then return operation(${op.forward}, 0, verdict.timeout, verdict.cluster) end
  if kind == 'pause' then return operation(${op.pause}, 0, verdict.ms) end
  if kind == 'call' then
    return carry(${op.callOut}, verdict.message, verdict.timeout, #verdict.cluster, verdict.cluster)
  end
  local shown = type(verdict) == 'string' and '"' .. verdict .. '"' or 'a ' .. type(verdict)
  error('the handler returned ' .. shown .. ', which is no verdict; known: ${verdicts}', 0)
end

-- Shared with all workers.
local function keyValue(store)
  local function key(value) return bytes(value, 'the key') end
  local function life(ttlMs) return ttlMs == nil and 0 or whole(ttlMs, 'the time to live') end
  return {
    get = blaming(function(name) return store.get(key(name)) end),
    set = blaming(function(name, value, ttlMs)
      return store.set(key(name), bytes(value, 'the value'), life(ttlMs))
    end),
    delete = blaming(function(name) return store.delete(key(name)) end),
    add = blaming(function(name, by, ttlMs)
      return store.add(key(name), tonumber(by) or 1, life(ttlMs))
    end),
    cas = blaming(function(name, expected, value, ttlMs)
      if expected ~= nil then expected = bytes(expected, 'the value that is expected') end
      return store.cas(key(name), expected, bytes(value, 'the value'), life(ttlMs))
    end),
  }
end

-- What the plugin declares. Handlers are looked up once, when it is configured.
local function declared(handler)
  local value = rawget(G, handler)
  if value ~= nil and type(value) ~= 'function' then error(handler .. ' is no function', 0) end
  return value
end
local function near()
  local names = {}
  for name, value in next, G do
    if type(value) == 'function' and type(name) == 'string' and name:find('^[oO]n') then names[#names + 1] = name end
  end
  sort(names)
  return names[1] and '; is one of them meant with ' .. concat(names, ', ', 1, #names < 5 and #names or 5) .. '?' or ''
end
local function declare(wants)
  local phases = 0
  if declared('onRequest') then phases = phases | ${phaseBit.request} end
  if declared('onResponse') then phases = phases | ${phaseBit.response} end
  if declared('onEnd') then phases = phases | ${phaseBit.end} end
  if declared('onStreamData') then phases = phases | ${phaseBit.streamData} end
  if phases == 0 then error('the plugin has none of onRequest, onResponse, onStreamData and onEnd' .. near(), 0) end
  if declared('snapshot') or declared('restore') then phases = phases | ${phaseBit.state} end
  operation(${op.phases}, phases)
  local reads = rawget(G, 'reads')
  if type(reads) == 'table' then
    for _, key in ipairs(reads) do writeReads(bytes(key, 'a key in "reads"')) end
    if reads.all then operation(${op.readsAll}, 0) end
    if reads.body == true then
      wants = wants | ${want.requestBody | want.responseBody | want.streamBody}
    elseif reads.body == 'stream' then
      wants = wants | ${want.streamBody}
    elseif reads.body == 'request' then
      wants = wants | ${want.requestBody}
    elseif reads.body == 'response' then
      wants = wants | ${want.responseBody}
    end
    if reads.request then wants = wants | ${want.requestWithResponse} end
    if reads.operation then wants = wants | ${want.operation} end
  elseif reads ~= nil then
    error('reads is no table', 0)
  end
  if phases & ${phaseBit.response} == 0 then wants = wants & ~${want.responseBody | want.requestWithResponse} end
  if phases & ${phaseBit.streamData} == 0 then wants = wants & ~${want.streamBody} end
  if wants ~= 0 then operation(${op.wants}, wants) end
end

local function readOnly() error('this table cannot be changed', 2) end
local function view(functions, field)
  return setmetatable(functions, { __index = field, __newindex = readOnly, __metatable = false })
end

local function begin(grants)
  chance(grants)
  if grants & ${grant.clock} ~= 0 then os = clock end
  if grants & ${grant.keyValue} ~= 0 and host.store then store = keyValue(host.store) end
end

-- What the plugin hands over to the version that takes its place.
local function taking(handler)
  return handler and function()
    local state = handler()
    if state ~= nil then operation(${op.state}, 0, bytes(state, 'what snapshot returned')) end
  end
end
local function giving(handler)
  return handler and function(state, version)
    local refusal = handler(state, version)
    if refusal ~= nil then operation(${op.refuse}, 0, bytes(refusal, 'what restore returned')) end
  end
end

-- A plugin answers the question whether its configuration is right with nothing, or with a sentence that says why not.
local function configure(config, wants)
  local handler = declared('onConfigure')
  local refusal = handler and handler(config)
  if refusal == nil then
    declare(wants)
  else
    operation(${op.refuse}, 0, bytes(refusal, 'what onConfigure returned'))
  end
  return declared('onRequest'), declared('onResponse'), declared('onEnd'), declared('onResume'),
    declared('onStreamData'), taking(declared('snapshot')), giving(declared('restore'))
end

return begin, configure, settle,
  view(host.metadata, host.field),
  view(host.mutation, nil),
  view(host.companion, host.companionField),
  view({}, host.outcomeField),
  view({}, host.resumeField)
`
