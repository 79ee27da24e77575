/**
 * ChainWorld: listeners with chains of guests, and exchanges that go through them, one step at a time as a tape says. What
 * is expected of each step is worked out anew from the received bytes and the edits so far, by {@link expectedBlock}.
 */
import { TimingWheel } from '../../core/base/timing-wheel.ts'
import { CommonTurn } from '../../core/guest/common-turn.ts'
import { createGuestFilter } from '../../core/guest/create-guest-filter.ts'
import { bitsOf } from '../../core/guest/grant.ts'
import { defaultGuestBudget } from '../../core/guest/guest-budget.ts'
import { GuestFilter } from '../../core/guest/guest-filter.ts'
import { SharedBlocks } from '../../core/guest/shared-blocks.ts'
import { DubboCodec } from '../../plugins/dubbo/codec.ts'
import { abi } from '../../sdk/abi/abi.ts'
import type { Direction, Edit, Message, Origin, Route } from '../../sdk/index.ts'
import { ManualClock } from '../../sdk/testing/manual-clock.ts'
import { TestContext } from '../../sdk/testing/test-context.ts'
import { opList, ops } from '../core/guest/op-builder.ts'
import { idOf, writtenBy } from './chain-expected.ts'
import { CHAIN_KEYS, ChainFrames } from './chain-frames.ts'
import { ChainGuest, guestShape } from './chain-guest.ts'
import { type ChainHost, ChainRun, type Link } from './chain-run.ts'
import { Tape } from './tape.ts'

const GRANTS = bitsOf(['timers', 'all-keys', 'bodies', 'log', 'counters'])
const PLUGIN = 'guest'
const OTHER = { n: 1 }
const ROUTES: readonly Route[] = [
  { name: 'plain', filterConfigs: {} },
  { name: 'other', filterConfigs: { [PLUGIN]: OTHER } },
]
const ORIGINS: readonly [Origin, ...Origin[]] = [
  { listener: 'in', peer: '10.0.0.1:1' },
  { listener: 'in', peer: '10.0.0.2:2' },
  { listener: 'in', peer: '10.0.0.10:33' },
  { listener: 'inner', peer: '10.0.0.1:1' },
]
const FILTERS_MAX = 5
const RUNS_MAX = 12
const DRAINED_ROUNDS = 400

class WheelClock extends ManualClock {
  refresh(): void {}
}

export class ChainWorld implements ChainHost {
  readonly #tape: Tape
  readonly #frames: ChainFrames
  readonly #clock = new WheelClock()
  readonly #wheel = new TimingWheel(this.#clock)
  readonly #codec = new DubboCodec()
  readonly #blocks = new SharedBlocks()
  readonly #deferred: (() => void)[] = []
  readonly #turns = { count: 1 }
  readonly #common = new CommonTurn(this.#turns, (work) => this.#deferred.push(work))
  readonly #chains: readonly [Link[], Link[]]
  readonly #runs = new Map<number, ChainRun>()
  #lastId = 0
  #fault: string | undefined = undefined

  constructor(input: Buffer) {
    this.#tape = new Tape(input)
    this.#frames = new ChainFrames(this.#tape)
    this.#chains = [this.#chain(), this.#chain()]
  }

  /** Which promise was broken, as a sentence. */
  run(): string | undefined {
    while (!this.#tape.over && this.#fault === undefined) this.#step()
    for (let round = 0; round < DRAINED_ROUNDS && this.#fault === undefined; round++) {
      this.#turn()
      for (const run of this.#open()) if (run.idle) run.goOn()
    }
    const [held] = this.#open()
    if (held !== undefined) this.#fault ??= `an exchange is held for ever: ${held.state}`
    return this.#fault
  }

  reply(id: number): { readonly message: Message; readonly frame: Buffer } {
    const frame = this.#frames.reply(id)
    const [message] = this.#decode('response', frame)
    if (message === undefined) throw new Error('the frame is none')
    return { message, frame }
  }

  written(message: Message, id: number): string {
    return writtenBy(this.#codec, message, id)
  }

  goesOn(): boolean {
    return !this.#tape.once(3)
  }

  fail(why: string): void {
    this.#fault ??= why
  }

  #open(): readonly ChainRun[] {
    return [...this.#runs.values()].filter(({ ended }) => !ended)
  }

  #step(): void {
    const tape = this.#tape
    const open = this.#open()
    const run = open[tape.below(Math.max(1, open.length))]
    switch (tape.below(8)) {
      case 0:
      case 1:
        if (open.length < RUNS_MAX) this.#begin()
        return
      case 2:
        this.#turn()
        return
      case 3:
        if (tape.once(8)) run?.end()
        return
      case 4:
        if (tape.once(8)) this.#reload()
        return
      default:
        if (run?.idle) run.goOn()
    }
  }

  /** Several requests come in one chunk. */
  #begin(): void {
    const tape = this.#tape
    const frames = Array.from({ length: 1 + tape.below(3) }, () => this.#frames.request(++this.#lastId))
    const chain = tape.pick(this.#chains)
    const origin = tape.pick(ORIGINS)
    const config = tape.below(2)
    for (const [place, message] of this.#decode('request', Buffer.concat(frames)).entries()) {
      message.origin = origin
      const route = ROUTES[config]
      const parts = { message, frame: frames[place] ?? Buffer.alloc(0), chain: [...chain], route, config }
      this.#runs.set(message.idLow, new ChainRun({ ...parts, host: this }))
    }
  }

  #decode(direction: Direction, chunk: Buffer): readonly Message[] {
    const messages: Message[] = []
    const ignored = () => {}
    this.#codec.createDecoder(direction, { bodyBytesMax: 1 << 20 }).decode(chunk, {
      ...{ need: ignored, refused: ignored, malformed: ignored },
      message: (message) => messages.push(message),
    })
    return messages
  }

