/** The example in WebAssembly's text format, assembled as its kit says and run by the host of guests. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { GuestStage } from '../../../core/guest/guest-stage.ts'
import { wasmGuest } from '../../../core/guest/wasm/wasm-guests.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = temporaryFolder('wat')

it('tags requests with their caller', async () => {
  const target = join(folder, 'tag.wasm')
  execFileSync(join(root, 'sdk/guest/wat/build.sh'), [join(root, 'sdk/guest/wat/tag.wat'), target], {
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
    stdio: 'pipe',
  })
  const stage = new GuestStage(await wasmGuest(new Uint8Array(readFileSync(target))))
  expect(stage.context.problems).toEqual([])
  const edits = (properties: Readonly<Record<string, string>>) =>
    stage.exchange({ properties }).onRequest().edits
  expect(edits({ caller: 'web', method: 'sayHello' })).toMatchObject([{ key: 'x-tag', value: 'web' }])
  expect(edits({ caller: 'web', method: 'sayHallo' })).toEqual([])
  expect(edits({ method: 'sayHello' })).toEqual([])
  const filler = 'x'.repeat(200_000)
  expect(edits({ caller: filler, method: filler })).toEqual([])
  expect(edits({ caller: 'y', method: 'sayHello' })).toMatchObject([{ key: 'x-tag', value: 'y' }])
})
