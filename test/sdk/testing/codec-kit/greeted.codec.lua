-- Greetings on both sides, then lines; DEFECT makes one thing wrong.
codec { correlation = 'fifo', affinity = true, writes = {} }

local function is(defect) return DEFECT == defect end

function encodePreface(direction, w)
  if direction == 'request' then
    if is('greets callers as a caller') then w:bytes('HELLO 1\n') else w:bytes('READY 1\n') end
  elseif not is('says nothing to upstreams') then
    w:bytes('HELLO 1\n')
    if is('says a line too many to upstreams') then w:bytes('GET\n') end
    if is('says half a line too many to upstreams') then w:bytes('GE') end
  end
end

local greeted
function decode(r)
  if is('greets once for all') then
    if greeted then r.state = 'greeted' end
    greeted = true
  end
  if r.state == nil then
    if is('takes any greeting') then r:line(16) else r:magic(r.direction == 'request' and 'HELLO 1\n' or 'READY 1\n') end
    if is('takes its greeting for a message') then
      r.state = 'greeted'
      return message { kind = r.direction, operation = 'hello' }
    end
    if not is('waits for the greeting again and again') then r.state = 'greeted' end
    return passed()
  end
  local line = r:line(100)
  local verb = line:match('^%S*')
  local own = verb == 'FOLLOW' and not is('knows no connection of its own')
  local wait = own and not is('waits no longer than usual') and math.huge or nil
  return message { kind = r.direction, operation = verb, affinity = own and 'own' or 'shared', waitMs = wait }
end

function encodeError(request, error, w)
  if request.kind == 'request' then w:bytes('ERR ' .. error.kind .. '\n') end
end
