/** Nothing is in a plugin's reach but what the page about plugins in Lua lists. */
import { describe, expect, test } from 'vitest'
import { ALL_GRANTS, evaluate, lua, onRequest, tryLua } from './lua-guest.ts'

/** Walks everything that can be reached from the globals, metatables and upvalues that Lua itself shows. */
const WALK = `
  local seen, found = {}, {}
  local function walk(value, path)
    local kind = type(value)
    if kind == "userdata" or kind == "thread" then found[#found + 1] = path .. " is a " .. kind end
    if kind ~= "table" or seen[value] then return end
    seen[value] = true
    local keys = {}
    for key, each in next, value do
      walk(key, path .. ".key")
      keys[#keys + 1] = tostring(key)
      walk(each, path .. "." .. tostring(key))
    end
    local meta = getmetatable(value)
    if type(meta) == "table" then walk(meta, path .. "!") end
    table.sort(keys)
    if path ~= "m" then log(path .. ": " .. table.concat(keys, " ")) end
  end
  walk({ G = _G, a = metadata, b = mutation, c = reply { error = "denied" } }, "m")
  for _, f in ipairs(found) do log("FOUND " .. f) end`

const GLOBALS =
  '_G _VERSION assert call coroutine counter error forward getmetatable ipairs log math next onRequest pairs pause pcall ' +
  'print rawequal rawget rawlen rawset reply select setmetatable string table tonumber tostring type utf8 xpcall'

describe('the environment', () => {
  test('is an allow-list, and no userdata or thread of the host is in reach', () => {
    const lines = onRequest(WALK)
      .ask()
      .map(([, , text]) => String(text))
    expect(lines.filter((line) => line.startsWith('FOUND'))).toEqual([])
    const tables = Object.fromEntries(lines.map((line) => [line.split(':')[0], line.split(': ')[1]]))
    expect(tables).toMatchObject({
      'm.G': GLOBALS,
      'm.a': 'get getAll has keys',
      'm.b': 'add body remove set',
      'm.c': 'error text verdict',
      'm.G.log': 'debug error info warn',
      'm.G.coroutine': 'close create isyieldable resume running status wrap yield',
      'm.G.table': 'concat insert move pack remove sort unpack',
      'm.G.string':
        'byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper',
      'm.G.utf8': 'char charpattern codepoint codes len offset',
    })
    expect(tables['m.G.math']).toContain('random randomseed sin sqrt tan')
    expect(Object.keys(tables).filter((path) => !path.startsWith('m.'))).toEqual([])
  })

  test.each([
    'L13 load',
    'L13 loadfile',
    'L13 dofile',
    'L13 loadstring',
    'L21 collectgarbage',
    'L25 debug',
    'L26 os',
    'L27 io',
    'L30 require',
    'L30 package',
    'L38 string.dump',
    'warn',
  ])('%s is absent', (item) => {
    expect(evaluate(item.split(' ').at(-1) ?? '')).toBe('nil')
  })

  test('with every grant, os has what has to do with time, and nothing else is there', () => {
    const keys =
      'local k = {} for key in next, os do k[#k + 1] = key end table.sort(k) log(table.concat(k, " "))'
    expect(onRequest(keys, { grants: ALL_GRANTS }).ask()).toEqual([
      ['log', 'info', 'clock date difftime time'],
    ])
    for (const name of ['io', 'debug', 'package', 'load'])
      expect(evaluate(name, { grants: ALL_GRANTS })).toBe('nil')
  })

  test('L38: compiled Lua is refused, also behind a byte order mark and a first line for Unix', () => {
    for (const head of ['', '\ufeff']) {
      const file = Buffer.from(`${head}\x1bLuaT\0\x19\x93\r\n\x1a\n junk`)
      expect(tryLua('', { file })).toMatchObject({
        kind: 'abi',
        text: 'tag.lua is compiled Lua: only its source is taken',
      })
    }
    expect(tryLua('', { file: Buffer.from('#!lua\n\x1bLuaT') })).toMatchObject({ kind: 'unreachable' })
  })

  test('L39: the metatable of texts is not shown and not changed', () => {
    expect(evaluate('getmetatable("")')).toBe('false')
    expect(evaluate('pcall(setmetatable, "", {})')).toBe('false')
  })

  test('L39: a plugin that changes string changes it for itself only', () => {
    expect(
      onRequest('string.upper = nil log(pcall(function() return ("x"):upper() end))').ask()[0]?.[2],
    ).toContain('false')
    expect(evaluate('("x"):upper()')).toBe('X')
  })

  test('the metatables of metadata and mutation are not shown', () => {
    expect(evaluate('getmetatable(metadata)')).toBe('false')
    expect(evaluate('pcall(setmetatable, metadata, {})')).toBe('false')
    expect(evaluate('getmetatable(log)')).toBe('false')
  })

  test('L41: a plugin that replaces what the prelude uses changes its own code only', () => {
    const guest = lua(`
      for _, name in ipairs { "tostring", "type", "pairs", "ipairs", "next", "error", "select", "pcall", "setmetatable", "rawget" } do
        _G[name] = function() while true do end end
      end
      table.concat, table.sort, table.unpack, math.floor, math.type = nil, nil, nil, nil, nil
      function onRequest(metadata, mutation)
        log("a", 1)
        return reply { properties = { b = "c" }, body = "d" }
      end`)
    expect(guest.ask()).toHaveLength(2)
  })

  test('a global that is gone is gone for the plugin, not for the host', () => {
    const guest = lua('function onRequest() local G = _G for name in next, G do G[name] = nil end end')
    expect(guest.ask()).toEqual([])
    expect(guest.fails().text).toContain('attempt to call a nil value')
  })

  test('handlers are those that were there when the plugin was configured', () => {
    expect(lua('function onRequest() onRequest = nil end').ask()).toEqual([])
  })

  test('metadata holds the message that is handled, whenever it is read', () => {
    const guest = lua('function onRequest(m) kept = kept or m log(kept.requestId) end')
    expect(guest.ask({ id: '1' })).toEqual([['log', 'info', '1']])
    expect(guest.ask({ id: '2' })).toEqual([['log', 'info', '2']])
  })

  test('random numbers differ between interpreters only by what the host gives them', () => {
    const drawn = () => evaluate('math.random(1 << 30)', { grants: ALL_GRANTS })
    expect(drawn()).toBe(drawn())
  })

  test.each([
    [
      'math.random()',
      'tag.lua:1: math.random() needs a grant: add "random" to the plugin\'s "grants", and to "capabilities" of its manifest',
    ],
    [
      'os.time()',
      '(global \'os\'): it needs a grant: add "clock" to the plugin\'s "grants", and to "capabilities" of its manifest',
    ],
    [
      'store.get("a")',
      '(global \'store\'): it needs a grant: add "key-value" to the plugin\'s "grants", and to "capabilities" of its manifest',
    ],
  ])('%s without its grant is told which that is, and where it was asked for', (asked, text) => {
    const { text: told } = lua(`function onRequest() local it = ${asked} end`).fails()
    expect(told).toContain(text)
    expect(told).toMatch(/\n\ttag\.lua:1: in function 'onRequest'$/)
  })

  test('two plugins share nothing', () => {
    const one = lua('shared = 1 function onRequest() log(shared) shared = shared + 1 end')
    const two = lua('function onRequest() log(shared) end')
    one.ask()
    expect(one.ask()).toEqual([['log', 'info', '2']])
    expect(two.ask()).toEqual([['log', 'info', 'nil']])
  })
})
