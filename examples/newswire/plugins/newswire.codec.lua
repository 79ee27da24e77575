-- newswire in Lua: greetings on both sides, then lines; whoever follows a topic has an upstream connection of its own.
local greetings = { request = 'NEWS/1 ', response = 'WIRE/1 ' }
codec { correlation = 'fifo', affinity = true, writes = { 'topic', 'text' }, frameSizeMax = 4096, magic = greetings.request }

local replies = { NEWS = 'oneway', FAIL = 'error' }

-- Towards callers weir stands in the place of the service, towards services in that of a caller.
function encodePreface(direction, w)
  w:bytes(greetings[direction == 'request' and 'response' or 'request']):bytes('weir\n')
end

-- The state of a connection: none before the greeting, then 'greeted', and 'follows' while the caller follows something.
function decode(r)
  if r.state == nil then
    r:magic(greetings[r.direction])
    r:line(256)
    r.state = 'greeted'
    return passed()
  end
  local line = r:line(4095)
  local verb, topic, text = line:match('^(%u+) (%S*) ?(.*)$')
  if not verb then malformed('header', 'a line has a verb and a topic') end
  local kind, affinity = 'request', nil
  if r.direction == 'response' then
    kind = replies[verb] or 'response'
  elseif verb == 'FOLLOW' or r.state == 'follows' then
    affinity = verb == 'LEAVE' and 'release' or 'own'
    r.state = verb == 'LEAVE' and 'greeted' or 'follows'
  end
  local properties = { { 'verb', verb }, { 'topic', topic }, { 'text', text } }
  return message { kind = kind, operation = verb, properties = properties, affinity = affinity }
end

local function write(w, verb, topic, text)
  w:bytes(verb):bytes(' '):bytes(topic):bytes(' '):bytes(text):bytes('\n')
end

function encode(message, mutation, w)
  if mutation.body then return 'the body cannot be replaced: a line is a verb, a topic and a text' end
  for _, key in ipairs { 'topic', 'text' } do
    local values = message:getAll(key)
    if #values ~= 1 or values[1]:find(key == 'topic' and '%s' or '[\r\n]') then
      return '"' .. key .. '" is one text without line ends' .. (key == 'topic' and ' and spaces' or '')
    end
  end
  write(w, message:get('verb'), message:get('topic'), message:get('text'))
  if w.at > 4096 then return 'with "' .. mutation.edits[1].key .. '" the line is too long' end
end

function encodeError(request, error, w)
  if request.kind ~= 'request' then return end
  local text = ('weir: ' .. error.kind .. ': ' .. error.text):sub(1, 1000):gsub('%c+', ' ')
  write(w, 'FAIL', request:get('topic') or '-', text)
end
