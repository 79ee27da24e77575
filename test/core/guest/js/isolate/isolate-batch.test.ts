/** What an isolate does in one entry: how many of the calls that wait, in which order, and what it says about how far it is. */
import { describe, expect, test } from 'vitest'
import { BlockWriter } from '../../../../../core/guest/block.ts'
import { childFrame } from '../../../../../core/guest/js/child/child-frame.ts'
import { isolateControl } from '../../../../../core/guest/js/isolate/isolate-control.ts'
import { isolateEngine } from '../../../../../core/guest/js/isolate/isolate-engine.ts'
import { isolateParts } from '../../../../../core/guest/js/isolate/isolate-parts.ts'
import { isolateProgram } from '../../../../../core/guest/js/isolate/isolate-program.ts'
import { abi } from '../../../../../sdk/abi/abi.ts'
import { fakeMessage } from '../../../../../sdk/testing/fake-message.ts'

const TIMES = { nowMs: 0, wallMs: 0 }
const READS = { keys: ['n'], allKeys: false, body: false, operation: false }
const NOTHING = 4

type Namespace = Readonly<Record<string, unknown>>
interface Mutated {
  set(key: string, value: string): void
}
interface Read {
  get(key: string): string
}

/** An isolate's program without an isolate, on a clock that the plugin moves. */
class Program {
  readonly input = Buffer.alloc(65_536)
  readonly output = Buffer.alloc(200_000)
  nowMs = 0
  readonly #calls
  readonly #writer = new BlockWriter()
  /** Blocks that are remembered lie in front of all. */
  #have = childFrame.places * childFrame.placeBytes

