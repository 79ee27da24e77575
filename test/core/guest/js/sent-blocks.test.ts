/** Blocks on their way to a plugin's process: whatever of them is left out, it has them as they were written. */
import { duplexPair } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { childFrame } from '../../../../core/guest/js/child/child-frame.ts'
import { childInput } from '../../../../core/guest/js/child/child-input.ts'
import { ChildPipe } from '../../../../core/guest/js/child-pipe.ts'
import { isolateBlock } from '../../../../core/guest/js/isolate/isolate-block.ts'
import { isolateEngine } from '../../../../core/guest/js/isolate/isolate-engine.ts'
import { isolateText } from '../../../../core/guest/js/isolate/isolate-text.ts'
import { Outbox } from '../../../../core/guest/js/outbox.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { seededRandom } from '../../../seeded-random.ts'

/** How a block went: its frame's kind, and how many bytes it took behind the frame's header. */
interface Sent {
  readonly kind: number
  readonly size: number
  /** What the process sees of it, and what an isolate does. */
  readonly block: Buffer
  readonly inIsolate: Buffer
}

/** The worker's end, and the process's. */
class Way {
  readonly #outbox: Outbox
  readonly #written: Buffer[] = []
  readonly #input = childInput(
    { frame: childFrame },
    {
      read: (into, from) => this.#written.shift()?.copy(into, from) ?? 0,
      die: () => {
        throw new Error('nothing was told')
      },
    },
  )
  /** An isolate's memory, which the process does not help. */
  readonly #memory = Buffer.from(new SharedArrayBuffer(1 << 20))
  readonly #block = isolateBlock({
    ...{ frame: childFrame, engine: isolateEngine(), texts: isolateText() },
    input: this.#memory.buffer,
  })

  constructor() {
    const [ours, theirs] = duplexPair()
    this.#outbox = new Outbox(new ChildPipe(ours, () => undefined))
    theirs.on('data', (bytes: Buffer) => this.#written.push(Buffer.from(bytes)))
  }

  async send(...blocks: readonly Buffer[]): Promise<readonly Sent[]> {
    for (const block of blocks) this.#outbox.addCall(1, 1_000, block, block.length)
    this.#outbox.flush()
    await new Promise(setImmediate)
    while (this.#written.length > 0) this.#input.read()
    const { bytes, have, start } = this.#input
    bytes.copy(this.#memory, start, start, have)
    const sent: Sent[] = []
    for (let at = start; this.#input.whole(at); at += this.#input.u32(at)) {
      this.#input.remember(at)
      sent.push(this.#seen(at, blocks[sent.length]?.length ?? 0))
    }
    this.#input.drop(have)
    return sent
  }

  #seen(at: number, size: number): Sent {
    const kind = this.#input.u32(at + childFrame.kind)
    const again = (kind & 0xff) === childFrame.again
    const from = again ? (kind >>> 8) * childFrame.placeBytes : at + childFrame.bytes
    this.#block.begin(at)
    this.#block.enter()
    return {
      kind: kind & 0xff,
      size: this.#input.u32(at) - childFrame.bytes,
      block: Buffer.from(this.#input.bytes.subarray(from, from + size)),
      inIsolate: Buffer.from(this.#block.copy(0, size)),
    }
  }
}

function block(size: number, fill = 1): Buffer {
  const bytes = Buffer.alloc(size, fill)
  bytes[abi.header.phase] = abi.phase.request
  return bytes
}
const kinds = (sent: readonly Sent[]) => sent.map(({ kind }) => kind)
const { call, kept, again } = childFrame

describe('blocks that are sent to a process', () => {
  test('are sent by what is new of them, where one before was nearly the same', async () => {
    const way = new Way()
    const bytes = block(240)
    const [first] = await way.send(bytes)
    expect(first).toMatchObject({ kind: kept, size: 240 })
    bytes.writeUInt32LE(7, 32)
    bytes.writeUInt32LE(8, 236)
    const [second] = await way.send(bytes)
    expect(second).toMatchObject({ kind: again, size: 16 })
    expect([second?.block.equals(bytes), second?.inIsolate.equals(bytes)]).toEqual([true, true])
    expect((await way.send(bytes))[0]).toMatchObject({ kind: again, size: 0, block: bytes })
  })

  test('are remembered by their sizes', async () => {
    const way = new Way()
    const [small, large] = [block(240), block(248)]
    expect(kinds(await way.send(small, large, small, large))).toEqual([kept, kept, again, again])
    expect(kinds(await way.send(block(240 + 8 * childFrame.places), small))).toEqual([kept, kept])
  })

  test.each([
    ['that are large', block(childFrame.placeBytes + 8)],
    ['of a size that blocks with texts at their end have', block(241)],
    ['that lie where no words do', Buffer.alloc(249).subarray(1)],
    ['that are a part of what is handed over', Buffer.alloc(0)],
  ])('are sent whole, those %s', async (_which, bytes) => {
    const way = new Way()
    expect(kinds(await way.send(bytes, bytes))).toEqual([call, call])
  })

  test('are sent whole when they configure, and are not taken for another that is as long', async () => {
    const way = new Way()
    const configuring = block(240)
    configuring[abi.header.phase] = abi.phase.configure
    expect(kinds(await way.send(configuring, block(240, 9), configuring))).toEqual([call, kept, call])
  })

  test('that configure leave what is remembered as it is, however alike they are', async () => {
    const way = new Way()
    const configuring = block(240)
    configuring[abi.header.phase] = abi.phase.configure
    expect(kinds(await way.send(block(240), configuring))).toEqual([kept, call])
    // Its words differ from the first block's one by one, until it is given up: none of them may be taken for sent.
    const other = block(240, 9)
    other[abi.header.phase] = abi.phase.configure
    expect(kinds(await way.send(other))).toEqual([call])
    const next = block(240)
    next.fill(9, 8, 48)
    const [sent] = await way.send(next)
    expect(sent).toMatchObject({ kind: again, block: next, inIsolate: next })
  })

  test('are hardly looked at any more when none is like another', async () => {
    const way = new Way()
    const sent: Sent[] = []
    for (let fill = 1; fill <= 64; fill++) sent.push(...(await way.send(block(240, fill))))
    expect(kinds(sent).filter((kind) => kind === kept)).toHaveLength(19)
    expect(kinds(sent).slice(0, 15)).toEqual(Array(15).fill(kept))
  })

  test('are what was written, whatever changes in them', async () => {
    const random = seededRandom(11)
    const below = (count: number) => Math.floor(random() * count)
    const way = new Way()
    const written = [64, 240, 248, 304, 1_024, 1_032, 243].map((size) => block(size))
    const found = new Set<number>()
    for (let round = 0; round < 300; round++) {
      const blocks: Buffer[] = []
      // Each is written anew in the same place before the next is, so they are sent one by one.
      for (let i = below(4); i >= 0; i--) {
        const bytes = written[below(written.length)]
        if (bytes === undefined || blocks.includes(bytes)) continue
        for (let words = below(below(8) === 0 ? 200 : 9); words > 0; words--)
          bytes.writeUInt32LE(
            below(2) === 0 ? 0 : below(0xffff_ffff),
            8 + below((bytes.length - 11) >> 2) * 4,
          )
        blocks.push(bytes)
      }
      const sent = await way.send(...blocks)
      expect(sent.map(({ block }) => block.toString('hex'))).toEqual(
        blocks.map((each) => each.toString('hex')),
      )
      expect(sent.map(({ inIsolate }) => inIsolate.toString('hex'))).toEqual(
        blocks.map((each) => each.toString('hex')),
      )
      for (const kind of kinds(sent)) found.add(kind)
    }
    expect(found).toEqual(new Set([kept, again, call]))
  })
})
