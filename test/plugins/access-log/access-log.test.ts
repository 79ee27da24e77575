import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plugin } from '../../../plugins/access-log/plugin.ts'
import type { Outcome } from '../../../sdk/index.ts'
import type { FakeMessageOptions } from '../../../sdk/testing/fake-message.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'
import type { TestContextOptions } from '../../../sdk/testing/test-context.ts'

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-access-log-'))
  path = join(folder, 'access.log')
})

afterEach(() => rm(folder, { recursive: true }))

const SHORT = { format: '%REQ(method)% %RESULT%' }

function log(config: object = SHORT, options: TestContextOptions = {}): FilterHarness {
  return new FilterHarness(plugin, { path, ...config }, options)
}

function run(
  harness: FilterHarness,
  request: FakeMessageOptions,
  outcome: Partial<Outcome> = {},
  reply?: FakeMessageOptions,
) {
  const exchange = harness.exchange(request)
  exchange.onRequest()
  if (reply !== undefined) exchange.onResponse(reply)
  exchange.onEnd(outcome)
}

function say(
  harness: FilterHarness,
  method: string,
  outcome: Partial<Outcome> = {},
  reply?: FakeMessageOptions,
) {
  run(harness, { properties: { method } }, outcome, reply)
}

/** Ends the filter and answers the lines that are in the file then. */
async function linesOf(harness: FilterHarness, file: string = path): Promise<string[]> {
  await harness.filter.onDestroy?.()
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').slice(0, -1)
}

test('a line is written for each exchange that has ended', async () => {
  const harness = log()
  say(harness, 'a')
  say(harness, 'b', { result: 'error', error: 'request_timeout' })
  expect(await linesOf(harness)).toEqual(['a ok', 'b error'])
})

test('the default format says what there is to know', async () => {
  const harness = log({}, { protocol: 'dubbo' })
  run(
    harness,
    { operation: 'Demo/say', size: 300 },
    { cluster: 'demo', endpoint: '10.0.0.9:20881' },
    { status: 20, size: 120 },
  )
  expect(await linesOf(harness)).toEqual([
    '[2026-01-02T03:04:05.006Z] dubbo "Demo/say" 20 - via_upstream 300 120 0 - "1" 10.0.0.1:40000 - demo 10.0.0.9:20881',
  ])
})

test('json writes an object with numbers, texts and nulls', async () => {
  const json = {
    operation: '%OPERATION%',
    ms: '%DURATION%',
    missing: '%REQ(nothing)%',
    text: 'took %DURATION%',
  }
  const harness = log({ json })
  run(harness, { operation: 'Demo/"say"\n' }, { durationMs: 1.7 })
  const lines = await linesOf(harness)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { operation: 'Demo/"say"\n', ms: 2, missing: null, text: 'took 2' },
  ])
})

test('what callers send cannot begin a line, end a quotation or move a cursor', async () => {
  const harness = log({ format: '"%REQ(method)%"' })
  say(harness, 'a\nb\r"c"\\\t\x1b[2J\x7f\u2028\u202e')
  expect(await linesOf(harness)).toEqual(['"a\\nb\\r\\"c\\"\\\\\\t\\x1b[2J\\x7f\\u2028\\u202e"'])
})

test('a very long value is cut', async () => {
  const harness = log({ format: '%REQ(method)%' })
  say(harness, 'x'.repeat(1_000_000))
  const [line] = await linesOf(harness)
  expect(line).toBe(`${'x'.repeat(4_096)}…`)
})

test('a format written with a last newline has no empty lines', async () => {
  const harness = log({ format: '%REQ(method)%\n' })
  say(harness, 'a')
  say(harness, 'b')
  expect(await linesOf(harness)).toEqual(['a', 'b'])
})

test('match chooses what is logged, and what cannot be told is logged', async () => {
  const harness = log({ format: '%REQUEST_ID%', match: { method: { prefix: 'say' } } })
  run(harness, { requestId: '1', properties: { method: 'sayHello' } })
  run(harness, { requestId: '2', properties: { method: 'add' } })
  run(harness, { requestId: '3', unreadable: 'kryo is not readable' })
  expect(await linesOf(harness)).toEqual(['1', '3'])
})

test('percentage logs a share', async () => {
  const harness = log({ ...SHORT, percentage: 30 }, { random: [0.29, 0.3, 0.99] })
  for (const method of ['a', 'b', 'c', 'd']) say(harness, method)
  expect(await linesOf(harness)).toEqual(['a ok', 'd ok'])
})

test('min-duration logs what took long', async () => {
  const harness = log({ ...SHORT, 'min-duration': '100ms' })
  say(harness, 'quick', { durationMs: 99 })
  say(harness, 'slow', { durationMs: 100 })
  expect(await linesOf(harness)).toEqual(['slow ok'])
})

