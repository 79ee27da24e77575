/** A script as a filter of the TypeScript contract, which is what every other language is compared with. */
import type { Deadline } from '../../core/base/timing-wheel.ts'
import { readText, textBytes } from '../../sdk/abi/text.ts'
import {
  type Exchange,
  type Filter,
  forward,
  type Metadata,
  type Mutation,
  type Outcome,
  Pause,
  replyError,
  replyMessage,
  type Settled,
  type Verdict,
} from '../../sdk/index.ts'
import type { ConformancePlace, Language } from './language.ts'
import type { Script, Step } from './script.ts'

export const typescript: Language = {
  name: 'TypeScript',
  create: async (script, place) => scriptFilter(script, place),
}

/** What a step looks at and changes. */
interface Scene {
  readonly metadata: Metadata
  readonly mutation: Mutation
  readonly exchange: Exchange
}

function scriptFilter(script: Script, place: ConformancePlace): Filter {
  const { request = [], response, end } = script
  const run = (steps: readonly Step[], scene: Scene): Verdict => {
    for (const step of steps) {
      const verdict = act(step, scene) ?? decide(step) ?? pause(step, scene)
      if (verdict !== undefined) return verdict
    }
    return undefined
  }
  const pause = (step: Step, scene: Scene): Pause | undefined => {
    if (step[0] !== 'pause') return undefined
    const held = new Pause()
    const resume = (): void => {
      const verdict = run(script.resume ?? [], scene)
      if (verdict instanceof Pause) verdict.wait((settled) => held.resume(settled))
      else held.resume(verdict)
    }
    place.wheel.arm(new Alarm(resume), step[1])
    return held
  }
  return {
    onRequest: (metadata, mutation, exchange) => run(request, { metadata, mutation, exchange }),
    ...(response === undefined
      ? {}
      : { onResponse: (metadata, mutation, exchange) => run(response, { metadata, mutation, exchange }) }),
    onEnd: (_exchange, outcome) => {
      for (const step of end ?? []) tell(step, outcome, place)
    },
  }
}

class Alarm implements Deadline {
  deadlineMs = 0
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  readonly onDeadline: () => void

  constructor(onDeadline: () => void) {
    this.onDeadline = onDeadline
  }
}

/** Reads and records; decides nothing. */
function act(step: Step, { metadata, mutation, exchange }: Scene): undefined {
  switch (step[0]) {
    case 'set':
      mutation.set(step[1], step[2])
      return
    case 'add':
      mutation.add(step[1], step[2])
      return
    case 'remove':
      mutation.remove(step[1])
      return
    case 'body':
      mutation.body(step[1])
      return
    case 'copy':
      copyAll(metadata.getAll(step[1]), step[2], mutation)
      return
    case 'copy-from-request':
      copyAll(exchange.request.getAll(step[1]), step[2], mutation)
      return
    case 'copy-id':
      mutation.set(step[1], metadata.requestId)
      return
    case 'copy-text':
      mutation.set(step[2], metadata[step[1]] ?? '')
      return
    case 'copy-body':
      mutation.set(step[1], readText(metadata.body, 0, metadata.body.length))
      return
    case 'same-body':
      mutation.body(Buffer.from(metadata.body))
      return
    default:
      return
  }
}

/** As other languages see it, in which a key that was read is seen as it was when the phase began. */
function copyAll(values: readonly string[], to: string, mutation: Mutation): void {
  for (const [index, value] of values.entries()) {
    if (index === 0) mutation.set(to, value)
    else mutation.add(to, value)
  }
}

function decide(step: Step): Settled | undefined {
  switch (step[0]) {
    case 'reply-error':
      return replyError(step[1], step[2])
    case 'reply':
      return replyMessage({ properties: step[1], body: step[2] })
    case 'forward':
      return forward(step[1], step[2])
    case 'drop':
    case 'close':
      return step[0]
    default:
      return undefined
  }
}

function tell(step: Step, outcome: Outcome, { context }: ConformancePlace): void {
  if (step[0] === 'log') context.log.info(step[1])
  if (step[0] === 'log-outcome') context.log.info(textBytes(outcome[step[1]]).toString())
}
