/**
 * SelfTest: runs the examples of a manifest on a filter that carries no traffic yet. It answers with the first thing
 * that came out differently.
 */
import { type Exchange, type Filter, type Message, Mutation, Pause, type Verdict } from '../../sdk/index.ts'
import { errorText } from '../base/error-text.ts'
import { LaterMessage } from '../guest/later-message.ts'
import { exampleMessage } from './example-message.ts'
import type { ManifestExample } from './manifest.ts'

/** Why an example fails, as a sentence without its full stop; `undefined` when it comes out as it says. */
export async function selfTest(filter: Filter, example: ManifestExample): Promise<string | undefined> {
  const message = exampleMessage(example.request)
  const mutation = new Mutation()
  message.mutation = mutation
  const exchange = exampleExchange(message)
  try {
    const verdict = await decided(filter.onRequest?.(message, mutation, exchange))
    return verdictFault(verdict, example) ?? propertyFault(message, example)
  } catch (error) {
    return errorText(error)
  }
}

/** A plugin in another process decides later; that it waits for nothing else is no pause of its own. */
function decided(verdict: Verdict | Promise<Verdict>): Verdict | Promise<Verdict> {
  if (!(verdict instanceof LaterMessage)) return verdict
  return new Promise((resolve) => {
    verdict.onFollow = resolve
    verdict.wait(resolve)
  })
}

function verdictFault(verdict: Verdict, { expect }: ManifestExample): string | undefined {
  const word = wordOf(verdict)
  const reply = typeof verdict === 'object' && verdict.verdict === 'reply' ? verdict : undefined
  const told = reply?.error === undefined ? '' : ` (${reply.error.kind}: ${reply.error.text})`
  if (word !== expect.verdict) return `the verdict is ${word}${told}, not ${expect.verdict}`
  if (expect.error !== undefined && reply?.error?.kind !== expect.error) {
    return `the reply is ${reply?.error?.kind ?? 'no error'}, not ${expect.error}`
  }
  if (expect.cluster === undefined) return undefined
  const cluster = typeof verdict === 'object' && verdict.verdict === 'forward' ? verdict.cluster : ''
  const name = typeof cluster === 'string' ? cluster : cluster.name
  return name === expect.cluster ? undefined : `it forwards to "${name}", not to "${expect.cluster}"`
}

function wordOf(verdict: Verdict): ManifestExample['expect']['verdict'] {
  if (verdict === undefined) return 'continue'
  if (verdict instanceof Pause) return 'pause'
  return typeof verdict === 'string' ? verdict : verdict.verdict
}

function propertyFault(message: Message, { expect }: ManifestExample): string | undefined {
  for (const [key, wanted] of Object.entries(expect.properties)) {
    const value = message.get(key)
    if (value === (wanted ?? undefined)) continue
    const shown = (text: string | null | undefined) => (text == null ? 'not there' : JSON.stringify(text))
    return `"${key}" is ${shown(value)}, not ${wanted === null ? 'gone' : shown(wanted)}`
  }
  return undefined
}

/** An exchange that nothing else takes part in. */
function exampleExchange(request: Message): Exchange {
  const kept = new Map<Filter, unknown>()
  return {
    listener: 'example',
    protocol: 'example',
    peer: '127.0.0.1:1',
    localAddress: '127.0.0.1:2',
    startedMs: 0,
    request,
    route: undefined,
    ended: false,
    clearRoute: () => undefined,
    get: (filter) => kept.get(filter),
    set: (filter, value) => void kept.set(filter, value),
  }
}
