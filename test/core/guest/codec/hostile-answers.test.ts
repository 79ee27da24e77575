import { describe, expect, test } from 'vitest'
import { abi } from '../../../../sdk/abi/abi.ts'
import { ByteWriter, type Codec, Mutation } from '../../../../sdk/index.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { Collected } from '../../../support/collected.ts'
import { guestCodec } from '../../../support/guest-codec.ts'
import {
  declarationOp,
  frameOp,
  framePayload,
  opList,
  type SaidOp,
  scriptedModule,
} from '../../../support/scripted-codec.ts'

const { op, own, phase, malformed } = abi.codec
const BYTES = Buffer.from('0123456789abcdefghij')

/** What becomes of a connection when this is answered to its first bytes. */
async function outcome(answer: Buffer, flags = 0x3ff): Promise<string> {
  const { codec } = await guestCodec(
    scriptedModule((during) => (during === phase.decode ? answer : undefined), [declarationOp(flags)]),
  )
  return new Collected(codec).give(BYTES).lines.join(' | ')
}

const text = (value: string) => Buffer.from(value)
const u32 = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4)
  return bytes
}

describe('an answer of a hostile codec', () => {
  const wrong: readonly (readonly [string, readonly SaidOp[]])[] = [
    ['a frame without bytes', [frameOp({ size: 0 })]],
    ['a header larger than its frame', [frameOp({ size: 4, headerSize: 5 })]],
    ['a frame behind what was given', [frameOp({ size: 20 }), frameOp({ size: 4 })]],
    ['a frame that is cut off', [{ code: op.frame, argument: 1, payload: Buffer.alloc(63) }]],
    ['a kind that does not exist', [{ code: op.frame, argument: 11, payload: framePayload({ size: 4 }) }]],
    ['kind 0', [{ code: op.frame, argument: 0, payload: framePayload({ size: 4 }) }]],
    ['an operation outside of the frame', [frameOp({ size: 4, operation: [2, 3] })]],
    ['an operation outside of the memory', [frameOp({ size: 4, operation: [0x7fff_ffff, 0x7fff_ffff] })]],
    ['an id outside of the own bytes', [frameOp({ size: 4, idText: [own + 64, 1] })]],
    ['a ref that wraps round', [frameOp({ size: 4, operation: [own + 0x7fff_ffff, 0xffff_ffff] })]],
    ['a body among the own bytes', [frameOp({ size: 4, body: [own + 64, 1], own: 'x' })]],
    ['a body outside of the frame', [frameOp({ size: 4, body: [4, 1] })]],
    ['a key without letters', [frameOp({ size: 4, rows: [[0, 0, 0, 1]] })]],
    ['a key outside of the frame', [frameOp({ size: 4, rows: [[3, 2, 0, 1]] })]],
    ['a value outside of the own bytes', [frameOp({ size: 4, rows: [[0, 1, own + 80, 2]], own: 'x' })]],
    ['more properties than there are', [frameOp({ size: 4, properties: 1_000 })]],
    ['properties beyond any number', [frameOp({ size: 4, properties: 0xffff_ffff })]],
    ['a need that is there already', [{ code: op.need, payload: u32(20) }]],
    ['a need without its number', [{ code: op.need, payload: u32() }]],
    ['a frame behind a need', [{ code: op.need, payload: u32(21) }, frameOp({ size: 4 })]],
    ['a reason that does not exist', [{ code: op.malformed, argument: 8 }]],
    ['something behind the end', [{ code: op.malformed, argument: malformed.magic }, frameOp({ size: 4 })]],
    ['a state without end', [{ code: op.state, payload: Buffer.alloc(4_097) }]],
    ['an answer to something else', [{ code: op.bytes, payload: text('x') }]],
    ['an operation of filters', [{ code: abi.op.set, payload: text('x') }]],
    ['an operation that says it is longer', [{ ...frameOp({ size: 4 }), size: 1_000 }]],
    ['an operation that says it is shorter', [{ ...frameOp({ size: 4 }), size: 11 }]],
    ['bytes passed over without a number', [{ code: op.pass, payload: u32() }]],
    ['no bytes passed over', [{ code: op.pass, payload: u32(0) }]],
    [
      'bytes passed over behind what was given',
      [
        { code: op.pass, payload: u32(20) },
        { code: op.pass, payload: u32(1) },
      ],
    ],
    [
      'an affinity that does not exist',
      [frameOp({ size: 20 }), { code: op.affinity, argument: 3, payload: u32(0) }],
    ],
    ['an affinity of nothing', [{ code: op.affinity, argument: 1, payload: u32(0) }]],
    ['an affinity that is cut off', [frameOp({ size: 20 }), { code: op.affinity, argument: 1 }]],
    ['an id as long as a message', [frameOp({ size: 2_000, idText: [0, 1_025] })]],
    ['a list of nothing but words', [{ code: abi.op.log, argument: 1, payload: Buffer.alloc(140_000, 'x') }]],
    [
      'properties that are the same bytes again and again',
      [frameOp({ size: 20, rows: Array.from({ length: 100 }, () => [0, 1, 0, 20] as const) })],
    ],
    ['too many frames', Array.from({ length: 5_000 }, () => frameOp({ size: 1 }))],
  ]

  test.each(wrong)('with %s ends the connection, with a reason', async (_name, ops) => {
    expect(await outcome(opList(ops))).toMatch(/^malformed unexpected: the codec failed \((abi|budget)\): \w/)
  })

  test.each<readonly [string, SaidOp, number, RegExp]>([
    ['pass', { code: op.pass, payload: u32(1) }, abi.codec.declares.preface, /declares no preface/],
    [
      'affinity',
      { code: op.affinity, argument: 1, payload: u32(0) },
      abi.codec.declares.affinity | abi.codec.declares.pushes,
      /an affinity, and it declares none/,
    ],
  ])('that says %s and has not declared it ends the connection', async (_name, said, flag, reason) => {
    const answer = opList([frameOp({ size: 19 }), said])
    expect(await outcome(answer)).toMatch(/^request 0 /)
    expect(await outcome(answer, 0x3ff & ~flag)).toMatch(reason)
  })

  test('may not speak unasked to clients that have no connection of their own', async () => {
    await expect(outcome(opList([]), abi.codec.declares.pushes)).rejects.toThrow(/has to declare affinity/)
  })

  test('whose list lies about its size ends the connection', async () => {
    const list = opList([frameOp({ size: 4 })])
    list.writeUInt32LE(5, 0)
    expect(await outcome(list)).toMatch(/^malformed unexpected/)
  })

  test('never throws, whatever its bytes are, and what is read of its frames is there', async () => {
    const random = seededRandom(3)
    const sound = opList([
      frameOp({
        size: 7,
        headerSize: 4,
        operation: [own + 96, 1],
        rows: [
          [0, 2, own + 97, 2],
          [own + 99, 1, 3, 4],
        ],
        own: 'abcd',
      }),
      frameOp({ size: 9, body: [1, 3] }),
      { code: op.need, payload: u32(9) },
    ])
    let list = sound
    const { codec } = await guestCodec(
      scriptedModule((during) => (during === phase.decode ? list : undefined)),
    )
    let messages = 0
    for (let round = 0; round < 3_000; round++) {
      list = Buffer.from(sound)
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
        const at = Math.floor(random() * list.length)
        list[at] = random() < 0.5 ? 0xff : Math.floor(random() * 256)
      }
      // A response's decoder, for new callers are refused while a codec fails so often.
      const got = new Collected(codec, 'response').give(BYTES)
      for (const message of got.messages) {
        messages++
        for (const key of message.keys()) expect(message.getAll(key).length).toBeGreaterThan(0)
        expect(message.body.length).toBeLessThanOrEqual(message.size)
      }
    }
    expect(messages).toBeGreaterThan(500)
  })

  test('does not end the others, whose beginnings of frames are not lost with the instance', async () => {
    let hostile = false
    const module = scriptedModule((_phase, block) => {
      if (hostile) return opList([frameOp({ size: 0 })])
      const given = block.readUInt32LE(abi.codec.block.frame + 4)
      return given < 10
        ? opList([{ code: op.need, payload: u32(10) }])
        : opList([frameOp({ size: 10, operation: [0, 10] })])
    })
    const { codec, runtime } = await guestCodec(module)
    const [patient, other] = [new Collected(codec), new Collected(codec)]
    patient.give('01234')
    hostile = true
    expect(other.give(BYTES).lines[0]).toMatch(/^malformed/)
    hostile = false
    patient.give('56789')
    expect(patient.lines).toEqual(['need 5', 'request 0 0123456789'])
    expect(module.instances()).toBeGreaterThan(1)
    expect(runtime.figure('plugin_calls_total', 'test.codec', 'failed')).toBe(1)
  })

  test('refuses new connections when it comes again and again, and lets those there are go on', async () => {
    let hostile = false
    const { codec, runtime } = await guestCodec(
      scriptedModule(() => opList([hostile ? frameOp({ size: 0 }) : frameOp({ size: 20 })])),
    )
    const old = new Collected(codec).give(BYTES)
    hostile = true
    for (let round = 0; round < 20; round++) new Collected(codec).give(BYTES)
    hostile = false
    expect(new Collected(codec).give(BYTES).lines).toEqual([expect.stringMatching(/keeps failing/)])
    expect(old.give(BYTES).messages).toHaveLength(2)
    expect(runtime.lines).toContain('a codec keeps failing and takes no new connections for a while')
  })
})

