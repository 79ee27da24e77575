/**
 * RefuseShared: rejects when somebody listens on a port, by listening there for a moment as one who shares with nobody. Another
 * process that shares its ports, a second weir above all, would get a part of the callers, and neither would be told.
 */
import { createServer } from 'node:net'
import { listening } from './listening.ts'

export async function refuseShared(host: string, port: number): Promise<void> {
  // Who calls in that moment is told at once that nobody is there.
  const server = createServer((socket) => socket.destroy())
  await listening(server, { host, port })
  await new Promise((resolve) => server.close(resolve))
}
