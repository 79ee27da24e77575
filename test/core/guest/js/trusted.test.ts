/** A plugin that is trusted: the same author's view, in the worker itself, answered at once. */
import { describe, expect, test } from 'vitest'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import { bitsOf } from '../../../../core/guest/grant.ts'
import type { StoreQuota } from '../../../../core/guest/guest-host.ts'
import { createTrustedModule } from '../../../../core/guest/js/create-trusted-module.ts'
import { TrustedGlobals } from '../../../../core/guest/js/trusted-globals.ts'
import { replyError } from '../../../../sdk/index.ts'
import { GuestStage, type GuestStageOptions } from '../guest-stage.ts'

const globals = new TrustedGlobals()

async function trusted(source: string, options?: GuestStageOptions, name = 'own.js'): Promise<GuestStage> {
  return new GuestStage(await createTrustedModule({ name, file: Buffer.from(source), globals }), options)
}

describe('a trusted plugin', () => {
  test('answers at once', async () => {
    const stage = await trusted(`
      let n = 0
      export function onRequest(metadata, mutation) {
        mutation.set('n', String(++n) + metadata.get('a'))
        if (n === 2) return reply({ error: 'denied', text: 'enough' })
      }`)
    const first = stage.exchange({ properties: { a: 'x' } }).onRequest()
    expect(first).toMatchObject({ verdict: undefined, edits: [{ key: 'n', value: '1x' }] })
    expect(stage.exchange({ properties: { a: 'x' } }).onRequest().verdict).toEqual(
      replyError('denied', 'enough'),
    )
  })

  test('may import what it likes', async () => {
    const stage = await trusted(`
      import { basename } from 'node:path'
      export function onRequest(metadata, mutation) { mutation.set('name', basename('/a/b')) }`)
    expect(stage.exchange().onRequest().edits).toMatchObject([{ key: 'name', value: 'b' }])
  })

  test('asks the store at once, with its grant', async () => {
    const keyValues = KeyValues.alone()
    const keyValue = (plugin: string, quota: StoreQuota) => keyValues.part(plugin, quota)
    const source = `export function onRequest(metadata, mutation) {
      mutation.set('n', [store.set('k', 'é'), store.get('k'), store.add('n', 2), store.cas('k', 'é', 'b')].join())
    }`
    const stage = await trusted(source, { grants: bitsOf(['log', 'key-value']), services: { keyValue } })
    for (const n of [2, 4]) expect(stage.exchange().onRequest().edits[0]?.value).toBe(`true,é,${n},true`)
  })

  test('has its own log and verdicts beside another one', async () => {
    const source = (word: string) =>
      `export function onRequest() { log('${word}'); return reply({ error: 'denied', text: '${word}' }) }`
    const [one, two] = [await trusted(source('one')), await trusted(source('two'))]
    for (const [stage, word] of [
      [one, 'one'],
      [two, 'two'],
      [one, 'one'],
    ] as const) {
      expect(stage.exchange().onRequest().verdict).toEqual(replyError('denied', word))
    }
    expect([one.lines, two.lines]).toEqual([['info one', 'info one'], ['info two']])
  })

  test('fails with its file, and goes on', async () => {
    const stage = await trusted(
      `let n = 0\nexport function onRequest() {\n  if (n++ === 0) throw new Error('no luck')\n}`,
    )
    expect(stage.exchange().onRequest().verdict).toMatchObject({ error: { kind: 'plugin_failed' } })
    expect(stage.lines.join('\n')).toMatch(/own\.js:.* no luck/)
    expect(stage.exchange().onRequest().verdict).toBe(undefined)
  })

  test('takes large messages', async () => {
    const stage = await trusted(
      'export const reads = { body: true }\nexport function onRequest(metadata, mutation) { mutation.body(metadata.body) }',
      { grants: 511 },
    )
    const body = 'x'.repeat(900_000)
    expect(stage.exchange({ body }).onRequest().newBody?.toString()).toBe(body)
  })

  test('that cannot be read is refused, with its line', async () => {
    await expect(trusted('\nexport function onRequest( {}')).rejects.toThrow(/own\.js:2: SyntaxError/)
    await expect(trusted('export function onRequest() {}\n\nexport { nothing }')).rejects.toThrow(
      /own\.js:3: SyntaxError/,
    )
    await expect(trusted('\n\nthrow new Error("at once")')).rejects.toThrow(/own\.js:.* at once/)
  })
})
