/** Watched: runs something through weir, asks as another client meanwhile, and sees how much waits in weir at most. */
import { expect } from 'vitest'
import type { RedisClient } from './redis-client.ts'
import type { Weir } from './weir.ts'

/** `look` sees whatever else there is to see, again and again. */
export async function watched<Result>(
  weir: Weir,
  other: RedisClient,
  start: () => Promise<Result>,
  look: () => Promise<void> = async () => undefined,
) {
  let running = true
  let waitingMax = 0
  let answers = 0
  const started = start().finally(() => {
    running = false
  })
  while (running) {
    expect(await other.ask('PING')).toEqual(['+PONG\r\n'])
    answers++
    const { endpoints } = await weir.cluster('redis')
    const upstream = endpoints.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0)
    waitingMax = Math.max(waitingMax, (await weir.listener('redis')).waitingBytes + upstream)
    await look()
  }
  return { ran: await started, waitingMax, answers }
}
