/** The process of a plugin in JavaScript: it may die in every way, and costs nobody but the calls in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { bareGrants } from '../../../../core/guest/grant.ts'
import { processorMs } from '../../../../core/guest/js/process-figures.ts'
import { prepareGuest } from '../../../../core/guest/prepare-guest.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { eventually } from '../../../support/eventually.ts'
import { JsGuest, type JsGuestOptions } from './js-guest.ts'

const guests: JsGuest[] = []
afterEach(() => {
  for (const guest of guests.splice(0)) guest.stop()
})

async function js(source: string, options?: JsGuestOptions): Promise<JsGuest> {
  const guest = await JsGuest.create(source, options)
  guests.push(guest)
  return guest
}

const REFUSED = { verdict: { error: { kind: 'plugin_failed' } } }
/** Does what a property says. */
const OBEDIENT = `
  let n = 0
  export function onRequest(metadata, mutation) {
    const what = metadata.get('do')
    if (what === 'stick') Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)
    if (what === 'loop') for (;;);
    if (what === 'fail') throw new Error('no luck')
    if (what === 'die') new Array(4e9).fill(0)
    if (what === 'later') Promise.resolve().then(() => { for (;;); })
    if (what === 'nothing') return
    mutation.set('n', String(++n))
  }`
/** For a call that ends, also on a machine that others keep busy; one that does not end waits for it. */
const ENOUGH = 300_000_000
const asking = (what: string) => ({ properties: { do: what } })

function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}

