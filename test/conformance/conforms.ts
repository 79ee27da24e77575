/** Conforms: runs one case in one language, from the request to the end, and compares what it did with what is right. */
import { expect } from 'vitest'
import { TimingWheel } from '../../core/base/timing-wheel.ts'
import { textBytes } from '../../sdk/abi/text.ts'
import { type Filter, type Message, Mutation, type Settled } from '../../sdk/index.ts'
import { fakeMessage } from '../../sdk/testing/fake-message.ts'
import { ManualClock } from '../../sdk/testing/manual-clock.ts'
import { TestContext } from '../../sdk/testing/test-context.ts'
import { type Phase, settled, TestExchange } from '../../sdk/testing/test-exchange.ts'
import { PATIENCE_MS } from '../support/eventually.ts'
import type { ConformanceCase, PhaseResult } from './cases.ts'
import type { Language } from './language.ts'

class WheelClock extends ManualClock {
  refresh(): void {}
}

export async function conforms(language: Language, tried: ConformanceCase): Promise<void> {
  expect(await play(language, tried)).toEqual({
    request: whole(tried.expected.request),
    response:
      tried.response === undefined && tried.script.response === undefined
        ? undefined
        : whole(tried.expected.response),
    log: tried.expected.log ?? [],
  })
}

function whole(result: PhaseResult = {}): PhaseResult {
  return { verdict: 'continue', edits: [], ...result, body: result.body ?? 'the same' }
}

/** Runs one exchange through the filter and writes down what it did. */
async function play(language: Language, tried: ConformanceCase) {
  const clock = new WheelClock()
  const wheel = new TimingWheel(clock)
  const context = new TestContext({ clock })
  const place = { context, wheel, defer: (work: () => void) => void setImmediate(work) }
  const filter = await language.create(tried.script, place)
  expect(context.problems).toEqual([])
  const request = requestOf(tried)
  const changed: Mutation[] = []
  const exchange = new TestExchange({ filter: noting(filter, changed), clock, request })
  const tick = (): void => {
    clock.advance(10)
    wheel.tick()
  }
  const first = await finished(exchange.onRequest(), request.mutation, tick)
  let second: PhaseResult | undefined
  if (tried.response !== undefined || tried.script.response !== undefined) {
    const phase = exchange.onResponse(tried.response)
    second = await finished(phase, changed[0], tick)
  }
  exchange.onEnd(tried.outcome)
  const log = await said(context, tried.expected.log ?? [])
  filter.onDestroy?.()
  return { request: first, response: second, log }
}

/** The filter, and the mutations of the responses it was given, which may be changed later. */
function noting(filter: Filter, changed: Mutation[]): Filter {
  return {
    onRequest: (metadata, mutation, exchange) => filter.onRequest?.(metadata, mutation, exchange),
    onResponse: (metadata, mutation, exchange) => {
      changed.push(mutation)
      return filter.onResponse?.(metadata, mutation, exchange)
    },
    onEnd: (exchange, outcome) => filter.onEnd?.(exchange, outcome),
  }
}

function requestOf({ request, id }: ConformanceCase): Message {
  const message = fakeMessage(request)
  message.mutation = new Mutation()
  if (id === undefined) return message
  message.idText = undefined
  message.idHigh = Number(id >> 32n)
  message.idLow = Number(id & 0xffff_ffffn)
  return message
}

/** What a phase came to once it has waited for everything; time goes on meanwhile. */
async function finished(
  phase: Phase,
  mutation: Mutation | undefined,
  tick: () => void,
): Promise<PhaseResult> {
  let verdict: Settled | undefined
  settled(phase).then((answer) => {
    verdict = answer
  })
  const untilMs = performance.now() + PATIENCE_MS
  while (verdict === undefined && performance.now() < untilMs) {
    await new Promise((resolve) => setImmediate(resolve))
    if (verdict === undefined) tick()
  }
  const edits = mutation?.edits ?? phase.edits
  const body = mutation === undefined ? phase.newBody : mutation.newBody
  return {
    verdict: worded(verdict),
    edits: edits.map(({ op, key, value }) => (op === 'remove' ? [op, hex(key)] : [op, hex(key), hex(value)])),
    body: body === undefined ? 'the same' : body.toString('hex'),
  }
}

async function said(context: TestContext, expected: readonly string[]): Promise<readonly string[]> {
  const { lines } = context.log
  const untilMs = performance.now() + PATIENCE_MS
  while (lines.length < expected.length && performance.now() < untilMs) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  return lines.map(({ text }) => text)
}

function worded(verdict: Settled | undefined): string {
  if (verdict === undefined) return 'never'
  if (typeof verdict === 'string') return verdict
  if (verdict.verdict === 'forward') {
    const name = typeof verdict.cluster === 'string' ? verdict.cluster : verdict.cluster.name
    return ['forward', name, verdict.timeoutMs].filter((part) => part !== undefined).join(' ')
  }
  if (verdict.error !== undefined) return `error ${verdict.error.kind}: ${verdict.error.text}`
  const { properties = [], body } = verdict.reply ?? {}
  const parts = properties.map(([key, value]) => `${hex(key)}=${hex(value)}`)
  return ['reply', ...parts, ...(body === undefined ? [] : [`body=${body.toString('hex')}`])].join(' ')
}

function hex(text: string): string {
  return textBytes(text).toString('hex')
}
