/** ServiceGuest: the guest that says what services there are, written in some language, with everything it may ask for. */
import { expect } from 'vitest'
import { KeyValues } from '../../../core/base/shared/key-values.ts'
import { GuestFilter } from '../../../core/guest/guest-filter.ts'
import type { GuestModule } from '../../../core/guest/guest-instance.ts'
import type { CallAnswer } from '../../../core/guest/held-messages.ts'
import type { CallOut } from '../../../core/guest/ops.ts'
import { prepareGuest } from '../../../core/guest/prepare-guest.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { type Message, Mutation, type Route, type Settled, type Verdict } from '../../../sdk/index.ts'
import { type FakeMessageOptions, fakeMessage } from '../../../sdk/testing/fake-message.ts'
import { ManualClock } from '../../../sdk/testing/manual-clock.ts'
import { settled, TestExchange } from '../../../sdk/testing/test-exchange.ts'
import { GuestStage } from '../../core/guest/guest-stage.ts'

/** What a handler did to a message. */
export interface Done {
  readonly verdict: Settled
  readonly edits: readonly (readonly string[])[]
  readonly body: string | undefined
  /** The value of `said`, by which the guest answers most words. */
  readonly said: string | undefined
}

const EVERY_GRANT = Object.values(abi.grant).reduce((bits, bit) => bits | bit, 0)
const common = { times: 2, list: ['a', 'b'], deep: { word: 'é"\\' } }
const listeners = { ...common, word: 'hello', on: true }
const routeConfigs = ['bye', 'ciao'].map((word) => ({
  given: { word },
  config: { ...common, word, on: false },
}))
const QUOTA = { bytesMax: 1 << 20, entriesMax: 100 }

export class ServiceGuest {
  readonly stage: GuestStage
  readonly called: CallOut[] = []
  /** What calls out are answered with. */
  answer: CallAnswer = 'nobody is there'

  private constructor(module: GuestModule, config: unknown) {
    this.stage = new GuestStage(module, {
      config,
      routeConfigs,
      grants: EVERY_GRANT,
      services: {
        keyValue: () => KeyValues.alone(() => 1).part('guest', QUOTA),
        callOut: (call, answered) => {
          this.called.push(call)
          setImmediate(() => answered(this.answer))
        },
      },
    })
  }

  static async create(module: GuestModule, more: object = {}): Promise<ServiceGuest> {
    const config = { ...listeners, ...more }
    const configs = [config, ...routeConfigs.map((each) => each.config)]
    const fault = await prepareGuest(module, configs, { grants: EVERY_GRANT, clock: new ManualClock() })
    const guest = new ServiceGuest(module, config)
    if (fault !== undefined) guest.stage.context.problem([], fault.text)
    return guest
  }

  get filter(): GuestFilter {
    const { filter } = this.stage
    if (!(filter instanceof GuestFilter)) throw new Error('it could not be made')
    return filter
  }

  /** A request that says a word. */
  exchange(word: string, request: FakeMessageOptions = {}, route?: Route): TestExchange {
    const message = fakeMessage({ ...request, properties: { do: word, ...request.properties } })
    const { clock } = this.stage
    return new TestExchange({ filter: this.filter, clock, request: message, ...(route && { route }) })
  }

  async request(exchange: TestExchange): Promise<Done> {
    return await done(exchange.request, (mutation) =>
      this.filter.onRequest(exchange.request, mutation, exchange),
    )
  }

  async response(exchange: TestExchange, options: FakeMessageOptions): Promise<Done> {
    const message = fakeMessage({ kind: 'response', ...options })
    return await done(message, (mutation) => this.filter.onResponse?.(message, mutation, exchange))
  }

  async streamData(exchange: TestExchange, options: FakeMessageOptions): Promise<Done> {
    const message = fakeMessage({ kind: 'stream-data', ...options })
    return await done(message, (mutation) => this.filter.onStreamData?.(message, mutation, exchange))
  }

  /** What it says to a word. */
  async says(word: string, request: FakeMessageOptions = {}, route?: Route): Promise<string | undefined> {
    return (await this.request(this.exchange(word, request, route))).said
  }

  /** What it counted. */
  counted(name: string): number {
    return this.stage.figure('counted_total', { name })
  }

  /** Only what the guest itself logged. */
  get lines(): readonly string[] {
    return this.stage.lines
  }

  get problems(): readonly string[] {
    return this.stage.context.problems
  }

  expectWhole(): void {
    expect(this.problems).toEqual([])
  }
}

async function done(
  message: Message,
  handle: (mutation: Mutation) => Verdict | Promise<Verdict>,
): Promise<Done> {
  const mutation = new Mutation()
  message.mutation = mutation
  const verdict = await settled({ verdict: handle(mutation), edits: [], newBody: undefined })
  const edits = mutation.edits.map(({ op, key, value }) => (op === 'remove' ? [op, key] : [op, key, value]))
  const said = edits.find(([op, key]) => op === 'set' && key === 'said')?.[2]
  return { verdict, edits, body: mutation.newBody?.toString(), said }
}
