/** The codecs that the page of the ABI shows are codecs. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Collected } from '../../../../support/collected.ts'
import { luaCodec } from '../../../../support/guest-codec.ts'

const page = readFileSync(new URL('../../../../../sdk/ABI.md', import.meta.url), 'utf8')
const [packets = '', lines = ''] = [...page.matchAll(/^```lua\n([\s\S]*?)^```/gm)].map(
  ([, text]) => text ?? '',
)

test('sdk/ABI.md shows a codec of packets that reads them', async () => {
  const codec = await luaCodec(packets)
  const got = new Collected(codec).give(Buffer.from('01000000070000000f000200006869', 'hex'))
  expect(got.lines).toEqual(['request 7 2'])
})

test('sdk/ABI.md shows a codec with a greeting, and requests that need a connection of their own', async () => {
  const codec = await luaCodec(`${lines}function encodeError(request, error, w) w:bytes('ERR\\n') end`)
  const got = new Collected(codec).give('HELLO me\nGET a\nFOLLOW b\n')
  expect(got.messages.map(({ operation, affinity }) => [operation, affinity])).toEqual([
    ['GET', 'shared'],
    ['FOLLOW', 'own'],
  ])
  expect([codec.encodePreface, codec.createReplySorter]).not.toContain(undefined)
})
