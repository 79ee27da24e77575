import { afterEach, expect, it } from 'vitest'
import { bitsOf } from '../../../../core/guest/grant.ts'
import { createLuaModule } from '../../../../core/guest/lua/create-lua-module.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import type { Filter } from '../../../../sdk/index.ts'
import { quiet } from '../../../support/eventually.ts'
import { type RedisPair, RedisStage } from '../../../support/redis-stage.ts'
import { toUp } from '../../../support/test-proxy.ts'
import { GuestStage } from '../guest-stage.ts'
import { interpreter } from './lua-guest.ts'

const stage = new RedisStage()
afterEach(() => stage.clear())

const SIZE = 4_000
const HEAD = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${SIZE}\r\n`

function lua(source: string): Filter {
  const module = createLuaModule({ interpreter, name: 'tag.lua', file: Buffer.from(source) })
  if (module instanceof Trap) throw new Error(module.text)
  return new GuestStage(module, { grants: bitsOf(['log', 'bodies']) }).filter
}

async function pairWith(source: string): Promise<RedisPair> {
  return stage.pair({ filters: [lua(source), toUp] })
}

it('a plugin sees a large message piece by piece, and changes the pieces', async () => {
  const pair = await pairWith(`reads = { body = "stream" }
function onStreamData(metadata, mutation) mutation.body(metadata.body:upper()) end`)
  const client = await pair.client()
  client.send(HEAD + 'a'.repeat(1_500))
  const peer = await pair.server.peer(0)
  await peer.received(HEAD.length + 1_500)
  client.send(`${'b'.repeat(SIZE - 1_500)}\r\n`)
  await peer.received(HEAD.length + SIZE + 2)
  expect(peer.text).toBe(`${HEAD}${'A'.repeat(1_500)}${'B'.repeat(SIZE - 1_500)}\r\n`)
})

it('a plugin that reads bodies is given all of it at once', async () => {
  const pair = await pairWith(`reads = { body = "request" }
function onRequest(metadata, mutation) mutation.body("" .. #metadata.body) end`)
  const client = await pair.client()
  client.send(HEAD + 'a'.repeat(1_500))
  await quiet()
  expect(pair.server.peers).toHaveLength(0)
  client.send(`${'b'.repeat(SIZE - 1_500)}\r\n`)
  const peer = await pair.server.peer(0)
  expect(await peer.until(`\r\n${SIZE}\r\n`)).toBe(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n${SIZE}\r\n`)
})

it('a plugin refuses what it finds in a piece', async () => {
  const pair = await pairWith(`reads = { body = "stream" }
function onStreamData(metadata)
  if metadata.body:find("secret") then return reply { error = "denied", text = "no secrets" } end
end`)
  const client = await pair.client()
  client.send(`${HEAD}${'a'.repeat(1_500)}secret`)
  expect(await client.until('\r\n')).toBe('-NOPERM weir: denied: no secrets\r\n')
})
