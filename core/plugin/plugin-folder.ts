/**
 * PluginFolder: reads the folder of plugins as it is now. A file that cannot be read, or is being written, is told
 * apart from one that is gone, so that whoever asks can keep what it had.
 */
import { createHash } from 'node:crypto'
import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText } from '../base/error-text.ts'
import { writtenOut } from '../base/written-out.ts'
import { folderEntries } from './folder-entries.ts'
import { neighbour } from './neighbour.ts'
import type { PluginFile, PluginKind } from './plugin-file.ts'
import { MANIFEST_ENDING, namedFile } from './plugin-name.ts'
import { type FileMark, readPluginFile } from './read-plugin-file.ts'
import { SizeLimits } from './size-limits.ts'

/** A file that was changed later than this before it was read may have been changed once more by the same stamp. */
const SETTLED_MS = 2_000

export interface FolderLimits {
  readonly filesMax: number
  readonly fileBytesMax: number
}

/** A file that is there and is no plugin for now. */
export interface FileProblem {
  /** The plugin's name, or the file's when it is none. */
  readonly name: string
  readonly path: string
  /** A sentence without its full stop. */
  readonly text: string
}

export interface FolderReading {
  /** Why the folder as a whole cannot be read; nothing else is known then. */
  readonly problem: string | undefined
  readonly files: readonly PluginFile[]
  readonly problems: readonly FileProblem[]
  /** Names of plugins whose files are being written, or are still empty. */
  readonly writing: readonly string[]
}

/** What was read before. */
export interface KnownFiles {
  readonly files: ReadonlyMap<string, PluginFile>
  /** The time of day, by which it is told which files have not been changed for a while. */
  readonly wallMs: number
  /** Why the folder could not be read; what lies beside one that is still not there is not looked through again. */
  readonly problem?: string | undefined
}

const NOTHING_KNOWN: KnownFiles = Object.freeze({ files: new Map<string, PluginFile>(), wallMs: 0 })

/** Of files that are known the same bytes are not kept twice, and those that are as they were are not read again. */
export async function readPluginFolder(
  dir: string,
  limits: FolderLimits,
  known: KnownFiles = NOTHING_KNOWN,
): Promise<FolderReading> {
  try {
    const root = await realpath(dir)
    return await new Reading({ dir, root, limits, known }).read()
  } catch (error) {
    return { problem: await folderProblem(dir, error, known.problem), files: [], problems: [], writing: [] }
  }
}

interface ReadingParts {
  readonly dir: string
  readonly root: string
  readonly limits: FolderLimits
  readonly known: KnownFiles
}

class Reading {
  readonly #parts: ReadingParts
  readonly #files: PluginFile[] = []
  readonly #problems: FileProblem[] = []
  readonly #writing: string[] = []
  readonly #sizes: SizeLimits

  constructor(parts: ReadingParts) {
    this.#parts = parts
    this.#sizes = new SizeLimits(parts.limits.fileBytesMax)
  }

  async read(): Promise<FolderReading> {
    const taken = new Map<string, string>()
    for (const file of await this.#entries()) {
      const named = namedFile(file)
      const path = join(this.#parts.dir, file)
      if (named.kind === 'problem') this.#refuse(writtenOut(file), writtenOut(path), named.text)
      if (named.kind !== 'plugin') continue
      const other = taken.get(named.name)
      if (other !== undefined) {
        this.#problems.push({ name: file, path, text: `${other} is the plugin "${named.name}" already` })
        continue
      }
      taken.set(named.name, file)
      await this.#take(named.name, named.runtime, path)
    }
    return { problem: undefined, files: this.#files, problems: this.#problems, writing: this.#writing }
  }

  /** Sorted, so that which of two is taken is no matter of luck. Of a folder that was seen in part nobody knows what is gone. */
  async #entries(): Promise<readonly string[]> {
    const names: string[] = []
    for await (const { name } of folderEntries(this.#parts.root, 'refuse')) {
      if (namedFile(name).kind !== 'other') names.push(name)
    }
    return names.sort()
  }

  async #take(name: string, kind: PluginKind, path: string): Promise<void> {
    const { root, limits, known } = this.#parts
    if (this.#files.length >= limits.filesMax) {
      return this.#refuse(name, path, `files-max allows ${limits.filesMax} plugins`)
    }
    const held = known.files.get(name)
    const before = held?.path === path ? held : undefined
    const read = await readPluginFile(root, path, this.#sizes.of(kind), before)
    if (read.kind === 'missing') {
      const dangling = await lstat(path).then(
        () => true,
        () => false,
      )
      if (dangling) this.#refuse(name, path, 'the link leads nowhere')
      return
    }
    if (read.kind === 'problem') return this.#refuse(name, path, read.text)
    const sidecar = await this.#manifest(name)
    if (read.kind === 'writing' || read.bytes.length === 0 || sidecar.kind === 'writing') {
      this.#writing.push(name)
      return
    }
    if (sidecar.kind === 'problem') return this.#refuse(name, path, sidecar.text)
    const { bytes, mark } = read
    this.#sizes.take(bytes.length)
    const manifest = sidecar.text
    const as =
      before !== undefined && bytes === before.bytes && manifest === before.manifest ? before : undefined
    const hash = as?.hash ?? hashOf(kind, bytes, manifest)
    this.#keep({ name, kind, path, bytes, manifest, hash }, mark, before)
  }

  /** The same bytes are not kept twice. */
  #keep(file: PluginFile, { stamp, changedMs }: FileMark, before: PluginFile | undefined): void {
    const same = before?.hash === file.hash ? before : undefined
    const settled = this.#parts.known.wallMs - changedMs > SETTLED_MS
    if (same !== undefined && (!settled || same.stamp === stamp)) this.#files.push(same)
    else this.#files.push({ ...file, bytes: same?.bytes ?? file.bytes, ...(settled ? { stamp } : {}) })
  }

  #refuse(name: string, path: string, text: string): void {
    this.#problems.push({ name, path, text })
  }

  async #manifest(name: string): Promise<Manifest> {
    const { dir, root } = this.#parts
    const file = `${name}${MANIFEST_ENDING}`
    const read = await readPluginFile(root, join(dir, file), this.#sizes.manifest)
    if (read.kind === 'missing') return { kind: 'text', text: undefined }
    if (read.kind === 'writing') return read
    if (read.kind === 'problem') return { kind: 'problem', text: `${file}: ${read.text}` }
    try {
      return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(read.bytes)) }
    } catch {
      return { kind: 'problem', text: `${file}: the file is not UTF-8 text` }
    }
  }
}

type Manifest =
  | { readonly kind: 'text'; readonly text: string | undefined }
  | { readonly kind: 'writing' }
  | { readonly kind: 'problem'; readonly text: string }

function hashOf(kind: PluginKind, bytes: Uint8Array, manifest: string | undefined): string {
  const hash = createHash('sha256').update(kind).update('\0').update(bytes)
  if (manifest !== undefined) hash.update('\0').update(manifest)
  return hash.digest('hex')
}

async function folderProblem(dir: string, error: unknown, told: string | undefined): Promise<string> {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  const missing = `there is no folder ${dir}`
  if (code === 'ENOENT') {
    const known = told !== undefined && (told === missing || told.startsWith(`${missing}, `))
    return known ? told : `${missing}${await neighbour(dir, (entry) => entry.isDirectory())}`
  }
  if (code === 'ENOTDIR') return `${dir} is no folder`
  if (code === 'ELOOP') return `the folder ${dir} is a link that leads in a circle`
  if (code === 'EACCES') return `the folder ${dir} may not be read`
  return errorText(error)
}
