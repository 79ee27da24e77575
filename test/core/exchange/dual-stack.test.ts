import { afterEach, expect, test } from 'vitest'
import type { Filter } from '../../../sdk/index.ts'
import { LinePeer } from '../../support/line-peer.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

test('a caller by IPv4 on a listener for both families is known by its IPv4 address', async () => {
  const peers: string[] = []
  const notes: Filter = {
    onRequest: ({ peer }) => {
      peers.push(peer)
      return undefined
    },
  }
  const { proxy } = await stage.pair({ filters: [notes, toUp], listener: { address: '[::]:0' } })
  const port = proxy.listener.boundAddress.replace('[::]:', '')
  const client = await LinePeer.connect('ids', `127.0.0.1:${port}`)
  client.send('req', 1)
  await client.reply(1)
  expect(peers[0]).toMatch(/^127\.0\.0\.1:[0-9]+$/)
  client.socket.destroy()
})
