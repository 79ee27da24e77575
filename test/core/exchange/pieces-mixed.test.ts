import { afterEach, expect, test } from 'vitest'
import { RedisCodec } from '../../../plugins/redis/codec.ts'
import { seededRandom } from '../../seeded-random.ts'
import { BytePeer } from '../../support/byte-peer.ts'
import { eventually } from '../../support/eventually.ts'
import { Stage } from '../../support/stage.ts'
import { TinyRedis } from '../../support/tiny-redis.ts'

const stage = new Stage()
afterEach(() => stage.clear())

const CLIENTS = 8
const COMMANDS = 120
const WATERMARKS = { watermarks: { high: 20_000, low: 10_000, max: 67_108_864 } }

/** Commands of a client on keys of its own, and what they have to be answered with. */
class Script {
  readonly commands: string[] = []
  replies = ''
  readonly #random: () => number
  readonly #values = new Map<string, string>()

  constructor(name: string, random: () => number) {
    this.#random = random
    for (let n = 0; n < COMMANDS; n++) this.#add(`${name}:${Math.floor(random() * 3)}`)
  }

  #add(key: string): void {
    const what = this.#random()
    if (what < 0.2) {
      const value = this.#text()
      this.#values.set(key, value)
      this.#say(what < 0.1 ? ['SET', key, value] : ['SET', key, value, 'EX', '60'], '+OK\r\n')
    } else if (what < 0.4) {
      const values = [this.#text(), this.#text()] as const
      this.#values.set(key, values[0]).set(`${key}0`, values[1])
      this.#say(['MSET', key, values[0], `${key}0`, values[1]], '+OK\r\n')
    } else if (what < 0.6) {
      const keys = [key, `${key}0`, key]
      this.#say(['MGET', ...keys], `*3\r\n${keys.map((each) => bulk(this.#values.get(each))).join('')}`)
    } else if (what < 0.8) {
      this.#say(['GET', key], bulk(this.#values.get(key)))
    } else if (what < 0.9) {
      const text = this.#text()
      this.#say(['ECHO', text], bulk(text))
    } else {
      this.#say(['PING'], '+PONG\r\n')
    }
  }

  #say(words: readonly string[], reply: string): void {
    this.commands.push(`*${words.length}\r\n${words.map((word) => bulk(word)).join('')}`)
    this.replies += reply
  }

  /** Mostly short; some that pass in pieces, a few that are more than may wait. */
  #text(): string {
    const size = this.#random() < 0.5 ? 20 : this.#random() < 0.8 ? 5_000 : 80_000
    const letter = String.fromCharCode(97 + Math.floor(this.#random() * 26))
    return `${letter}${this.commands.length}`.repeat(Math.ceil((this.#random() * size) / 3))
  }
}

function bulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`
}

/** Sends everything in slices that end anywhere, and stops reading now and then. */
async function play(client: BytePeer, bytes: string, random: () => number): Promise<void> {
  for (let at = 0; at < bytes.length && !client.closed; ) {
    const end = at + 1 + Math.floor(random() * (random() < 0.3 ? 100 : 30_000))
    client.send(bytes.slice(at, end))
    at = end
    if (random() < 0.2) client.socket.pause()
    if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
    client.socket.resume()
  }
}

test('clients that mix small and large commands, read slowly and die are each answered what they asked', async () => {
  const server = await TinyRedis.listen()
  const address = `127.0.0.1:${server.port}`
  const options = { 'pieces-from': 1_000, 'body-size-max': 8_388_608, ...WATERMARKS }
  const proxy = await stage.proxy({
    endpoints: [address],
    codecs: [new RedisCodec()],
    listener: { ...options, protocol: 'redis' },
    cluster: { ...options, endpoints: [address], 'connections-max': 2 },
  })
  try {
    const random = seededRandom(17)
    const players = Array.from({ length: CLIENTS }, async (_, index) => {
      const script = new Script(`client${index}`, random)
      const client = await BytePeer.connect(proxy.listener.boundAddress)
      const dies = index % 4 === 3
      const all = script.commands.join('')
      const bytes = dies ? all.slice(0, Math.floor(all.length * random())) : all
      await play(client, bytes, random)
      if (dies) {
        client.socket.resetAndDestroy()
        return
      }
      await eventually(
        () => client.size >= script.replies.length || client.closed,
        `client ${index} is answered`,
      )
      expect(client.text === script.replies).toBe(true)
      client.socket.destroy()
    })
    await Promise.all(players)
    await eventually(() => proxy.listener.connectionsCount === 0, 'all are gone')
    expect(proxy.listener.report().waitingBytes).toBe(0)
  } finally {
    proxy.end()
    await server.stop()
  }
})
