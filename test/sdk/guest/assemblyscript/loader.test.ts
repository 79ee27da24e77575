/** Single functions of a filter, called through the conventions of AssemblyScript's loader. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { instantiate } from '@assemblyscript/loader'
import { expect, it } from 'vitest'
import { buildFilter } from '../../../../sdk/guest/assemblyscript/build-filter.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const folder = temporaryFolder('loader')
const source = `
import { adler32, Bytes, crc32, fnv1a } from 'weir'

export function tenantOf(caller: string): string {
  return caller.split('.')[0].toUpperCase()
}

export function sums(text: string): string {
  const bytes = Bytes.of(text)
  return [crc32(bytes), adler32(bytes), fnv1a(bytes)].join(' ')
}
`

it('takes strings in and gives strings out', async () => {
  const file = join(folder, 'tenant.ts')
  writeFileSync(file, source)
  const result = await buildFilter(file, { exportRuntime: true })
  if (result.kind === 'failed') expect.fail(result.text)
  const { exports } = await instantiate(result.wasm)
  const { __newString, __getString } = exports
  const say = (name: string, text: string): string => {
    const called = exports[name]
    if (typeof called !== 'function') return `no ${name}`
    return __getString(Number(called(__newString(text))))
  }
  expect(say('tenantOf', 'shöp.web')).toBe('SHÖP')
  // The check values of the three sums, over the digits that are usual for them.
  expect(say('sums', '123456789')).toBe(`${0xcbf43926} ${0x091e01de} ${0xbb86b11c}`)
})
