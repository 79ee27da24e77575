/**
 * ReadPluginFile: a file of the plugin folder, read once and whole. Links must lead to somewhere in the folder, only
 * plain files are read, no more than is allowed is taken, and a file that changes meanwhile is said to be written.
 */
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { errorText } from '../base/error-text.ts'
import type { PluginFile } from './plugin-file.ts'

/** `writing`: somebody is at it; look again. */
export type PluginBytes =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<SharedArrayBuffer>; readonly mark: FileMark }
  | { readonly kind: 'writing' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly text: string }

/** What the system says of a file. */
export interface FileMark {
  /** Another one for another file, and for one that was written to. */
  readonly stamp: string
  readonly changedMs: number
}

/** The most that is read; a file that has more is not read at all. */
export interface SizeLimit {
  readonly bytesMax: number
  /** Says behind what a file has what it may have. */
  readonly text: string
}

/** What was read of the file before, and the stamp that it had. */
export type KnownBytes = Pick<PluginFile, 'bytes' | 'stamp'>

const NS_PER_MS = 1_000_000n
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the link leads nowhere',
  ELOOP: 'the link leads in a circle',
  EACCES: 'the file may not be read',
  EPERM: 'the file may not be read',
  EMFILE: 'too many files are open',
}

/** `root` is the folder's real path. What is still as it was is not read again. */
export async function readPluginFile(
  root: string,
  path: string,
  limit: SizeLimit,
  known?: KnownBytes,
): Promise<PluginBytes> {
  try {
    const real = await realpath(path)
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      return { kind: 'problem', text: 'the link leads out of the plugin folder' }
    }
    // Not to be led astray between the look and the opening; and a pipe is opened without waiting for its writer.
    await using file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    return await readWhole(file, limit, known)
  } catch (error) {
    return failure(error)
  }
}

async function readWhole(
  file: FileHandle,
  limit: SizeLimit,
  known: KnownBytes | undefined,
): Promise<PluginBytes> {
  const before = await file.stat({ bigint: true })
  if (!before.isFile()) return { kind: 'problem', text: 'this is no plain file' }
  if (before.size > limit.bytesMax) {
    return { kind: 'problem', text: `the file has ${before.size} bytes; ${limit.text}` }
  }
  const mark = markOf(before)
  if (known?.stamp === mark.stamp) return { kind: 'bytes', bytes: known.bytes, mark }
  const size = Number(before.size)
  const bytes = new Uint8Array(new SharedArrayBuffer(size))
  // Read into memory of our own: the system does not write into shared memory.
  const read = Buffer.allocUnsafeSlow(size + 1)
  let filled = 0
  while (filled <= size) {
    const { bytesRead } = await file.read(read, filled, read.length - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  const after = await file.stat({ bigint: true })
  if (filled !== size || markOf(after).stamp !== mark.stamp) return { kind: 'writing' }
  bytes.set(read.subarray(0, size))
  return { kind: 'bytes', bytes, mark }
}

function markOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileMark {
  const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs
  return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '), changedMs: Number(changedNs / NS_PER_MS) }
}

function failure(error: unknown): PluginBytes {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = REASONS[code] ?? errorText(error)
  return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'problem', text }
}
