/**
 * ReaderPrelude: the reader of a codec in Lua. A read that finds too few bytes ends the call by an error of its own; what
 * is read costs one function of Lua and no host.
 */

/** A part that claims more ends the connection: with what stands before it, it would not fit the number of its frame's size. */
const SIZE_MAX = 0xffff_0000

export const readerPrelude = `
-- The reader. 'pos' is the place of the next byte, counted from 1, 'from' that of the frame's first.
local Read = {}
local function more(r, count)
  if r.whole then error('the reader has no ' .. count .. ' more bytes', 0) end
  wanted = r.pos - r.from + count
  error(MORE, 0)
end
function Read.u8(r)
  local at = r.pos
  local value = byte(r.text, at)
  if not value then more(r, 1) end
  r.pos = at + 1
  return value
end
function Read.u16(r)
  local at = r.pos
  local a, b = byte(r.text, at, at + 1)
  if not b then more(r, 2) end
  r.pos = at + 2
  return a << 8 | b
end
function Read.u24(r)
  local at = r.pos
  local a, b, c = byte(r.text, at, at + 2)
  if not c then more(r, 3) end
  r.pos = at + 3
  return a << 16 | b << 8 | c
end
function Read.u32(r)
  local at = r.pos
  local a, b, c, d = byte(r.text, at, at + 3)
  if not d then more(r, 4) end
  r.pos = at + 4
  return a << 24 | b << 16 | c << 8 | d
end
function Read.i8(r)
  local value = Read.u8(r)
  return value < 0x80 and value or value - 0x100
end
function Read.i16(r)
  local value = Read.u16(r)
  return value < 0x8000 and value or value - 0x10000
end
function Read.i32(r)
  local value = Read.u32(r)
  return value < 0x80000000 and value or value - 0x100000000
end
function Read.u16le(r)
  local at = r.pos
  local a, b = byte(r.text, at, at + 1)
  if not b then more(r, 2) end
  r.pos = at + 2
  return b << 8 | a
end
function Read.u24le(r)
  local at = r.pos
  local a, b, c = byte(r.text, at, at + 2)
  if not c then more(r, 3) end
  r.pos = at + 3
  return c << 16 | b << 8 | a
end
function Read.u32le(r)
  local at = r.pos
  local a, b, c, d = byte(r.text, at, at + 3)
  if not d then more(r, 4) end
  r.pos = at + 4
  return d << 24 | c << 16 | b << 8 | a
end
function Read.i16le(r)
  local value = Read.u16le(r)
  return value < 0x8000 and value or value - 0x10000
end
function Read.i32le(r)
  local value = Read.u32le(r)
  return value < 0x80000000 and value or value - 0x100000000
end
-- Numbers of 64 bits are Lua's own, so the highest bit is the sign.
function Read.u64(r)
  local at = r.pos
  if #r.text - at < 7 then more(r, 8) end
  r.pos = at + 8
  return (unpackFrom('>i8', r.text, at))
end
function Read.u64le(r)
  local at = r.pos
  if #r.text - at < 7 then more(r, 8) end
  r.pos = at + 8
  return (unpackFrom('<i8', r.text, at))
end
Read.i64, Read.i64le = Read.u64, Read.u64le
function Read.varint(r)
  local value, at = 0, r.pos
  for shift = 0, 63, 7 do
    local group = byte(r.text, at)
    if not group then more(r, at - r.pos + 1) end
    at = at + 1
    value = value | (group & 0x7f) << shift
    if group < 0x80 then
      r.pos = at
      return value
    end
  end
  fail('header', 'a number of more than 64 bits')
end
function Read.zigzag(r)
  local value = Read.varint(r)
  return value >> 1 ~ -(value & 1)
end
local function count(value, what)
  local number = mathType(value) == 'integer' and value or floor(tonumber(value) or -1)
  if number < 0 or number > ${SIZE_MAX} then fail('frame_size', what .. ' of ' .. tostring(value) .. ' bytes') end
  return number
end
function Read.bytes(r, size)
  size = count(size, 'a part')
  local at = r.pos
  if #r.text - at + 1 < size then more(r, size) end
  r.pos = at + size
  return sub(r.text, at, at + size - 1)
end
Read.text = Read.bytes
function Read.line(r, max)
  local at = r.pos
  local stop = find(r.text, '\\n', at, true)
  if max and (stop or #r.text + 1) - at > max then fail('frame_size', 'a line of more than ' .. max .. ' bytes') end
  if not stop then
    if r.whole then error('the reader has no line feed', 0) end
    wanted = 0
    error(MORE, 0)
  end
  r.pos = stop + 1
  local last = stop - 1
  if last >= at and byte(r.text, last) == 13 then last = last - 1 end
  return sub(r.text, at, last)
end
function Read.skip(r, size)
  r.pos = r.pos + count(size, 'a part')
end
function Read.body(r, size)
  size = count(size, 'a body')
  r.bodyAt, r.bodySize = r.pos - r.from, size
  r.pos = r.pos + size
end
function Read.magic(r, magic)
  local at = r.pos
  local here = sub(r.text, at, at + #magic - 1)
  if here ~= sub(magic, 1, #here) then
    fail('magic', 'a frame begins with other bytes than those of the protocol')
  end
  if #here < #magic then more(r, #magic) end
  r.pos = at + #magic
end
local function reading(r, name)
  if name == 'at' then return r.pos - r.from end
  if name == 'left' then
    local left = #r.text - r.pos + 1
    return left > 0 and left or 0
  end
  return Read[name]
end
local readerOf = { __index = reading, __metatable = false }
reader = blaming(function(text)
  return setmetatable({ text = bytes(text, 'what is read'), pos = 1, from = 1, whole = true }, readerOf)
end)
`
