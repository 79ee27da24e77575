/** Works through the steps of its configuration with what the kit offers. */
import {
  Bytes,
  Config,
  Fault,
  forward,
  log,
  Message,
  Metadata,
  Mutation,
  Outcome,
  pause,
  reads,
  reply,
  replyError,
  Verdict,
} from 'weir'

class Step {
  constructor(
    public name: string,
    public words: string[],
    public a: Bytes,
    public b: Bytes,
  ) {}
}

let request: Step[] = []
let response: Step[] = []
let end: Step[] = []
let later: Step[] = []

export function onConfigure(config: Config): void {
  const keys = config.list('reads')
  for (let i = 0; i < keys.length; i++) reads(text(keys[i].toString()))
  request = steps(config.get('request'))
  response = steps(config.get('response'))
  end = steps(config.get('end'))
  later = steps(config.get('resume'))
}

export function onRequest(metadata: Metadata, mutation: Mutation): Verdict {
  return work(request, metadata, mutation)
}

export function onResponse(metadata: Metadata, mutation: Mutation): Verdict {
  return work(response, metadata, mutation)
}

export function onResume(metadata: Metadata, mutation: Mutation): Verdict {
  return work(later, metadata, mutation)
}

export function onEnd(_metadata: Metadata, outcome: Outcome): void {
  for (let i = 0; i < end.length; i++) {
    const step = end[i]
    if (step.name == 'log') log.info(step.a.toString())
    else if (step.words[1] == 'cluster') log.info(outcome.cluster.toString())
    else if (step.words[1] == 'endpoint') log.info(outcome.endpoint.toString())
    else log.info(outcome.errorText.toString())
  }
}

function work(list: Step[], metadata: Metadata, mutation: Mutation): Verdict {
  for (let i = 0; i < list.length; i++) {
    act(list[i], metadata, mutation)
    const verdict = decide(list[i])
    if (verdict != Verdict.Continue) return verdict
  }
  return Verdict.Continue
}

function act(step: Step, metadata: Metadata, mutation: Mutation): void {
  const name = step.name
  if (name == 'set') mutation.set(step.a.toString(), step.b)
  else if (name == 'add') mutation.add(step.a.toString(), step.b)
  else if (name == 'remove') mutation.remove(step.a.toString())
  else if (name == 'body') mutation.body(step.a)
  else if (name == 'copy') copy(metadata.getAll(step.a.toString()), step.b.toString(), mutation)
  else if (name == 'copy-from-request') copy(metadata.request.getAll(step.a.toString()), step.b.toString(), mutation)
  else if (name == 'copy-id') mutation.set(step.a.toString(), metadata.requestId)
  else if (name == 'copy-body') mutation.set(step.a.toString(), metadata.body)
  else if (name == 'same-body') mutation.body(metadata.body)
  else if (name == 'copy-text') mutation.set(step.b.toString(), known(step.words[1], metadata))
}

function known(what: string, metadata: Metadata): Bytes {
  if (what == 'operation') return metadata.operation
  if (what == 'listener') return metadata.listener
  if (what == 'peer') return metadata.peer
  return what == 'protocol' ? metadata.protocol : metadata.problem
}

function copy(values: Bytes[], to: string, mutation: Mutation): void {
  for (let i = 0; i < values.length; i++) {
    if (i == 0) mutation.set(to, values[i])
    else mutation.add(to, values[i])
  }
}

function decide(step: Step): Verdict {
  const words = step.words
  if (step.name == 'drop') return Verdict.Drop
  if (step.name == 'close') return Verdict.Close
  if (step.name == 'pause') return pause(I32.parseInt(words[1]))
  if (step.name == 'reply-error') return replyError(<Fault>I32.parseInt(words[1]), step.b.toString())
  if (step.name == 'forward') {
    return words[1] == '-' ? forward(step.b.toString()) : forward(step.b.toString(), I32.parseInt(words[1]))
  }
  if (step.name != 'reply') return Verdict.Continue
  const message = new Message()
  for (let i = 2; i < words.length; i += 2) message.add(text(words[i]), bytes(words[i + 1]))
  return reply(words[1] == '-' ? message : message.body(bytes(words[1])))
}

function steps(line: string | null): Step[] {
  const list: Step[] = []
  if (line == null || line == '') return list
  const parts = line.split(';')
  for (let i = 0; i < parts.length; i++) {
    const words = parts[i].split(' ')
    list.push(new Step(words[0], words, bytes(words.length > 1 ? words[1] : ''), bytes(words.length > 2 ? words[2] : '')))
  }
  return list
}

/** What is written as hex; words that are none come to nothing that is used. */
function bytes(hex: string): Bytes {
  const buffer = new ArrayBuffer(hex.length >> 1)
  for (let i = 0; i < buffer.byteLength; i++) {
    const at = changetype<usize>(hex) + (<usize>i << 2)
    store<u8>(changetype<usize>(buffer) + <usize>i, (digit(load<u16>(at)) << 4) | digit(load<u16>(at, 2)))
  }
  return Bytes.from(buffer)
}

function digit(unit: u32): u32 {
  return unit > 0x39 ? unit - 0x57 : unit - 0x30
}

function text(hex: string): string {
  return bytes(hex).toString()
}
