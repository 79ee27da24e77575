import { describe, expect, it } from 'vitest'
import { createSharedMemory } from '../../../core/base/shared/memory.ts'
import { WorkerLink } from '../../../core/worker/worker-link.ts'

/**
 * Makes objects that are held until a thousand others were made, while memory is collected, and then such as are held for a
 * moment; several times with another function, because when a function is compiled is luck. It ends by telling by how much
 * that made the old ones' memory grow.
 */
const HOLDING = `
const { getHeapSpaceStatistics } = require('node:v8')
const oldBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size
const text = \`
const held = new Array(1024).fill(undefined)
return (times, kept, besides) => {
  let garbage = 0
  for (let i = 0; i < times; i++) {
    held[i % kept] = [{ key: 'key', value: i }]
    garbage += new Array(besides).fill(i).length
  }
  return garbage
}\`
let grown = 0
for (let round = 0; round < 6; round++) {
  const hold = new Function(text + '//' + round)()
  hold(20_000, 1_024, 250)
  const before = oldBytes()
  hold(50_000, 4, 0)
  grown = Math.max(grown, oldBytes() - before)
}
throw new Error('grown by ' + grown)
`
/** The thousand that were held are 100 KB; all of the others are 4.7 MB. */
const GROWN_BYTES_MAX = 500_000

/** What the young generation has become when many objects have lived on for a while. */
const YOUNG = `
const { getHeapSpaceStatistics } = require('node:v8')
const youngMegabytes = () =>
  getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 1_048_576
const kept = []
for (let i = 0; i < 200_000; i++) kept[i % 20_000] = { i }
throw new Error('young: ' + youngMegabytes() + ' MB')
`

/** A function is called until the engine has compiled it as well as it can; says which compilers had it. */
const COMPILED = `
require('node:v8').setFlagsFromString('--allow-natives-syntax')
const tiers = new Function(\`
const sum = (values) => values.reduce((a, b) => a + b, 0)
const values = Array.from({ length: 100 }, (_, i) => i)
let middle = false
const untilMs = performance.now() + 20_000
while (!%ActiveTierIsTurbofan(sum) && performance.now() < untilMs) {
  sum(values)
  middle ||= %ActiveTierIsMaglev(sum)
}
return { middle, best: %ActiveTierIsTurbofan(sum) }\`)()
throw new Error(JSON.stringify(tiers))
`

function endingOf(program: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const link = new WorkerLink({
    program,
    data: {
      index: 0,
      memory: createSharedMemory(1),
      epochMs: 0,
      logPending: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
      logLevel: 'info',
      tapped: 0,
      takeOver: false,
    },
    sink: { write: () => undefined },
    onExit: resolve,
  })
  link.ready.catch(() => undefined)
  return promise
}

describe('WorkerLink', () => {
  it('has a thread that allocates nothing with the old because what was made there first lived long', async () => {
    const grown = Number(/grown by (\d+)/.exec(await endingOf(HOLDING))?.[1])
    expect(grown).toBeLessThan(GROWN_BYTES_MAX)
  })

  it('has a thread with the young generation it was given, and no larger', async () => {
    expect(await endingOf(YOUNG)).toContain('young: 4 MB')
  })

  it('has a thread that compiles with the last compiler only', async () => {
    expect(await endingOf(COMPILED)).toContain('{"middle":false,"best":true}')
  })
})
