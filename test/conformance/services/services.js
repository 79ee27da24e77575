/** Everything that an author has, one word of a request after the other. The other languages say the same. */
export const reads = { keys: ['x', 'word'], body: true }

let count = 0

const yes = (value) => (value ? 'yes' : 'no')
const text = (value) => (value === undefined ? 'none' : String(value))

const does = {
  about: (m) => [m.operation, m.requestId, m.size, m.status, m.listener, m.peer, m.protocol].join('|'),
  keys: (m) => m.keys().join(','),
  has: (m) => `${yes(m.has('key'))} ${yes(m.has('x'))}`,
  get: (m) => `${text(m.get('key'))} ${text(m.get('x'))}`,
  all: (m) => `${m.getAll('key').join(',')}|${m.getAll('x').join(',')}`,
  config: (m) => saidOf(m.config),
  now: () => text(Math.floor(Date.now() / 1_000)),
  random: () => {
    const drawn = Math.random()
    return yes(drawn >= 0 && drawn < 1)
  },
  body: (m) => textOf(m.body),
  count: () => text(++count),
  store: () =>
    [
      store.set('a', '1'),
      store.cas('a', '2', '3'),
      store.cas('a', '1', '3'),
      store.get('a'),
      store.add('n', 2),
      store.add('n'),
      store.add('a', 1),
      ...(store.delete('a') ? [] : ['nothing deleted']),
      store.get('a'),
      store.cas('a', undefined, 'x'),
      store.cas('a', undefined, 'y'),
      store.set('b', 'brief', 10),
      store.get('long')?.length ?? 0,
    ]
      .map((value) => (typeof value === 'boolean' ? yes(value) : text(value)))
      .join(' '),
  log: () => {
    log.debug('d')
    log.info('i')
    log.warn('w')
    log.error('e')
    return ''
  },
  counter: () => {
    counter('seen', 2)
    counter('seen')
    return ''
  },
}

const saidOf = ({ word, times, on, list, deep }) =>
  [word, times + 1, yes(on), list.join(','), deep.word].join(' ')

export function onConfigure(config) {
  return config.word === 'bad' ? 'that is a bad word' : undefined
}

function decide(word) {
  if (word === 'drop' || word === 'close') return word
  if (word === 'refuse') return reply({ error: 'denied', text: 'no' })
  if (word === 'reply') return reply({ properties: { k: 'v' }, body: 'made' })
  if (word === 'forward') return forward('other', 70)
  if (word === 'pause') return pause(10)
  return word === 'call' ? call('other', { properties: { q: '1' }, body: 'ask' }, 50) : undefined
}

export function onRequest(metadata, mutation) {
  const word = metadata.get('do')
  if (word === 'edit') {
    mutation.set('a', '1')
    mutation.add('a', '2')
    mutation.remove('b')
    mutation.body('new')
  }
  if (does[word] !== undefined) mutation.set('said', does[word](metadata))
  return decide(word)
}

export function onResponse(metadata, mutation) {
  mutation.set('said', `${metadata.request.get('do')} ${metadata.status}`)
}

export function onStreamData(metadata, mutation) {
  if (metadata.get('do') === 'drop') return 'drop'
  mutation.body(`${textOf(metadata.body)}!`)
}

export function onResume(metadata, mutation, resume) {
  const said = [resume.reason, resume.phase, resume.pauses, metadata.get('do')]
  const { response } = resume
  if (response !== undefined) said.push(text(response.get('word')), textOf(response.body))
  if (resume.reason === 'failed') said.push(resume.text)
  mutation.set('said', said.join(' '))
}

export function onEnd(metadata, outcome) {
  const { result, error, errorText, status, durationMs, upstreamMs, requestBytes, responseBytes } = outcome
  const { attempts, cluster, endpoint, flags } = outcome
  const numbers = [
    status,
    Math.floor(durationMs),
    Math.floor(upstreamMs),
    requestBytes,
    responseBytes,
    attempts,
  ]
  const bits = ['late_reply', 'downstream_gone', 'dropped', 'retried'].map((flag) => yes(flags[flag]))
  const is = [yes(result === 'error'), yes(error === 'request_timeout'), errorText]
  log([metadata.get('do'), ...is, ...numbers, cluster, endpoint, ...bits].join('|'))
}

export function snapshot() {
  return count > 0 ? bytesOf(text(count)) : undefined
}

export function restore(state, version) {
  const number = Number(textOf(state))
  if (Number.isNaN(number)) return `no number from ${version}`
  count = number
  return undefined
}
