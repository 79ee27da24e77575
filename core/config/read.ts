/** Read: the text of a configuration file, no more of it than is allowed. */
import { open } from 'node:fs/promises'
import { errorText } from '../base/error-text.ts'
import { neighbour } from '../plugin/neighbour.ts'

/** The largest configuration that is read, in bytes. */
export const configSizeMax = 4 * 1_048_576

const CHUNK_BYTES = 65_536

export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  /** A sentence without its full stop. */
  | { readonly kind: 'problem'; readonly text: string }

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'the file may not be read',
  EISDIR: 'this is a folder, not a file',
}

/** As {@link readConfigFile}, for somebody who has just named the file, and may have named it wrongly. */
export async function readNamedFile(path: string): Promise<FileText> {
  const read = await readConfigFile(path)
  if (read.kind === 'text' || read.text !== REASONS['ENOENT']) return read
  return { kind: 'problem', text: read.text + (await neighbour(path, (entry) => !entry.isDirectory())) }
}

export async function readConfigFile(path: string): Promise<FileText> {
  try {
    await using file = await open(path)
    // What the file says about its size is not believed: it may grow, or be a device without an end.
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    const chunks: Buffer[] = []
    let size = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) break
      chunks.push(Buffer.from(buffer.subarray(0, bytesRead)))
      size += bytesRead
      if (size > configSizeMax)
        return { kind: 'problem', text: `the file is larger than ${configSizeMax} bytes` }
    }
    return decoded(Buffer.concat(chunks))
  } catch (error) {
    return { kind: 'problem', text: reason(error) }
  }
}

function decoded(bytes: Buffer): FileText {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { kind: 'problem', text: 'the file is not UTF-8 text' }
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? errorText(error)
}
