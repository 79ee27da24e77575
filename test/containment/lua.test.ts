/** The attack catalogue in Lua against a whole proxy. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { luaAttacks } from '../core/guest/lua/attacks.ts'
import { Containment } from './containment.ts'
import type { HostilePlugin } from './hostile-plugin.ts'

const inRequests = (body: string) => `function onRequest(metadata, mutation)\n${body}\nend\n`

function plugins(
  fate: HostilePlugin['fate'],
  items: readonly (readonly [name: string, source: string, ...unknown[]])[],
): readonly HostilePlugin[] {
  return items.map(([name, source]) => ({
    name,
    bytes: fate === 'refused' ? source : inRequests(source),
    fate,
  }))
}

const absent = [
  'L25: debug.getregistry()',
  'L26: os.execute("id")',
  'L27: io.read("a")',
  'L29: io.open("/tmp/k", "w")',
]

const hostile: readonly HostilePlugin[] = [
  ...plugins('trapped', luaAttacks.endless),
  ...plugins('trapped', luaAttacks.deep),
  ...plugins('trapped', luaAttacks.failing),
  ...plugins('trapped', [
    ['L17: a repetition of a gigabyte', 'return ("x"):rep(1 << 30)'],
    [
      'L18: doubling, then pcall for ever',
      'local s = "x" pcall(function() while true do s = s .. s end end) while true do pcall(string.rep, s, 9) end',
    ],
    ['L22: a verdict that is deep', 'local t = {} for _ = 1, 1e4 do t = { t } end return t'],
    ['L33: a verdict with the name of a prototype', 'return { __proto__ = { allow = true } }'],
    ['L34: a verdict that looks like a promise', 'return { ["then"] = function(resolve) end }'],
    ['L30: require', 'require("os")'],
    [
      'L31: an error whose constructor is asked for',
      'local _, e = pcall(metadata.get) e.constructor.constructor("return process")().exit(9)',
    ],
    ['dates for ever', 'local f = ("%c"):rep(500) while true do os.date(f) end'],
    ['W31: a body without end', 'mutation.body(("x"):rep(3 << 20))'],
    ['X3: a key with a line break', 'mutation.set("a\\r\\nX: y", "z")'],
    ...absent.map((item): [string, string] => [item, item.slice(item.indexOf(' ') + 1)]),
  ]),
  ...plugins('refused', [
    ['L1: a chunk that loops', 'while true do end'],
    [
      'L1: an onConfigure that loops',
      'function onConfigure() while true do end end function onRequest() end',
    ],
    ['L13: a source that keeps the parser busy', `x = ${'1+'.repeat(400_000)}1`],
    ['L13: a source that is deep', `x = ${'('.repeat(400_000)}`],
    ['L38: compiled Lua', '\x1bLuaT junk'],
  ]),
  {
    name: 'just under its fuel, for many messages that are read together',
    bytes: inRequests('local n = 0 for i = 1, 150000 do n = n + i end mutation.set("n", tostring(n))'),
    fate: 'harmless',
    burst: 200,
  },
  ...plugins('harmless', [
    [
      'L5: a finalizer that loops when the interpreter ends',
      'keep = setmetatable({}, { __gc = function() while true do end end })',
    ],
    ['W28: a flood of log lines', 'for i = 1, 1000 do log(("x\\n\\27[31m"):rep(50)) end'],
    [
      'X9: a counter of a new name each time',
      'n = n or 0 for i = 1, 1000 do n = n + 1 pcall(counter, "c" .. n) end',
    ],
  ]),
]

describe('a hostile plugin in Lua', () => {
  let containment: Containment
  beforeAll(async () => {
    containment = await Containment.start({
      kind: 'lua',
      good: (value) => inRequests(`mutation.set("tag", "${value}")`),
      settings: 'grants: [clock]',
      // Messages that wait for their turn are held meanwhile.
      pauseTimeout: '20s',
    })
  })
  afterAll(() => containment.stop())

  test.each(hostile)('$name: is $fate, and nothing else happens', (plugin) => containment.suffer(plugin))
})
