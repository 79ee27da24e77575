/** The declarations for editors, and the example of the README, are what the runtime does. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { JsGuest } from './js-guest.ts'

const HOME = join(import.meta.dirname, '..', '..', '..', '..')
const KIT = join(HOME, 'sdk', 'guest', 'js')
const run = promisify(execFile)

/** Every name once, rightly used; lines that are wrong say so. */
const EVERYTHING = `
export const reads = { keys: ['tenant'], body: 'request', operation: true }
/** @type {weir.OnConfigure} */
export function onConfigure(config) {
  if (config.tenant === 'nobody') return 'nobody is no tenant'
}
/** @type {weir.OnRequest} */
export function onRequest(metadata, mutation) {
  const { operation, requestId, status, size, listener, peer, protocol, kind, problem, config } = metadata
  log(operation, requestId, status, size, listener, peer, protocol, kind, problem, config)
  log.warn(metadata.keys().join(), metadata.headerSize, metadata.bodySize, metadata.streamId)
  counter('requests', 2)
  if (size > 1_000_000 && store.cas('a', store.get('b'), 5, 100) && store.set('a', 'b') && store.delete('a')) log((store.add('n') ?? 0) + 1)
  mutation.set('a', textOf(metadata.body))
  mutation.add('b', 5)
  mutation.remove('c')
  mutation.body(bytesOf('d'))
  for (const value of metadata.getAll('tenant')) if (value === 'x') return 'drop'
  if (metadata.has('tenant')) return forward('other', 100)
  if (size > 100) return reply({ error: 'denied', text: 'too large' })
  if (size > 90) return reply({ properties: { a: ['b', 1] }, body: 'c' })
  if (size > 80) return call('checker', { properties: [['a', 'b']] }, 20)
  // @ts-expect-error: no such error
  if (size > 70) return reply({ error: 'forbidden' })
  // @ts-expect-error: no such verdict
  if (size > 60) return 'stop'
  // @ts-expect-error: nothing of Node
  process.exit()
  return pause(20)
}
/** @type {weir.OnResponse} */
export const onResponse = (metadata) => (metadata.request.get('tenant') === undefined ? undefined : 'continue')
/** @type {weir.OnResume} */
export const onResume = (_metadata, _mutation, resume) => {
  log(resume.reason, resume.phase, resume.pauses, resume.text, resume.response?.get('tenant'))
}
/** @type {weir.OnEnd} */
export const onEnd = (_metadata, outcome) => {
  log(outcome.result, outcome.error, outcome.errorText, outcome.status, outcome.durationMs, outcome.upstreamMs)
  log(outcome.requestBytes, outcome.responseBytes, outcome.attempts, outcome.cluster, outcome.endpoint)
  log(outcome.flags.retried)
}
`

test('a plugin that uses everything is right to the declarations, and to the runtime', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-types-'))
  try {
    const file = join(folder, 'all.js')
    writeFileSync(file, EVERYTHING)
    const flags = [
      '--ignoreConfig',
      '--noEmit',
      '--allowJs',
      '--checkJs',
      '--strict',
      '--target',
      'es2024',
      '--types',
      '',
    ]
    const { stdout } = await run(process.execPath, [
      join(HOME, 'node_modules', 'typescript', 'bin', 'tsc'),
      ...flags,
      join(KIT, 'weir.d.ts'),
      file,
    ]).catch((error: unknown) => ({ stdout: Reflect.get(Object(error), 'stdout') }))
    expect(stdout).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
  const guest = await JsGuest.create(EVERYTHING, { grants: 511 })
  const asked = await guest.ask({ properties: { tenant: 'x' }, operation: 'demo/it', body: 'b' })
  expect(asked.verdict).toBe('drop')
  expect(asked.edits).toEqual([
    ['set', 'a', 'b'],
    ['add', 'b', '5'],
    ['remove', 'c', ''],
  ])
  guest.stop()
})

const declarations = ['weir.d.ts', 'weir-codec.d.ts', 'weir-test.d.ts']

/** What editors have against a folder as `weir plugin new` makes it, line by line. */
async function problems(template: string, change = (source: string) => source): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-types-'))
  try {
    cpSync(join(KIT, template), folder, { recursive: true })
    for (const file of declarations) cpSync(join(KIT, file), join(folder, '.weir', file))
    const filter = join(folder, 'plugin-name.js')
    if (template === 'template') writeFileSync(filter, change(readFileSync(filter, 'utf8')))
    const tsc = join(HOME, 'node_modules', 'typescript', 'bin', 'tsc')
    const { stdout } = await run(process.execPath, [
      tsc,
      '--noEmit',
      '--types',
      '',
      '-p',
      join(folder, 'jsconfig.json'),
    ]).catch((error: unknown) => ({ stdout: String(Reflect.get(Object(error), 'stdout')) }))
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.each(['template', 'template-codec'])(
  'editors find nothing wrong with a new plugin of %s',
  async (template) => {
    expect(await problems(template)).toBe('')
  },
)

test('editors know what a new filter is given', async () => {
  const misspelt = await problems('template', (source) => source.replace('metadata.get(', 'metadata.gte('))
  expect(misspelt).toContain("Property 'gte' does not exist on type 'Metadata'")
})

test('the example of the README does what it says', async () => {
  const [, source = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(KIT, 'README.md'), 'utf8')) ?? []
  const guest = await JsGuest.create(source)
  expect(await guest.ask({ properties: { 'remote.application': 'web' } })).toMatchObject({
    edits: [['set', 'x-caller', 'web']],
  })
  expect(await guest.ask()).toMatchObject({ verdict: { error: { kind: 'denied', text: 'say who you are' } } })
  guest.stop()
})
