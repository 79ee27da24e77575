/** Everything that an author has, one word of a request after the other. The other languages say the same. */
import {
  Bytes,
  call,
  Config,
  counter,
  Fault,
  forward,
  log,
  Message,
  Metadata,
  Mutation,
  now,
  Outcome,
  pause,
  random,
  reads,
  Reason,
  reply,
  replyError,
  Result,
  Resume,
  store,
  Verdict,
} from 'weir'

const said: string[] = []
let count = 0

function yes(value: bool): string {
  return value ? 'yes' : 'no'
}

function text(value: Bytes | null): string {
  return value == null ? 'none' : value.toString()
}

function joined(values: Bytes[]): string {
  const texts: string[] = []
  for (let i = 0; i < values.length; i++) texts.push(values[i].toString())
  return texts.join(',')
}

function number(value: f64): string {
  return (<i64>value).toString()
}

export function onConfigure(config: Config): string | null {
  const word = config.get('word')!
  if (word == 'bad') return 'that is a bad word'
  const list = config.list('list')
  const items: string[] = []
  for (let i = 0; i < list.length; i++) items.push(list[i].toString())
  const deep = config.object('deep')!.get('word')!
  const times = number(config.number('times', 0) + 1)
  said.push([word, times, yes(config.flag('on', true)), items.join(','), deep].join(' '))
  reads('x')
  return null
}

function about(m: Metadata): string {
  const parts = [m.operation.toString(), m.requestId, m.size.toString(), m.status.toString()]
  return parts.concat([m.listener.toString(), m.peer.toString(), m.protocol.toString()]).join('|')
}

function stored(): string {
  const notes = [
    yes(store.set('a', '1')),
    yes(store.cas('a', Bytes.of('2'), '3')),
    yes(store.cas('a', Bytes.of('1'), '3')),
    text(store.get('a')),
    number(store.add('n', 2)),
    number(store.add('n')),
    number(store.add('a', 1)),
  ]
  store.delete('a')
  notes.push(text(store.get('a')))
  notes.push(yes(store.cas('a', null, 'x')))
  notes.push(yes(store.cas('a', null, 'y')))
  notes.push(yes(store.set('b', 'brief', 10)))
  const long = store.get('long')
  notes.push(long == null ? '0' : long.size.toString())
  return notes.join(' ')
}

function logged(): string {
  log.debug('d')
  log.info('i')
  log.warn('w')
  log.error('e')
  return ''
}

function counted(): string {
  counter('seen', 2)
  counter('seen')
  return ''
}

function does(word: string, m: Metadata): string | null {
  if (word == 'about') return about(m)
  if (word == 'keys') return joined(m.keys())
  if (word == 'has') return `${yes(m.has('key'))} ${yes(m.has('x'))}`
  if (word == 'get') return `${text(m.get('key'))} ${text(m.get('x'))}`
  if (word == 'all') return `${joined(m.getAll('key'))}|${joined(m.getAll('x'))}`
  if (word == 'config') return said[m.config]
  if (word == 'now') return number(now() / 1_000)
  if (word == 'body') return m.body.toString()
  if (word == 'count') return (++count).toString()
  if (word == 'store') return stored()
  if (word == 'log') return logged()
  if (word == 'counter') return counted()
  if (word != 'random') return null
  const drawn = random()
  return yes(drawn >= 0 && drawn < 1)
}

function decide(word: string): Verdict {
  if (word == 'drop') return Verdict.Drop
  if (word == 'close') return Verdict.Close
  if (word == 'refuse') return replyError(Fault.Denied, 'no')
  if (word == 'reply') return reply(new Message().add('k', 'v').body('made'))
  if (word == 'forward') return forward('other', 70)
  if (word == 'pause') return pause(10)
  if (word == 'call') return call('other', new Message().add('q', '1').body('ask'), 50)
  return Verdict.Continue
}

export function onRequest(metadata: Metadata, mutation: Mutation): Verdict {
  const word = metadata.get('do')!.toString()
  if (word == 'edit') {
    mutation.set('a', '1')
    mutation.add('a', 2)
    mutation.remove('b')
    mutation.body('new')
  }
  const answer = does(word, metadata)
  if (answer != null) mutation.set('said', answer)
  return decide(word)
}

export function onResponse(metadata: Metadata, mutation: Mutation): void {
  const status = metadata.status
  mutation.set('said', `${metadata.request.get('do')!.toString()} ${status}`)
}

export function onStreamData(metadata: Metadata, mutation: Mutation): Verdict {
  if (metadata.is('do', 'drop')) return Verdict.Drop
  mutation.body(metadata.body.toString() + '!')
  return Verdict.Continue
}

export function onResume(metadata: Metadata, mutation: Mutation, resume: Resume): void {
  const reason = resume.reason
  const parts = [
    reason == Reason.Timer ? 'timer' : reason == Reason.Answer ? 'answer' : 'failed',
    resume.response ? 'response' : 'request',
    resume.pauses.toString(),
    metadata.get('do')!.toString(),
  ]
  const answer = resume.answer
  if (answer != null) parts.push(`${text(answer.get('word'))} ${answer.body.toString()}`)
  if (reason == Reason.Failed) parts.push(resume.text.toString())
  mutation.set('said', parts.join(' '))
}

export function onEnd(metadata: Metadata, outcome: Outcome): void {
  const is = [yes(outcome.result == Result.Error), yes(outcome.error == Fault.RequestTimeout)]
  const numbers = [outcome.status.toString(), number(outcome.durationMs), number(outcome.upstreamMs)]
  const sizes = [outcome.requestBytes.toString(), outcome.responseBytes.toString(), outcome.attempts.toString()]
  const places = [outcome.cluster.toString(), outcome.endpoint.toString()]
  const bits = [yes(outcome.lateReply), yes(outcome.downstreamGone), yes(outcome.dropped), yes(outcome.retried)]
  const all = [metadata.get('do')!.toString()].concat(is).concat([outcome.errorText.toString()])
  log.info(all.concat(numbers).concat(sizes).concat(places).concat(bits).join('|'))
}

export function snapshot(): string | null {
  return count > 0 ? count.toString() : null
}

export function restore(state: Bytes, version: string): string | null {
  if (!state.isInteger()) return `no number from ${version}`
  count = <i32>state.toInteger()
  return null
}
