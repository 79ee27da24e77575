/** Lists of operations as the golden vectors have them, and as no guest should write them. */
import { describe, expect, it } from 'vitest'
import { defaultOpBudget } from '../../../core/guest/op-budget.ts'
import { OpCheck } from '../../../core/guest/op-check.ts'
import { OpList } from '../../../core/guest/op-list.ts'
import { type GuestVerdict, OpReader, type OpSink } from '../../../core/guest/ops.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { textBytes } from '../../../sdk/abi/text.ts'
import { type LocalReply, Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { vectors } from './vectors.ts'

/** Notes everything in the form of the vectors. */
class NotingSink implements OpSink {
  readonly notes: unknown[] = []

  mutation(handle: number): Mutation {
    const { notes } = this
    const mutation = new Mutation()
    mutation.set = (key, value) => notes.push(['set', handle, key, hex(value)])
    mutation.add = (key, value) => notes.push(['add', handle, key, hex(value)])
    mutation.remove = (key) => notes.push(['remove', handle, key])
    mutation.body = (bytes) => notes.push(['body', handle, bytes.toString('hex')])
    return mutation
  }

  verdict(handle: number, verdict: GuestVerdict): void {
    this.notes.push(noted(handle, verdict))
  }

  log(level: string, text: string): void {
    this.notes.push(['log', level, text])
  }

  count(name: string, count: number): void {
    this.notes.push(['count', name, count])
  }

  state(bytes: Buffer): void {
    this.notes.push(['state', bytes.toString('hex')])
  }

  reads(phases: number, key: string): void {
    this.notes.push(['reads', phases, key])
  }

  readsAll(phases: number): void {
    this.notes.push(['readsAll', phases])
  }

  wants(what: number): void {
    this.notes.push(['wants', what])
  }

  phases(phases: number): void {
    this.notes.push(['phases', phases])
  }

  refuse(text: string): void {
    this.notes.push(['refuse', text])
  }
}

function noted(handle: number, verdict: GuestVerdict): unknown {
  if (verdict.kind === 'pause') return ['pause', handle, verdict.ms]
  if (verdict.kind === 'call') {
    const { cluster, timeoutMs, message } = verdict.call
    return ['callOut', handle, cluster, timeoutMs, ...carried(message)]
  }
  const settled = verdict.verdict
  if (typeof settled === 'string') return [settled, handle]
  if (settled.verdict === 'forward') return ['forward', handle, settled.cluster, settled.timeoutMs ?? null]
  if (settled.error !== undefined) return ['replyError', handle, settled.error.kind, settled.error.text]
  return settled.reply === undefined ? undefined : ['reply', handle, ...carried(settled.reply)]
}

function carried({ properties, body }: LocalReply): unknown[] {
  return [properties.map(([key, value]) => [key, hex(value)]), body?.toString('hex') ?? null]
}

function hex(text: string): string {
  return textBytes(text).toString('hex')
}

const EVERY_GRANT = Object.values(abi.grant).reduce((bits, bit) => bits | bit, 0)
const check = new OpCheck(defaultOpBudget, EVERY_GRANT)
const reader = new OpReader()

/** What obeying the list does, or the trap it is. */
function obey(
  bytes: Buffer,
  phase: keyof typeof abi.phase,
  handles: readonly number[],
): readonly unknown[] | string {
  const list = new OpList(bytes)
  const trap = check.check(list, abi.phase[phase], { has: (handle) => handles.includes(handle) })
  if (trap !== undefined) return trap.kind
  const sink = new NotingSink()
  reader.apply(list, sink)
  return sink.notes
}

describe('lists of operations', () => {
  it.each(vectors.answers)('$name', ({ hex, phase, handles, effects }) => {
    expect(obey(Buffer.from(hex, 'hex'), phase, handles)).toEqual(effects)
  })

  it.each(vectors.answers)('$name, anywhere in memory', ({ hex, phase, handles, effects }) => {
    const memory = Buffer.concat([Buffer.alloc(37, 0xff), Buffer.from(hex, 'hex'), Buffer.alloc(9, 0xff)])
    const list = new OpList(memory, 37, memory.length - 9)
    expect(check.check(list, abi.phase[phase], { has: (handle) => handles.includes(handle) })).toBeUndefined()
    const sink = new NotingSink()
    reader.apply(list, sink)
    expect(sink.notes).toEqual(effects)
  })

  it.each(vectors.rejected)('refuses $name', ({ hex, phase, handles, kind }) => {
    expect(obey(Buffer.from(hex, 'hex'), phase, handles)).toBe(kind)
  })

  it('refuses what is well formed and too much', () => {
    const beyond = [
      pairOp('k', 'v'.repeat(defaultOpBudget.valueBytesMax + 1)),
      Array.from({ length: defaultOpBudget.opsMax + 1 }, () => op(abi.op.log, Buffer.from('k'))).flat(),
      Array.from({ length: defaultOpBudget.editsMax + 1 }, () => pairOp('k', '')).flat(),
      Array.from({ length: 5 }, () => pairOp('k', 'v'.repeat(65_000))).flat(),
      op(abi.op.body, Buffer.alloc(defaultOpBudget.bodyBytesMax + 1)),
      [...op(abi.op.body, Buffer.alloc(600_000)), ...op(abi.op.body, Buffer.alloc(600_000))],
    ]
    for (const ops of beyond) expect(obey(listOf(ops), 'request', [1])).toBe('budget')
  })
})

describe('lists that lie', () => {
  /** Every u32 that could be a size, changed to what a liar would say. */
  const lies = [0, 1, 3, 4, 11, 13, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff]
  it.each([...vectors.answers, ...vectors.rejected])('$name', ({ hex, phase, handles }) => {
    const bytes = Buffer.from(hex, 'hex')
    for (let at = 0; at + 4 <= bytes.length; at += 1) {
      const was = bytes.readUInt32LE(at)
      for (const lie of [...lies, was + 1, was - 1].filter((it) => it >= 0 && it <= 0xffff_ffff)) {
        const lying = Buffer.from(bytes)
        lying.writeUInt32LE(lie, at)
        expect(['object', 'string']).toContain(typeof obey(lying, phase, handles))
      }
    }
    for (let size = 0; size < bytes.length; size++) obey(bytes.subarray(0, size), phase, handles)
  })

  it('noise', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 64) }, () => Math.floor(random() * 256)),
      )
      if (bytes.length >= 4) bytes.writeUInt32LE(bytes.length)
      if (bytes.length >= 16) {
        bytes[4] = Math.floor(random() * 54)
        bytes.writeUInt32LE(12 + Math.floor(random() * (bytes.length - 15)), 8)
        bytes.writeUInt16LE(0, 6)
        bytes.writeUInt32LE(1, 12)
      }
      obey(bytes, random() < 0.2 ? 'configure' : 'request', [1])
    }
  })
})

function op(code: number, payload: Buffer): number[] {
  const bytes = Buffer.alloc((12 + payload.length + 3) & ~3)
  bytes[0] = code
  bytes.writeUInt32LE(12 + payload.length, 4)
  bytes.writeUInt32LE(1, 8)
  payload.copy(bytes, 12)
  return [...bytes]
}

function pairOp(key: string, value: string): number[] {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(key.length)
  return op(abi.op.set, Buffer.concat([size, Buffer.from(key), Buffer.from(value)]))
}

function listOf(ops: readonly number[]): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(ops.length + 4)
  return Buffer.concat([size, Buffer.from(ops)])
}
