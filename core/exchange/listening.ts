/** Listening: a server that listens, or the reason why it does not. */
import type { Server } from 'node:net'

export function listening(server: Server, where: Parameters<Server['listen']>[0] & object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
