-- Simple line: one line of keys with values, written as in the query of an address, ended by CR LF or LF alone; so is its
-- answer, or that is any other text. Answers come in order.
--
--   key=value&key1=value1 CR LF
codec { correlation = 'fifo', writes = true, frameSizeMax = 4096 }

local LINE_MAX = 4096

local function escaped(text)
  return (text:gsub("[^%w%-_.!~*'()]", function(char) return ('%%%02X'):format(char:byte()) end))
end

local function unescaped(text)
  return (text:gsub('+', ' '):gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

-- The pairs of a line, each with the text that it came as.
local function parse(line)
  local pairs = {}
  for text in line:gmatch('[^&]+') do
    local key, value = text:match('^([^=]*)=?(.*)$')
    pairs[#pairs + 1] = { unescaped(key), unescaped(value), text }
  end
  return pairs
end

function decode(r)
  local line = r:line(LINE_MAX)
  local operation, pairs = '', parse(line)
  for _, pair in ipairs(pairs) do
    if pair[1] == 'op' and operation == '' then operation = pair[2] end
  end
  local request = r.direction == 'request'
  return message { kind = request and 'request' or 'response', operation = request and operation or '', properties = pairs }
end

local function write(w, pairs, ending)
  local texts = {}
  for index, pair in ipairs(pairs) do texts[index] = pair[3] or escaped(pair[1]) .. '=' .. escaped(pair[2]) end
  w:bytes(table.concat(texts, '&')):bytes(ending)
end

-- The pairs after one edit: the first of a key is set and its others go; a key that is not there comes last.
local function applied(pairs, edit)
  local left, found = {}, edit.op == 'remove'
  for _, pair in ipairs(pairs) do
    if pair[1] ~= edit.key or edit.op == 'add' then
      left[#left + 1] = pair
    elseif not found then
      left[#left + 1] = { edit.key, edit.value }
      found = true
    end
  end
  if not found then left[#left + 1] = { edit.key, edit.value } end
  return left
end

function encode(message, mutation, w)
  if mutation.body then return 'the body cannot be replaced: a line is its keys' end
  local line, ending = message.bytes:match('^(.-)(\r?\n)$')
  local pairs = parse(line)
  for _, edit in ipairs(mutation.edits) do
    if #edit.value > LINE_MAX then return edit.key .. ' is too long for a line' end
    pairs = applied(pairs, edit)
  end
  write(w, pairs, ending)
  if w.at > LINE_MAX then return 'with ' .. mutation.edits[1].key .. ' the line is too long' end
end

function encodeError(_, error, w)
  write(w, { { 'error', error.kind }, { 'message', ('weir: ' .. error.kind .. ': ' .. error.text):sub(1, 1000) } }, '\r\n')
end

function encodeReply(_, reply, w)
  if reply.body and reply.body ~= '' then return 'the body cannot be written: a line is its keys' end
  write(w, reply.properties, '\r\n')
end
