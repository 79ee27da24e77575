/**
 * What plugins in Lua try in a request, by the numbers of the attack catalogue: the body of `onRequest`, by how it
 * ends. `deep` has in addition what the error says when there is fuel enough to come so far.
 */
export const luaAttacks = {
  endless: [
    ['L1: a loop', 'while true do end'],
    ['L1: a goto', '::again:: goto again'],
    ['L2: pcall that swallows', 'local f = function() while true do end end while true do pcall(f) end'],
    ['L2: pcall around everything', 'while true do pcall(pcall, pcall, error, "x") end'],
    ['L3: a handler that loops', 'xpcall(error, function() while true do end end)'],
    ['L3: a handler that fails', 'while true do xpcall(error, function(e) error(e) end) end'],
    [
      'L4: a finalizer that loops',
      'while true do setmetatable({}, { __gc = function() while true do end end }) end',
    ],
    ['L6: a coroutine', 'coroutine.wrap(function() while true do end end)()'],
    [
      'L7: a coroutine in pcall in a coroutine',
      'coroutine.wrap(function() while true do pcall(coroutine.wrap(function() while true do end end)) end end)()',
    ],
    [
      'L9: table.move with functions of C',
      'local p = setmetatable({}, { __index = rawequal, __newindex = rawequal }) table.move(p, 1, math.maxinteger - 1, 1)',
    ],
    [
      'L9: table.concat over a length that lies',
      'table.concat(setmetatable({}, { __len = function() return math.maxinteger end, __index = function() return "" end }))',
    ],
    [
      'L9: table.insert over a length that lies',
      'table.insert(setmetatable({}, { __len = function() return math.maxinteger - 1 end, __newindex = rawequal, __index = rawequal }), 1, 1)',
    ],
    ['L10: a pattern that backtracks', 'string.find(("a"):rep(1e4), ".-.-.-.-b$")'],
    [
      'L11: quadratic patterns',
      'for _ = 1, 1000 do ("x"):rep(1e5):gsub(".-b", "") ("("):rep(1e4):gsub("%b()", "") end',
    ],
    [
      'L15: a storm of yields',
      'local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end',
    ],
    [
      'sorting with an order that lies',
      'while true do local t = {} for i = 1, 100 do t[i] = i end pcall(table.sort, t, function() return true end) end',
    ],
    [
      'a to-be-closed variable that loops',
      'local x <close> = setmetatable({}, { __close = function() while true do end end })',
    ],
    ['formats', 'while true do string.format("%99.99f", 1e308) end'],
    ['errors', 'while true do pcall(error, {}) end'],
    ['L43: a busy clock', 'local t = 0 repeat t = t + 1 until t < 0'],
  ],
  deep: [
    ['L14: recursion', 'local function f() return 1 + f() end f()', 'not enough memory'],
    [
      'L14: recursion through gsub',
      'local function f() return (("x"):gsub("x", f)) end f()',
      'C stack overflow',
    ],
    [
      'L14: recursion through a metamethod',
      'local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x',
      'C stack overflow',
    ],
    [
      'L14: recursion through pcall',
      'local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end f()',
      'stack overflow',
    ],
    [
      'L14: recursion through coroutines',
      'local function f() return assert(coroutine.wrap(function() local ok, e = pcall(f) error(e, 0) end))() end f()',
      'C stack overflow',
    ],
    [
      'L14: recursion through reply',
      'local t = setmetatable({}, { __index = function() return reply(t) end }) t = setmetatable({}, { __index = function() return reply(t) end }) return reply(t)',
      'stack overflow',
    ],
    [
      'L14: recursion through tostring',
      'local t t = setmetatable({}, { __tostring = function() return tostring(t) end }) return tostring(t)',
      'C stack overflow',
    ],
  ],
  failing: [
    [
      'L35: a __tostring that returns no text',
      'error(setmetatable({}, { __tostring = function() return {} end }))',
    ],
    [
      'L35: a __tostring that fails',
      'error(setmetatable({}, { __tostring = function() error("again") end }))',
    ],
    ['L35: a __name that is no text', 'error(setmetatable({}, { __name = {} }))'],
    ['L37: nil', 'error(nil)'],
    ['L37: a table', 'error({})'],
    ['L37: a function', 'error(print)'],
    ['L37: a coroutine that is dead', 'local co = coroutine.wrap(function() end) co() co()'],
    ['L15: a yield where nothing waits', 'coroutine.yield()'],
    ['an error of a million bytes', 'error(("xxxxxxxxxx"):rep(1e5))'],
  ],
} as const