describe('what a hostile codec writes', () => {
  async function written(ops: readonly SaidOp[] | undefined, edits = true): Promise<string> {
    const module = scriptedModule((during) => {
      if (during === phase.decode) return opList([frameOp({ size: 20, headerSize: 4 })])
      return ops === undefined ? undefined : opList(ops)
    })
    const { codec } = await guestCodec(module)
    const [message] = new Collected(codec).give(BYTES).messages
    if (message === undefined) throw new Error('there is no message')
    if (edits) message.mutation = new Mutation()
    message.mutation?.set('x', 'y')
    const out = new ByteWriter()
    const problem = codec.encode(message, 0, 7, out)
    return problem === undefined ? out.toBuffer().toString() : `problem: ${problem}, ${out.size} bytes`
  }

  const failed = 'problem: the codec of test failed, 0 bytes'
  test.each<readonly [string, readonly SaidOp[] | undefined, string]>([
    ['nothing', undefined, failed],
    ['an empty list', [], failed],
    [
      'bytes and ranges in their order',
      [
        { code: op.bytes, payload: text('>') },
        { code: op.keep, payload: u32(4, 6) },
      ],
      '>456789',
    ],
    ['a range outside of the frame', [{ code: op.keep, payload: u32(15, 6) }], failed],
    ['a range that wraps round', [{ code: op.keep, payload: u32(0xffff_ffff, 2) }], failed],
    ['more than is allowed', [{ code: op.bytes, payload: Buffer.alloc(2_000_000) }], failed],
    ['a problem', [{ code: op.problem, payload: text('"x" is fixed') }], 'problem: "x" is fixed, 0 bytes'],
    [
      'a problem behind bytes',
      [
        { code: op.bytes, payload: text('z') },
        { code: op.problem, payload: text('no') },
      ],
      'problem: no, 0 bytes',
    ],
    ['a frame', [frameOp({ size: 4 })], failed],
    [
      'more words than bytes',
      Array.from({ length: 400 }, () => ({ code: abi.op.log, argument: 1, payload: Buffer.alloc(4_096) })),
      failed,
    ],
  ])('%s', async (_name, ops, expected) => {
    expect(await written(ops)).toBe(expected)
  })

  test('is not asked for where nothing was recorded: the id alone is written over', async () => {
    const result = await written(undefined, false)
    expect(Buffer.from(result).toString('latin1')).toBe('\0\0\0\x07456789abcdefghij')
  })

  test('costs the caller its connection where it is an error', async () => {
    const { codec } = await guestCodec(
      scriptedModule((during) => (during === phase.decode ? opList([frameOp({ size: 20 })]) : undefined)),
    )
    const [message] = new Collected(codec).give(BYTES).messages
    if (message === undefined) throw new Error('there is no message')
    expect(() => codec.encodeError(message, { kind: 'denied', text: 'no' }, new ByteWriter())).toThrow(
      /failed/,
    )
  })
})

describe('first bytes', () => {
  const answers: readonly (readonly [SaidOp[], ReturnType<NonNullable<Codec['sniff']>>])[] = [
    [[{ code: op.sniff, argument: abi.codec.sniff.yes }], 'yes'],
    [[{ code: op.sniff, argument: abi.codec.sniff.no }], 'no'],
    [[], 'more'],
    [[{ code: op.sniff, argument: 4 }], 'no'],
    [[frameOp({ size: 4 })], 'no'],
  ]
  test.each(answers)('are told by what the guest says', async (ops, expected) => {
    const { codec } = await guestCodec(scriptedModule(() => opList(ops)))
    expect(codec.sniff?.(BYTES)).toBe(expected)
  })
})