test('errors-only logs failures, error replies and exceptions', async () => {
  const harness = log({ format: '%REQ(method)%', 'errors-only': true })
  say(harness, 'fine', {}, {})
  say(harness, 'oneway', { result: 'oneway' })
  say(harness, 'refused', { result: 'local_reply', error: 'over_limit' })
  say(harness, 'failed', {}, { kind: 'error' })
  say(harness, 'thrown', {}, { properties: { exception: 'true' } })
  say(harness, 'gone', { result: 'downstream_gone' })
  expect(await linesOf(harness)).toEqual(['refused', 'failed', 'thrown', 'gone'])
})

test('after a reopen lines go to a new file, and none is lost', async () => {
  const harness = log({ ...SHORT, 'flush-interval': '1ms' })
  say(harness, 'a')
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toBe('a ok\n')
  await rename(path, `${path}.1`)
  say(harness, 'b')
  await expect.poll(() => readFile(`${path}.1`, 'utf8')).toBe('a ok\nb ok\n')
  harness.context.reopen()
  say(harness, 'c')
  expect(await linesOf(harness)).toEqual(['c ok'])
  expect(await readFile(`${path}.1`, 'utf8')).toBe('a ok\nb ok\n')
})

test('lines that find no room are dropped and counted, and later ones are written', async () => {
  const harness = log({ format: '%REQ(method)%', 'buffer-size': '10B', 'flush-interval': '1ms' })
  say(harness, 'aaaa')
  say(harness, 'bbbb')
  say(harness, 'cccc')
  expect(harness.context.shared.read('access_log_lost_total', { reason: 'buffer_full' })).toBe(1)
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toBe('aaaa\nbbbb\n')
  await expect
    .poll(async () => {
      say(harness, 'dddd')
      return readFile(path, 'utf8')
    })
    .toContain('dddd\n')
  await harness.filter.onDestroy?.()
})

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is counted and logged once, and the proxy goes on',
  async () => {
    const harness = log({ ...SHORT, path: '/dev/full', 'flush-interval': '1ms' })
    const lost = () => harness.context.shared.read('access_log_lost_total', { reason: 'write_failed' })
    say(harness, 'a')
    await expect.poll(lost).toBe(1)
    say(harness, 'b')
    say(harness, 'c')
    await expect.poll(lost).toBe(3)
    await harness.filter.onDestroy?.()
    expect(harness.context.log.lines.map(({ level, text }) => [level, text])).toEqual([
      ['error', expect.stringMatching(/^the access log cannot be written: ENOSPC/)],
    ])
  },
)

test('a folder that does not exist is a warning, and lines are lost, not the proxy', async () => {
  const missing = join(folder, 'missing')
  const harness = log({ ...SHORT, path: join(missing, 'access.log') })
  say(harness, 'a')
  await harness.filter.onDestroy?.()
  expect(harness.context.problems).toEqual([])
  expect(harness.context.log.lines[0]?.text).toBe(`the access log's folder ${missing} does not exist`)
  expect(harness.context.shared.read('access_log_lost_total', { reason: 'write_failed' })).toBe(1)
})

test('what waits is in the file when the filter has been destroyed, before anything else runs', async () => {
  const harness = log()
  say(harness, 'a')
  const ended = harness.filter.onDestroy?.()
  expect(readFileSync(path, 'utf8')).toBe('a ok\n')
  await ended
})

test('after it was destroyed nothing is written', async () => {
  const harness = log()
  await harness.filter.onDestroy?.()
  say(harness, 'a')
  harness.context.reopen()
  expect(await linesOf(harness)).toEqual([])
})

test('two logs append to one file without tearing lines', async () => {
  const logs = [log({ format: '%REQ(method)%', 'flush-interval': '1ms' }), log({ format: '%REQ(method)%' })]
  const expected: string[] = []
  for (let i = 0; i < 2_000; i++) {
    for (const [which, harness] of logs.entries()) {
      const text = `${which} ${i} ${'x'.repeat(i % 97)}`
      expected.push(text)
      say(harness, text)
    }
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  for (const harness of logs) await harness.filter.onDestroy?.()
  expect((await readFile(path, 'utf8')).split('\n').slice(0, -1).sort()).toEqual(expected.sort())
})

test('an unknown operator is a problem that names the nearest', () => {
  expect(log({ format: '%DURATON%' }).context.problems).toEqual([
    'format: no operator is named %DURATON%, did you mean "DURATION"?',
  ])
  expect(log({ json: { ms: '%REQ%' } }).context.problems).toEqual([
    'json.ms: %REQ% needs a key, as in %REQ(method)%',
  ])
})

test('format and json do not go together', () => {
  expect(log({ format: 'a', json: { a: 'b' } }).context.problems).toEqual([
    'format: a log has either a format or json',
  ])
})
