/** newswire in JavaScript: greetings on both sides, then lines; whoever follows a topic has an upstream connection of its own. */
const greetings = { request: 'NEWS/1 ', response: 'WIRE/1 ' }
export const codec = {
  correlation: 'fifo',
  affinity: true,
  writes: ['topic', 'text'],
  frameSizeMax: 4096,
  magic: greetings.request,
}

const replies = { NEWS: 'oneway', FAIL: 'error' }

// Towards callers weir stands in the place of the service, towards services in that of a caller.
export function encodePreface(direction, w) {
  w.text(greetings[direction === 'request' ? 'response' : 'request']).text('weir\n')
}

// The state of a connection: none before the greeting, then 'greeted', and 'follows' while the caller follows something.
export function decode(r) {
  if (r.state === undefined) {
    r.magic(greetings[r.direction])
    r.line(256)
    r.state = 'greeted'
    return passed()
  }
  const found = /^([A-Z]+) (\S*) ?(.*)$/.exec(r.line(4095))
  if (found === null) return malformed('header', 'a line has a verb and a topic')
  const [, verb, topic, text] = found
  let kind = 'request'
  let affinity
  if (r.direction === 'response') kind = replies[verb] ?? 'response'
  else if (verb === 'FOLLOW' || r.state === 'follows') {
    affinity = verb === 'LEAVE' ? 'release' : 'own'
    r.state = verb === 'LEAVE' ? 'greeted' : 'follows'
  }
  return message({ kind, operation: verb, properties: { verb, topic, text }, affinity })
}

function write(w, verb, topic, text) {
  w.text(`${verb} ${topic} ${text}\n`)
}

export function encode(message, mutation, w) {
  if (mutation.body !== undefined) return 'the body cannot be replaced: a line is a verb, a topic and a text'
  for (const [key, wrong] of [
    ['topic', /\s/],
    ['text', /[\r\n]/],
  ]) {
    const values = message.getAll(key)
    if (values.length !== 1 || wrong.test(values[0])) return `"${key}" is one text without line ends`
  }
  write(w, message.get('verb'), message.get('topic'), message.get('text'))
  if (w.at > 4096) return `with "${mutation.edits[0].key}" the line is too long`
}

export function encodeError(request, error, w) {
  if (request.kind !== 'request') return
  const text = `weir: ${error.kind}: ${error.text}`.slice(0, 1000).replace(/\p{Cc}+/gu, ' ')
  write(w, 'FAIL', request.get('topic') ?? '-', text)
}
