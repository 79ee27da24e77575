/**
 * The fuzz target of what guests answer: lists of operations of filters and of codecs, damaged. Whatever comes in, it is
 * refused with a trap or done; nothing throws, and nothing is read outside of it.
 */

import { KeyValues } from '../../core/base/shared/key-values.ts'
import { CallSink } from '../../core/guest/call-sink.ts'
import { readCodecDeclaration } from '../../core/guest/codec/codec-declaration.ts'
import { defaultCodecLimits } from '../../core/guest/codec/codec-limits.ts'
import { CodecNotes } from '../../core/guest/codec/codec-notes.ts'
import { FrameList } from '../../core/guest/codec/frame-list.ts'
import { writeAnswer } from '../../core/guest/codec/written-answer.ts'
import { defaultGuestBudget } from '../../core/guest/guest-budget.ts'
import { GuestCounters } from '../../core/guest/guest-counters.ts'
import { GuestLog } from '../../core/guest/guest-log.ts'
import { failedLogs } from '../../core/guest/js/failed-logs.ts'
import { defaultOpBudget } from '../../core/guest/op-budget.ts'
import { OpCheck } from '../../core/guest/op-check.ts'
import { OpList } from '../../core/guest/op-list.ts'
import { OpReader } from '../../core/guest/ops.ts'
import { answerStoreCall, storeCall, writeStoreCall } from '../../core/guest/store-call.ts'
import { Trap } from '../../core/guest/trap.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { ByteWriter, Mutation } from '../../sdk/index.ts'
import { TestContext } from '../../sdk/testing/test-context.ts'
import { opList, ops, rawOp, u32 } from '../core/guest/op-builder.ts'
import { opList as codecList, declarationOp, framePayload } from '../support/scripted-codec.ts'
import { Damage } from './damage.ts'

const HANDLE = 7
const PHASES = Object.values(abi.phase)
const GIVEN_BYTES = 64
const WRITTEN_MAX = 65_536

export class GuestAnswersTarget {
  readonly name = 'guest-answers'
  readonly #damage: Damage
  readonly #bases: readonly Buffer[]
  readonly #context = new TestContext()
  readonly #sink: CallSink
  readonly #store = KeyValues.alone().part('fuzz', { bytesMax: 10_000, entriesMax: 20 })

  constructor(seed: number) {
    this.#damage = new Damage(seed)
    this.#bases = bases()
    const { clock, log, shared } = this.#context
    const dropped = shared.counter({ name: 'dropped', about: '', labels: [] }).with([])
    this.#sink = new CallSink({
      log: new GuestLog({ plugin: 'fuzz', log, clock, budget: defaultGuestBudget, dropped }),
      counters: new GuestCounters({ shared, plugin: 'fuzz', countersMax: 4, perCallMax: 4 }),
      grants: 0xffff,
    })
  }

  next(): Buffer {
    const damaged = this.#damage.of(this.#damage.pick(this.#bases) ?? Buffer.alloc(0))
    // A list that says another size than it has is refused at once; most should come further.
    if (damaged.length >= 4 && this.#damage.below(4) > 0) damaged.writeUInt32LE(damaged.length, 0)
    return damaged
  }

  exercise(input: Buffer): string | undefined {
    try {
      this.#filter(input)
      this.#codec(input)
      failedLogs(input, () => undefined)
      const answer = answerStoreCall(this.#store, input)
      return answer.length > 0 && answer.length <= WRITTEN_MAX + 9
        ? undefined
        : 'the store says what it may not say'
    } catch (error) {
      return `it threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    }
  }

  #filter(input: Buffer): void {
    const list = new OpList(input)
    for (const phase of PHASES) {
      this.#sink.begin(HANDLE, new Mutation())
      const check = new OpCheck(defaultOpBudget, 0xffff)
      if (check.check(list, phase, this.#sink) === undefined) new OpReader().apply(list, this.#sink)
    }
  }

  #codec(input: Buffer): void {
    const list = new OpList(input)
    const notes = new CodecNotes(this.#sink)
    const limits = defaultCodecLimits
    FrameList.read(list, GIVEN_BYTES, { limits, notes, flags: 0x3ff })
    readCodecDeclaration(list, limits, notes)
    const out = new ByteWriter()
    const written = writeAnswer({ list, source: undefined, out, bytesMax: WRITTEN_MAX, notes })
    if (written instanceof Trap && out.size > 0) throw new Error('it was refused and written')
  }
}

function bases(): readonly Buffer[] {
  const at = (...all: readonly Buffer[]) => {
    const list = opList(...all)
    for (let place = 4; place < list.length; place += (list.readUInt32LE(place + 4) + 3) & ~3)
      list.writeUInt32LE(HANDLE, place + abi.opHeader.message)
    return list
  }
  const { op } = abi.codec
  const frame = framePayload({
    size: 20,
    headerSize: 4,
    body: [4, 16],
    operation: [0, 4],
    rows: [
      [0, 2, 2, 2],
      [abi.codec.own + 96, 1, 4, 8],
    ],
    own: 'xy',
  })
  return [
    at(ops.set('key', 'value'), ops.add('key', ''), ops.remove('k'), ops.body(Buffer.from('body'))),
    at(ops.log('line\x1b[31m', 3), ops.count('count', 2), ops.forward('cluster', 5)),
    at(
      ops.reply(
        [
          ['a', 'b'],
          ['c', ''],
        ],
        Buffer.from('body'),
      ),
    ),
    at(ops.callOut('cluster', 100, [['a', 'b']], Buffer.from('x')), ops.set('a', 'b')),
    at(ops.replyError('denied', 'no'), ops.pause(1)),
    opList(ops.reads('a', 1), ops.readsAll(), ops.wants(3), ops.phases(31), ops.refuse('no')),
    opList(ops.state(Buffer.alloc(100, 1))),
    codecList([
      declarationOp(0x3ff),
      { code: op.writes, payload: Buffer.from('k') },
      { code: op.magic, payload: Buffer.from('m') },
    ]),
    codecList([
      { code: op.frame, argument: 1, payload: frame },
      { code: op.affinity, argument: 1, payload: u32(5) },
      { code: op.need, payload: u32(100) },
      { code: op.state, payload: Buffer.from('s') },
    ]),
    codecList([
      { code: op.refused, argument: 2, payload: frame },
      { code: op.pass, payload: u32(3) },
    ]),
    codecList([{ code: op.malformed, argument: 1, payload: Buffer.from('why') }]),
    codecList([
      { code: op.bytes, payload: Buffer.from('bytes') },
      { code: op.keep, payload: Buffer.concat([u32(0), u32(4)]) },
    ]),
    opList(rawOp(op.sniff, 1, Buffer.alloc(0))),
    ...Object.values(storeCall).map((code) =>
      writeStoreCall({
        code,
        key: Buffer.from('key'),
        value: Buffer.from('12'),
        expected: Buffer.from('1'),
        by: 3,
        ttlMs: 9,
      }),
    ),
  ]
}
