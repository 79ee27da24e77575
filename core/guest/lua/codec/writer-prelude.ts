/**
 * WriterPrelude: the writer of a codec in Lua. Numbers go to the host as two halves, which it writes in order; one that does
 * not fit its field is a problem of the message.
 */

export const writerPrelude = `
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
`