  constructor(namespace: Namespace) {
    this.#calls = isolateProgram({
      abi,
      parts: { ...isolateParts, engine: () => ({ ...isolateEngine(), now: () => this.nowMs }) },
      frame: childFrame,
      control: isolateControl,
      file: 'tag.js',
      keys: READS.keys,
      wants: 0,
      linesMax: 8,
      lineBytesMax: 100,
      answerBytesMax: 100_000,
      errorBytesMax: 300,
      input: this.input.buffer,
      output: this.output.buffer,
      alone: false,
    })
    this.#writer.configure(Buffer.from('{}'), 0, TIMES)
    this.#writer.bytes.copy(this.input, 0, 0, this.#writer.size)
    this.#calls.begin(namespace)
    this.#calls.call()
  }

  /** A frame that asks about a request; answers where it begins. */
  ask(n: string, { instance = 1, fuel = 1_000, kind = childFrame.call as number } = {}): number {
    const writer = this.#writer
    writer.begin(abi.phase.request, TIMES)
    writer.message(fakeMessage({ properties: { n } }), 1, READS)
    writer.finish()
    return this.add(kind, instance, fuel, writer.bytes.subarray(0, writer.size))
  }

  /** A frame whose block is remembered but for the first letter of the property. */
  askAgain(letter: string): number {
    const { bytes, size } = this.#writer
    const word = bytes.subarray(0, size).lastIndexOf(0x61) >>> 2
    const changes = Buffer.alloc(8)
    changes.writeUInt32LE(word)
    bytes.copy(changes, 4, word * 4, word * 4 + 4)
    changes.write(letter, 4 + (bytes.subarray(0, size).lastIndexOf(0x61) & 3), 'latin1')
    return this.add(childFrame.again | (3 << 8), 1, 1_000, changes)
  }

  configure(): number {
    this.#writer.configure(Buffer.from('{}'), 0, TIMES)
    return this.add(childFrame.call, 1, 1_000, this.#writer.bytes.subarray(0, this.#writer.size))
  }

  add(kind: number, first: number, second: number, block: Buffer): number {
    const at = this.#have
    this.#have += childFrame.bytes + ((block.length + 7) & ~7)
    this.input.writeUInt32LE(this.#have - at, at + childFrame.size)
    this.input.writeUInt32LE(kind, at + childFrame.kind)
    this.input.writeUInt32LE(first, at + childFrame.first)
    this.input.writeUInt32LE(second, at + childFrame.second)
    block.copy(this.input, at + childFrame.bytes)
    return at
  }

  run(from = childFrame.places * childFrame.placeBytes, have = this.#have): void {
    for (let at = 0; at < isolateControl.bytes; at += 4) this.output.writeUInt32LE(0, at)
    this.output.writeUInt32LE(isolateControl.bytes, isolateControl.end)
    this.output.writeUInt32LE(1, isolateControl.busy)
    this.output.writeUInt32LE(from, isolateControl.from)
    this.output.writeUInt32LE(have, isolateControl.have)
    this.#calls.run()
  }

  said(word: number): number {
    return this.output.readUInt32LE(word)
  }

  /** The answers, one after the other. */
  get answers(): readonly string[] {
    const found: string[] = []
    for (let at: number = isolateControl.bytes; at < this.said(isolateControl.end); ) {
      const size = this.output.readUInt32LE(at)
      found.push(size === NOTHING ? '' : this.output.toString('latin1', at + NOTHING + 12, at + size))
      at += (size + 3) & ~3
    }
    return found
  }
}

function counting(): Namespace {
  let n = 0
  return { onRequest: (_metadata: Read, mutation: Mutated) => mutation.set('n', String(++n)) }
}

describe('one entry into an isolate', () => {
  test('answers all calls that wait, in their order', () => {
    const program = new Program({
      onRequest: (metadata: Read, mutation: Mutated) => {
        const n = metadata.get('n')
        if (n !== 'none') mutation.set('x', n)
      },
    })
    for (const n of ['a', 'none', 'bcd', 'none', 'ef']) program.ask(n)
    program.run()
    expect(program.answers.map((answer) => answer.slice(5))).toEqual(['a', '', 'bcd', '', 'ef'])
    expect(program.said(isolateControl.count)).toBe(5)
    expect(program.said(isolateControl.busy)).toBe(0)
  })

  test('goes on with calls whose block is remembered but for some words', () => {
    const program = new Program({
      onRequest: (metadata: Read, mutation: Mutated) => mutation.set('x', metadata.get('n')),
    })
    program.ask('-')
    program.ask('a-', { kind: childFrame.kept | (3 << 8) })
    for (const letter of ['b', 'c']) program.askAgain(letter)
    program.ask('-')
    program.run()
    expect(program.answers.map((answer) => answer.slice(5))).toEqual(['-', 'a-', 'b-', 'c-', '-'])
  })

  test.each([
    ['another instance', (program: Program) => program.ask('b', { instance: 2 })],
    ['another budget', (program: Program) => program.ask('b', { fuel: 1_001 })],
    ['another kind of frame', (program: Program) => program.ask('b', { kind: childFrame.close })],
    ['a configuration', (program: Program) => program.configure()],
  ])('ends before %s', (_what, add) => {
    const program = new Program(counting())
    program.ask('a')
    program.ask('a')
    const next = add(program)
    program.run()
    expect(program.said(isolateControl.count)).toBe(2)
    expect(program.said(isolateControl.next)).toBe(next)
  })

  test('ends before a frame that has not come as a whole', () => {
    const program = new Program(counting())
    program.ask('a')
    const second = program.ask('a')
    const end = program.ask('a')
    for (let have = second; have < end; have++) {
      program.run(undefined, have)
      expect(program.said(isolateControl.next)).toBe(second)
    }
    program.run(undefined, end)
    expect(program.said(isolateControl.count)).toBe(2)
  })

  test('ends behind a call that took long, so that the next has all of its time', () => {
    const program: Program = new Program({
      onRequest: (metadata: Read) => {
        program.nowMs += Number(metadata.get('n'))
      },
    })
    program.ask('0')
    program.ask('1')
    const slow = program.ask('50')
    const next = program.ask('0')
    program.run()
    expect(program.said(isolateControl.count)).toBe(3)
    expect(program.said(isolateControl.next)).toBe(next)
    expect(program.said(isolateControl.lastMs)).toBe(1)
    program.run(slow)
    expect(program.said(isolateControl.count)).toBe(1)
  })

  test('ends when much is answered', () => {
    const program = new Program({
      onRequest: (_metadata: Read, mutation: Mutated) => mutation.set('x', 'y'.repeat(30_000)),
    })
    for (let i = 0; i < 5; i++) program.ask('a')
    program.run()
    expect(program.said(isolateControl.count)).toBe(3)
  })

  test('says which call failed, why, and what was answered before', () => {
    const program = new Program({
      onRequest: (metadata: Read, mutation: Mutated) => {
        mutation.set('x', metadata.get('n'))
        if (metadata.get('n') === 'bad') throw new Error('no luck')
      },
    })
    program.ask('a')
    program.ask('bad')
    const next = program.ask('c')
    program.run()
    expect(program.answers).toHaveLength(1)
    expect(program.said(isolateControl.next)).toBe(next)
    const list = program.said(isolateControl.end)
    const told = list + program.output.readUInt32LE(list)
    const text = program.output.toString('utf8', told + 1, told + program.said(isolateControl.failed))
    expect(text).toContain('no luck')
  })

  test('says where it is while it runs', () => {
    const seen: (readonly number[])[] = []
    const program: Program = new Program({
      onRequest: () => {
        const { next, count, busy } = isolateControl
        seen.push([program.said(next), program.said(count), program.said(busy)])
      },
    })
    const first = program.ask('a')
    const second = program.ask('b')
    program.run()
    expect(seen).toEqual([
      [second, 0, 1],
      [second + (second - first), 1, 1],
    ])
  })
})
