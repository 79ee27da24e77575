/** RedisPieces: commands and replies that pass in pieces, as bytes, and the first steps of most tests of them: what tests of both directions share. */
import type { BytePeer } from './byte-peer.ts'
import { eventually, quiet } from './eventually.ts'
import type { RedisPair } from './redis-stage.ts'

/** More than passes as a whole; each letter tells its place. */
export const LETTERS = Array.from({ length: 5_000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join('')
export const PING = command('PING')
export const GET = command('GET', 'k')
/** What is read at once at most, and a head. */
export const CHUNK_BYTES = 262_144 + 64
export const WATERMARKS = { watermarks: { high: 200_000, low: 100_000, max: 67_108_864 } }

export function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`
}

export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(bulk).join('')}`
}

/** A client that has sent this first, and the upstream connection it came to. */
export async function asking(
  pair: RedisPair,
  bytes: string,
): Promise<readonly [client: BytePeer, peer: BytePeer]> {
  const client = await pair.client()
  client.send(bytes)
  const peer = await pair.server.peer(0)
  await peer.received(bytes.length)
  return [client, peer]
}

/** The client asks, and is answered over the upstream connection of that number. */
export async function untilAnswered(pair: RedisPair, client: BytePeer, index: number): Promise<void> {
  const before = client.size
  client.send(PING)
  const peer = await pair.server.peer(index)
  await peer.until(PING)
  peer.send('+PONG\r\n')
  await eventually(() => client.text.slice(before) === '+PONG\r\n', 'its answer and nothing else')
}

/** As much waits in the proxy as is to wait there. */
export async function untilMuchWaits(pair: RedisPair): Promise<void> {
  await eventually(() => pair.waiting() > WATERMARKS.watermarks.high, 'much waits')
  await quiet()
}
