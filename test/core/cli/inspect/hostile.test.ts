/** Captures come from anywhere: damaged ones are read as far as they make sense, and nothing throws. */
import { expect, test } from 'vitest'
import { FlowTable } from '../../../../core/cli/inspect/flow-table.ts'
import { frameView } from '../../../../core/cli/inspect/frame-view.ts'
import { readInput } from '../../../../core/cli/inspect/input.ts'
import { tcpSegment } from '../../../../core/cli/inspect/tcp-segment.ts'
import { DubboCodec } from '../../../../plugins/dubbo/codec.ts'
import { SeededBytes } from '../../../../sdk/testing/codec-kit/seeded-bytes.ts'
import { frames } from '../../../plugins/dubbo/frames.ts'
import { pcap, pcapng } from './capture.ts'

const RUNS = 1_500
const random = new SeededBytes(7)
const segments = frames.slice(0, 4).map(({ hex }, index) => {
  const bytes = Buffer.from(hex, 'hex')
  return { from: index % 2 === 0 ? 'caller' : 'service', sequence: 1, bytes } as const
})

async function shownOf(capture: Buffer): Promise<number> {
  let shown = 0
  const input = readInput(capture, undefined)
  const table = new FlowTable({
    codec: new DubboCodec(),
    candidates: [],
    port: undefined,
    onEvent: (event) => void frameView(++shown, event),
  })
  for (const packet of input.kind === 'packets' ? input.packets : []) {
    const segment = tcpSegment(packet)
    if (segment !== undefined) table.add(segment)
  }
  await table.end()
  return shown
}

test.each([
  ['pcap', pcap(segments)],
  ['pcapng', pcapng(segments)],
])('a damaged %s is shown as far as it makes sense', async (_name, capture) => {
  expect(await shownOf(capture)).toBeGreaterThan(0)
  let shown = 0
  for (let run = 0; run < RUNS; run++) {
    const damaged = Buffer.from(capture)
    for (let change = random.below(4); change >= 0; change--)
      damaged[random.below(damaged.length)] = random.below(256)
    shown += await shownOf(damaged.subarray(0, random.below(damaged.length + 1)))
  }
  expect(shown).toBeGreaterThan(RUNS / 10)
})
