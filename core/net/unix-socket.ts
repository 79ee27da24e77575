/**
 * Unix sockets leave their file behind when their process dies, and nobody can listen there while it stands. Only
 * such a file is taken away: what answers belongs to a living process, and what is no socket is somebody's data.
 */
import { lstat, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'

/** Makes the path free for listening; rejects with the reason when what stands there is not ours to remove. */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(absent)
  if (found === undefined) {
    // The system would only say that it may not be.
    const folder = dirname(path)
    if ((await lstat(folder).catch(absent)) === undefined) throw new Error(`there is no folder ${folder}`)
    return
  }
  if (!found.isSocket()) throw new Error(`${path} is there already and is no socket`)
  const code = await probe(path)
  if (code === 'ENOENT') return
  if (code !== 'ECONNREFUSED') throw new Error(`${path} is in use: ${code}`)
  await rm(path, { force: true })
}

/** What a connection comes to: the code of its error, or that somebody answers. */
function probe(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve('a process listens there')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
