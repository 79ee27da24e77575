/** Sections of megabytes are read in steps, whatever they are full of: the thread has something else to do meanwhile. */
import { expect, test } from 'vitest'
import { scanModule } from '../../../../core/guest/wasm/meter/scan-module.ts'
import { nameBytes, PREAMBLE, unsigned } from './encode.ts'
import { smallQuota } from './metered.ts'

const STEP_BYTES = 65_536
const MEGABYTE = 1 << 20
const quota = { ...smallQuota, moduleBytesMax: 8 * MEGABYTE, functionsMax: 50_000 }
const I32 = 0x7f
/** Thirty-one constants and an end, which no engine accepts and the meter passes over. */
const constants = [...Array.from({ length: 31 }, () => [0x41, 0xff, 0xff, 0xff, 0x00]).flat(), 0x0b]

function module(...sections: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(PREAMBLE), ...sections])
}

function section(id: number, contents: Buffer): Buffer {
  return Buffer.concat([Buffer.from([id, ...unsigned(contents.length)]), contents])
}

/** So many items, and what stands before them. */
function items(count: number, item: readonly number[], before: readonly number[] = []): Buffer {
  const bytes = Buffer.from(item)
  return Buffer.concat([
    Buffer.from([...before, ...unsigned(count)]),
    ...Array.from({ length: count }, () => bytes),
  ])
}

function names(count: number): Buffer {
  const functions = items(count, [0, 0])
  return Buffer.concat([Buffer.from([...nameBytes('name'), 1, ...unsigned(functions.length)]), functions])
}

const type = [0x60, ...unsigned(400), ...Array.from({ length: 400 }, () => I32), 0]
const oneType = section(1, items(1, [0x60, 0, 0]))

test.each([
  ['types', module(section(1, items(5_000, type)))],
  ['names', module(section(0, names(MEGABYTE)))],
  ['functions', module(oneType, section(3, items(50_000, [0x80, 0x80, 0x80, 0x80, 0])))],
  ['globals', module(section(6, items(20_000, [I32, 0, ...constants])))],
  ['data', module(section(11, items(20_000, [0, ...constants, 0])))],
  ['elements', module(section(9, items(100, [0, ...constants, ...items(600, [0x80, 0x80, 0x80, 0])])))],
  ['elements of one segment', module(section(9, items(1, [5, 0x70, ...items(12_000, constants)])))],
])('%s', (_name, bytes) => {
  const steps = scanModule(bytes, quota)
  let count = 1
  while (steps.next().done !== true) count++
  expect(count).toBeGreaterThanOrEqual(Math.floor(bytes.length / STEP_BYTES / 2))
})

test('a section of names without end is none that fits', () => {
  const parts = Buffer.concat([Buffer.from(nameBytes('name')), Buffer.alloc(MEGABYTE, Buffer.from([9, 0]))])
  const bytes = module(section(0, parts))
  const steps = scanModule(bytes, quota)
  for (;;) {
    const step = steps.next()
    if (step.done !== true) continue
    expect(step.value.named).toBe(false)
    return
  }
})

test('what does not stop for a while is told where it is wrong all the same', () => {
  const steps = scanModule(module(section(1, items(5_000, type).subarray(0, -1))), quota)
  expect(() => {
    while (steps.next().done !== true);
  }).toThrow('ends')
})