describe('a process of a plugin', () => {
  test('that is killed costs the calls in it, and the next one is there', async () => {
    const guest = await js(OBEDIENT)
    const { pid = 0 } = guest.module
    expect(await guest.ask()).toMatchObject({ edits: [['set', 'n', '1']] })
    const inFlight = [guest.ask(asking('stick')), guest.ask(), guest.ask()]
    process.kill(pid, 'SIGKILL')
    for (const asked of await Promise.all(inFlight)) expect(asked).toMatchObject(REFUSED)
    await eventually(() => guest.module.pid !== undefined && guest.module.pid !== pid, 'another process')
    expect(await guest.ask()).toMatchObject({ verdict: 'continue', edits: [['set', 'n', '1']] })
    expect(guest.stage.lines.join('\n')).toContain('it was ended by SIGKILL')
  })

  test('lets messages pass when it is gone and the policy is open', async () => {
    const guest = await js(OBEDIENT, { policy: 'open' })
    const asked = guest.ask(asking('stick'))
    process.kill(guest.module.pid ?? 0, 'SIGKILL')
    expect(await asked).toMatchObject({ verdict: 'continue', edits: [] })
  })

  test('that the engine is stuck in is killed, and says so', async () => {
    const guest = await js(OBEDIENT, { limits: { fuelPerCall: ENOUGH, graceMs: 100 } })
    const { pid = 0 } = guest.module
    expect(await guest.ask(asking('stick'))).toMatchObject(REFUSED)
    await eventually(() => !alive(pid), 'the process is gone')
    expect(guest.stage.lines.join('\n')).toMatch(/it did not answer for \d+ ms/)
    expect(await guest.ask()).toMatchObject({ edits: [['set', 'n', '1']] })
  })

  test('that the engine is stuck in is given no more time when it was configured just before', async () => {
    const limits = { fuelPerCall: 10_000_000, fuelToConfigure: 1_000_000_000_000, graceMs: 100 }
    const guest = await js(OBEDIENT, { limits })
    expect(await guest.ask(asking('stick'))).toMatchObject(REFUSED)
    const { pid } = guest.module
    // The first call of the next process comes together with its configuration.
    expect(await guest.ask(asking('stick'))).toMatchObject(REFUSED)
    await eventually(() => guest.module.pid !== pid, 'another process')
  })

  test('goes on when a call takes too long: only that call fails, and those behind it are answered', async () => {
    const guest = await js(OBEDIENT, { limits: { fuelPerCall: ENOUGH } })
    const { pid } = guest.module
    const asked = [guest.ask(), guest.ask(asking('loop')), guest.ask(), guest.ask()]
    const [first, second, third, fourth] = await Promise.all(asked)
    expect(first).toMatchObject({ edits: [['set', 'n', '1']] })
    expect(second).toMatchObject(REFUSED)
    expect([third?.edits, fourth?.edits]).toEqual([[['set', 'n', '1']], [['set', 'n', '2']]])
    expect(guest.stage.figure('traps_total', { kind: 'fuel' })).toBe(1)
    expect(guest.module.pid).toBe(pid)
  })

  // Some ten milliseconds of work, and a second of time.
  test('asks a call again whose time has passed while the machine did not let it run', async () => {
    const source = `let calls = 0
    export const reads = ['do']
    export function onRequest(metadata, mutation) {
      calls++
      let sum = 0
      if (metadata.get('do') === 'work') for (let i = 0; i < 30_000_000; i++) sum += i % 7
      mutation.set('n', calls)
    }`
    const guest = await js(source, { limits: { fuelPerCall: 1_000_000_000 } })
    const before = await guest.ask()
    const { pid = 0 } = guest.module
    const asked = Promise.all([guest.ask(), guest.ask(asking('work')), guest.ask()])
    await starve(pid, 5, 1_050)
    const counted = [before, ...(await asked)].map(({ edits }) => edits[0]?.[2])
    // In the isolate that was begun anew it is the first one.
    expect(counted).toEqual(['1', '2', '1', '2'])
    expect(guest.stage.figure('traps_total', { kind: 'fuel' })).toBe(0)
  })

  // Some hundred milliseconds of work.
  const WORK = 'let sum = 0; for (let i = 0; i < 60_000_000; i++) sum += i % 7;'
  test.each([
    [
      'onConfigure',
      `export function onConfigure(config) { if (config.slow) { ${WORK} } }
      export function onRequest() {}`,
    ],
    ['the module', `${WORK} export function onRequest() {}`],
  ])('has %s run again when the machine did not let it run', async (_what, source) => {
    const guest = await js(source)
    const { pid = 0 } = guest.module
    const given = { grants: bareGrants, clock: guest.stage.clock }
    const prepared = prepareGuest(guest.module, [{ slow: false }, { slow: true }], given)
    await starve(pid, 30, 1_050)
    expect(await prepared).toBeUndefined()
    expect(guest.module.pid).toBe(pid)
  })

  test('asks for the manifest again when the machine did not let it be told', async () => {
    const source = `export const manifest = { get version() { ${WORK} return '2' } }`
    const guest = await js(`${source}; export function onRequest() {}`)
    const { pid = 0 } = guest.module
    const asked = guest.module.manifest()
    await starve(pid, 30, 1_050)
    expect(await asked).toEqual({ version: '2' })
  })

  test('answers in order whatever becomes of single calls', async () => {
    const guest = await js(OBEDIENT, { budget: { failuresMax: 100 }, policy: 'open' })
    const whats = ['', 'nothing', 'fail', '', '', 'nothing', 'fail', '', 'fail', '']
    const asked = await Promise.all(whats.map((what) => guest.ask(asking(what))))
    const counted = asked.map(({ edits }) => edits.map(([, , value]) => value).join())
    // A failed call takes the instance along, and those who wait behind it are still asked in it.
    expect(counted).toEqual(['1', '', '', '2', '3', '', '', '4', '', '5'])
  })

  // They are as long as each other, so that only what differs is sent of them.
  test('tells messages apart that are nearly the same, whatever becomes of those between them', async () => {
    const source = `export function onRequest(metadata, mutation) {
      const what = metadata.get('do')
      if (what === 'loop') for (;;);
      if (what === 'fail') throw new Error('no luck')
      mutation.set('x', what + metadata.requestId)
    }`
    const guest = await js(source, {
      ...{ policy: 'open', budget: { failuresMax: 100 } },
      limits: { fuelPerCall: ENOUGH },
    })
    const whats = ['aaaa', 'bbbb', 'fail', 'cccc', 'loop', 'dddd', 'aaaa', 'fail', 'eeee']
    const ask = (what: string, place: number) => guest.ask({ ...asking(what), requestId: String(place + 10) })
    const said = (what: string, place: number) =>
      what === 'fail' || what === 'loop' ? undefined : `${what}${place + 10}`
    for (let round = 0; round < 2; round++) {
      const asked = await Promise.all([...whats, 'loop', 'ffff', 'aaaa'].map(ask))
      // Behind a second one that costs the isolate nobody is asked any more.
      expect(asked.map(({ edits }) => edits[0]?.[2])).toEqual([
        ...whats.map(said),
        ...[undefined, undefined, undefined],
      ])
    }
  })

  test('fails the last of the calls that were answered together when what one left for later is endless', async () => {
    const guest = await js(OBEDIENT, { limits: { fuelPerCall: ENOUGH } })
    const asked = await Promise.all([guest.ask(), guest.ask(), guest.ask(asking('later'))])
    expect(asked.map(({ verdict }) => typeof verdict)).toEqual(['string', 'string', 'object'])
    expect(guest.stage.figure('traps_total', { kind: 'fuel' })).toBe(1)
    expect(await guest.ask()).toMatchObject({ edits: [['set', 'n', '1']] })
  })

  test('keeps an isolate for what is in it when a call fails, and gives the next ones a fresh one', async () => {
    const guest = await js(OBEDIENT)
    await guest.ask()
    const [failed, behind] = await Promise.all([guest.ask(asking('fail')), guest.ask()])
    expect(failed).toMatchObject(REFUSED)
    expect(behind.edits).toEqual([['set', 'n', '2']])
    expect((await guest.ask()).edits).toEqual([['set', 'n', '1']])
  })

  test('gives a fresh isolate all configurations, those of routes too', async () => {
    const source = `export function onRequest(metadata, mutation) {
      if (metadata.get('do') === 'loop') for (;;);
      mutation.set('said', metadata.config.word)
    }`
    const routeConfigs = ['bye', 'ciao'].map((word) => ({ given: { word }, config: { word } }))
    const guest = await js(source, {
      config: { word: 'hello' },
      routeConfigs,
      limits: { fuelPerCall: ENOUGH },
    })
    const [bye, ciao] = ['bye', 'ciao'].map((word) => ({ name: word, filterConfigs: { guest: { word } } }))
    for (const route of [bye, ciao]) if (route !== undefined) guest.stage.filter.onRoute?.(route, {})
    const asked = [guest.ask(asking('loop')), guest.ask({}, bye), guest.ask(), guest.ask({}, ciao)]
    const said = (await Promise.all(asked)).map(({ edits }) => edits[0]?.[2])
    expect(said).toEqual([undefined, 'bye', 'hello', 'ciao'])
  })

  test('that grows beyond its bounds is killed', async () => {
    const guest = await js('export function onRequest() { for (;;) [...".".repeat(5e8)] }', {
      limits: {
        processBytesMax: 64 << 20,
        memoryBytesMax: 16 << 20,
        graceMs: 20_000,
      },
    })
    expect(await guest.ask()).toMatchObject(REFUSED)
    expect(guest.stage.lines.join('\n')).toMatch(/it occupied \d+ MiB|more memory than it may have/)
  })

  test('that keeps dying is left alone, and is not started again and again', async () => {
    const guest = await js(OBEDIENT, {
      budget: { failuresMax: 3 },
      limits: { restartMs: 3_600_000, restartMaxMs: 3_600_000 },
    })
    for (let i = 0; i < 3; i++) {
      await guest.ask(asking('die'))
      await eventually(() => guest.stage.lines.some((line) => line.includes('process is gone')), 'it died')
    }
    expect(guest.stage.figure('breaker_open')).toBe(1)
    const { pid } = guest.module
    for (let i = 0; i < 20; i++) expect(await guest.ask()).toMatchObject(REFUSED)
    expect(guest.module.pid).toBe(pid)
  })

  test('ends with the filter and the module, whichever is last', async () => {
    const guest = await JsGuest.create(OBEDIENT)
    const { pid = 0 } = guest.module
    guest.module.close()
    expect(await guest.ask()).toMatchObject({ edits: [['set', 'n', '1']] })
    guest.stage.filter.onDestroy?.()
    await eventually(() => !alive(pid), 'the process is gone')
  })

  test('ends with what was never used', async () => {
    const { module } = await JsGuest.create(OBEDIENT)
    const { pid = 0 } = module
    expect(alive(pid)).toBe(true)
    module.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(module.pid === undefined || module.pid === pid).toBe(true)
  })

  test('is shared by all filters of the plugin, each with variables of its own', async () => {
    const guest = await js(OBEDIENT)
    await guest.ask()
    const other = guest.module.instantiate({
      grants: 0,
      clock: guest.stage.clock,
      random: () => 0,
      log: () => undefined,
      count: () => undefined,
    })
    expect(other).not.toHaveProperty('kind')
    expect((await guest.ask()).edits).toEqual([['set', 'n', '2']])
  })

  test('has no files but its pipe, no environment, and is out of reach of the terminal', async () => {
    const guest = await js(OBEDIENT)
    const { pid = 0 } = guest.module
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain('PATH')
    const session = (of: number) => readFileSync(`/proc/${of}/stat`, 'latin1').split(') ')[1]?.split(' ')[3]
    expect(session(pid)).not.toBe(session(process.pid))
    expect(readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) <= 3)).toEqual(['0', '1', '2', '3'])
    expect(readFileSync(`/proc/${pid}/limits`, 'latin1')).toMatch(/Max core file size\s+0\s+0/)
  })

  // Only who may change another process's timers is told about them.
  test.skipIf(!timersTold())(
    'has timers that are over found together, and is not woken for each',
    async () => {
      const guest = await js(OBEDIENT)
      await guest.ask()
      const { pid = 0 } = guest.module
      expect(timerSlackNs(pid)).toBe(5_000_000)
    },
  )

  test('tells what it occupies and what calls spend', async () => {
    const guest = await js(OBEDIENT)
    await guest.ask()
    expect(guest.stage.figure('fuel_total')).toBeGreaterThan(0)
    const occupied = () => Number(Reflect.get(guest.stage.filter, 'memoryBytes'))
    await eventually(() => occupied() > 1 << 20, 'it tells what it occupies')
  })

  test('waits no longer for a file that holds up the engine than for any other', async () => {
    const endless = 'throw { get message() { for (;;); } }'
    const limits = { fuelToConfigure: 50_000_000, graceMs: 100 }
    await expect(JsGuest.create(endless, { limits })).rejects.toThrow(/did not answer/)
  })

  test('says why it fails without what a terminal obeys', async () => {
    await expect(JsGuest.create('throw new Error("\\u001b[2J\\u009b1m")')).rejects.toThrow(
      'tag.js:1: \\u001b[2J\\u009b1m',
    )
  })

  test('is not asked about more than may wait for it', async () => {
    const guest = await js(OBEDIENT, { limits: { callsMax: 2 } })
    const asked = await Promise.all([1, 2, 3, 4].map(() => guest.ask()))
    expect(asked.filter(({ verdict }) => verdict === 'continue')).toHaveLength(2)
    expect(guest.stage.figure('traps_total', { kind: 'budget' })).toBeGreaterThanOrEqual(1)
  })

  test('answers large messages among small ones in their order', async () => {
    const source = `
      export const reads = { body: true }
      export function onRequest(metadata, mutation) { mutation.set('size', metadata.body.length) }`
    const guest = await js(source, { grants: 511, limits: { fuelPerCall: abi.none } })
    const sizes = [10, 500_000, 0, 20, 262_144, 262_120, 3, 700_000, 1]
    const asked = await Promise.all(sizes.map((size) => guest.ask({ body: 'x'.repeat(size) })))
    expect(asked.map(({ edits }) => Number(edits[0]?.[2]))).toEqual(sizes)
  })

  test('answers large messages as it does small ones', async () => {
    const source = `
      export const reads = { body: true }
      export function onRequest(metadata, mutation) { mutation.body(metadata.body.reverse()) }`
    const guest = await js(source, { grants: 511, limits: { fuelPerCall: abi.none } })
    for (const size of [10, 900_000, 20, 300_000, 1_000_000, 1]) {
      const body = Buffer.alloc(size, 'weir')
      expect((await guest.ask({ body: body.toString() })).body?.equals(body.reverse())).toBe(true)
    }
  })
})

/** Takes the processor from it, when it has had some for what it was asked, until a time that it may take is over. */
async function starve(pid: number, hadMs: number, untilMs: number): Promise<void> {
  const idleMs = processorMs(pid) ?? 0
  await eventually(() => (processorMs(pid) ?? 0) > idleMs + hadMs, 'it works')
  process.kill(pid, 'SIGSTOP')
  const stoppedMs = performance.now()
  await eventually(() => performance.now() > stoppedMs + untilMs, 'its time is over')
  process.kill(pid, 'SIGCONT')
}

function timerSlackNs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/timerslack_ns`, 'latin1'))
}

function timersTold(): boolean {
  try {
    return timerSlackNs(1) > 0
  } catch {
    return false
  }
}
