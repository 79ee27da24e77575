/**
 * LuaTestHarness: what tests in Lua have beside the plugin: `expect`, and `request`, `response`, `finish`, `configure`,
 * which call the plugin's handlers with messages that are plain tables.
 */
import { abi } from '../../../sdk/abi/abi.ts'

const errors = Object.entries(abi.error)
  .map(([name, number]) => `[${number}] = '${name}'`)
  .join(', ')

export const luaTestHarness = `
;(function()
  local errors = { ${errors} }
  local own = { onRequest = onRequest, onResponse = onResponse, onEnd = onEnd, onResume = onResume }
  local configured = onConfigure
  local current = {}
  local function shown(value, depth)
    if type(value) == 'string' then return string.format('%q', value) end
    if type(value) ~= 'table' or (depth or 0) > 3 then return tostring(value) end
    local names, parts = {}, {}
    for key in pairs(value) do names[#names + 1] = key end
    table.sort(names, function(left, right) return tostring(left) < tostring(right) end)
    for _, key in ipairs(names) do
      parts[#parts + 1] = tostring(key) .. ' = ' .. shown(value[key], (depth or 0) + 1)
    end
    return '{ ' .. table.concat(parts, ', ') .. ' }'
  end
  local function same(left, right)
    if type(left) ~= 'table' or type(right) ~= 'table' then return left == right end
    for key, value in pairs(left) do if not same(value, right[key]) then return false end end
    for key in pairs(right) do if left[key] == nil then return false end end
    return true
  end
  function expect(got)
    local checks = {}
    local function check(holds, what)
      return function(first, second)
        local wanted = first
        if first == checks then wanted = second end
        if not holds(wanted) then error('expected ' .. what(wanted) .. ', got ' .. shown(got), 2) end
      end
    end
    checks.toBe = check(function(wanted) return got == wanted end, shown)
    checks.toEqual = check(function(wanted) return same(got, wanted) end, shown)
    checks.toBeNil = check(function() return got == nil end, function() return 'nil' end)
    checks.toContain = check(
      function(wanted) return type(got) == 'string' and got:find(wanted, 1, true) ~= nil end,
      function(wanted) return 'a text with ' .. shown(wanted) end
    )
    return checks
  end

  local function dotted(self, run)
    return function(first, ...)
      if first == self then return run(...) end
      return run(first, ...)
    end
  end
  local function message(given, kind)
    given = given or {}
    local values, order = {}, {}
    local fields = {
      kind = kind, operation = '', requestId = '1', status = -1, listener = 'test', peer = '127.0.0.1:40000',
      config = current, protocol = 'test', headerSize = 16, bodySize = #(given.body or ''), streamId = 0, body = '',
    }
    for key, value in pairs(given) do if key ~= 'properties' then fields[key] = value end end
    fields.size = given.size or fields.headerSize + fields.bodySize
    for key, value in pairs(given.properties or {}) do
      values[key] = type(value) == 'table' and value or { value }
      order[#order + 1] = key
    end
    table.sort(order)
    fields.get = dotted(fields, function(key) return values[key] and values[key][1] end)
    fields.getAll = dotted(fields, function(key) return { table.unpack(values[key] or {}) } end)
    fields.has = dotted(fields, function(key) return values[key] ~= nil end)
    fields.keys = dotted(fields, function() return { table.unpack(order) } end)
    return fields, values
  end
  local function recorder(values)
    local result = { edits = {}, properties = {} }
    local mutation = {}
    local function edit(op, key, value)
      result.edits[#result.edits + 1] = { op = op, key = key, value = value and tostring(value) }
      if op == 'set' then values[key] = { tostring(value) } end
      if op == 'remove' then values[key] = nil end
      if op == 'add' then
        local before = values[key] or {}
        values[key] = { table.unpack(before) }
        values[key][#before + 1] = tostring(value)
      end
    end
    mutation.set = dotted(mutation, function(key, value) edit('set', key, value) end)
    mutation.add = dotted(mutation, function(key, value) edit('add', key, value) end)
    mutation.remove = dotted(mutation, function(key) edit('remove', key) end)
    mutation.body = dotted(mutation, function(bytes) result.body = bytes end)
    return mutation, result
  end
  local function settle(result, verdict, values)
    for key, list in pairs(values) do result.properties[key] = list[1] end
    result.verdict = verdict == nil and 'continue' or verdict
    if type(verdict) ~= 'table' then return result end
    result.verdict = verdict.verdict == 'error' and 'reply' or verdict.verdict
    result.error, result.text, result.cluster = errors[verdict.error], verdict.text, verdict.cluster
    result.timeout, result.ms = verdict.timeout, verdict.ms
    return result
  end
  local function handler(name)
    return own[name] or error('the plugin has no ' .. name, 3)
  end
  function request(given)
    local metadata, values = message(given, 'request')
    local mutation, result = recorder(values)
    return settle(result, handler('onRequest')(metadata, mutation), values)
  end
  function response(given, asked)
    local metadata, values = message(given, 'response')
    local mutation, result = recorder(values)
    metadata.request = message(asked, 'request')
    return settle(result, handler('onResponse')(metadata, mutation), values)
  end
  function resume(given, how)
    local metadata, values = message(given, 'request')
    local mutation, result = recorder(values)
    return settle(result, handler('onResume')(metadata, mutation, how or { reason = 'timer', phase = 'request', pauses = 1 }), values)
  end
  function finish(outcome, asked)
    handler('onEnd')((message(asked, 'request')), outcome or { result = 'ok', attempts = 1, flags = {} })
  end
  function configure(config)
    current = config or {}
    return configured and configured(config or {})
  end
  function onConfigure(given)
    current = given.config
    local wrong = configured and configured(given.config)
    if wrong then error(wrong, 0) end
    _G[given.test]()
  end
end)();
`
