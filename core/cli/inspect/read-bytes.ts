/** ReadBytes: a file, or standard input, as bytes, no more of it than is allowed. */
import { open } from 'node:fs/promises'

const CHUNK_BYTES = 1 << 20
const INPUT_BYTES_MAX = 256 * 1_048_576

/** `-` is standard input. Rejects with a sentence. */
export async function readBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  await using file = await open(path === '-' ? '/dev/stdin' : path)
  for (;;) {
    // What the file says about its size is not believed: it may be a pipe, or grow.
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null)
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, bytesRead))
    size += bytesRead
    if (size > INPUT_BYTES_MAX) throw new Error(`${path} is larger than ${INPUT_BYTES_MAX} bytes`)
  }
}