  #turn(): void {
    this.#turns.count++
    this.#clock.advance(20)
    this.#wheel.tick()
    for (const work of this.#deferred.splice(0)) work()
  }

  /** Another version takes the place of a filter; what runs goes on with the one that it began with. */
  #reload(): void {
    const chain = this.#tape.pick(this.#chains)
    const place = this.#tape.below(chain.length)
    const old = chain[place]
    chain[place] = this.#link()
    if (old !== undefined && !this.#open().some((run) => run.uses(old))) old.filter.onDestroy?.()
  }

  #chain(): Link[] {
    return Array.from({ length: 1 + this.#tape.below(FILTERS_MAX) }, () => this.#link())
  }

  #link(): Link {
    const shape = guestShape(this.#tape)
    const numbered = (shape.wants & abi.want.routeConfig) !== 0
    let link: Link | undefined
    const filter = createGuestFilter({
      ...{ plugin: PLUGIN, config: {}, grants: GRANTS, policy: 'closed' },
      module: new ChainGuest(shape, this.#tape, (phase, block) => this.#asked(link, phase, block)),
      context: new TestContext({ clock: this.#clock }),
      routeConfigs: numbered ? [{ given: OTHER, config: OTHER }] : [],
      budget: { ...defaultGuestBudget, failuresMax: Number.POSITIVE_INFINITY },
      services: {
        ...{ wheel: this.#wheel, blocks: this.#blocks, turns: this.#common },
        defer: (work) => this.#deferred.push(work),
      },
    })
    for (const route of ROUTES) if (filter instanceof GuestFilter) filter.onRoute(route)
    link = { filter, shape, numbered, handles: new Map(), usual: [] }
    return link
  }

  #asked(link: Link | undefined, phase: number, block: Buffer): Buffer | 'trap' | undefined {
    const id = idOf(block)
    const run = this.#runs.get(id)
    if (link === undefined || run === undefined) {
      this.fail(`a guest is shown message ${id}, which nobody has`)
      return undefined
    }
    const fault = run.expect(link, phase, block)
    if (fault !== undefined) this.fail(fault)
    return phase === abi.phase.end ? undefined : this.#answer(run, link)
  }

  #answer(run: ChainRun, link: Link): Buffer | 'trap' | undefined {
    const tape = this.#tape
    switch (tape.below(10)) {
      case 0:
      case 1:
      case 2:
        return undefined
      case 3:
        if (tape.once(30)) return 'trap'
        return tape.once(15) ? opList(ops.drop()) : undefined
      case 4:
        run.holds(link)
        return opList(...this.#edits(run, link, 2), ops.pause(1 + tape.below(60)))
      case 5:
        return opList(...this.#edits(run, link, 4))
      default:
        return opList(...this.#edits(run, link, 1))
    }
  }

  /** So many edits at most, those that this guest mostly makes; they are recorded as what the message is to be. */
  #edits({ current }: ChainRun, { usual }: Link, max: number): readonly Buffer[] {
    const tape = this.#tape
    return Array.from({ length: max === 1 ? 1 : tape.below(max + 1) }, (_, place) => {
      const known = tape.once(4) ? undefined : usual[place]
      const edit = known ?? this.#edit()
      usual[place] = edit
      current.edits.push(edit)
      return edit.op === 'remove' ? ops.remove(edit.key) : ops[edit.op](edit.key, edit.value)
    })
  }

  #edit(): Edit {
    const tape = this.#tape
    const key = tape.once(3) ? tape.pick(CHAIN_KEYS) : tape.pick(['tag', 'x-tag', 'caller'])
    const value = tape.once(3) ? tape.pick(['', 'größe', 'other', 'y'.repeat(50)]) : tape.pick(['set', 'seT'])
    const op = tape.pick(['set', 'set', 'set', 'add', 'remove'] as const)
    return { op, key, value: op === 'remove' ? '' : value }
  }
}
