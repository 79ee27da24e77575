/**
 * FindCodec: the codec that a command is told: the name of a built-in or of one in ./plugins, a file, or `auto` for what the
 * first bytes tell.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Codec } from '../../../sdk/index.ts'
import { hint } from '../../../sdk/nearest.ts'
import type { CliHost } from '../host.ts'
import { WrongUsage } from '../wrong-usage.ts'

export interface FoundCodec {
  /** `undefined` when the first bytes are to tell. */
  readonly codec: Codec | undefined
  readonly candidates: readonly Codec[]
}

const AUTO = 'auto'
const FOLDER = 'plugins'
const FILE = /\.codec\.(?:lua|wasm|js|yaml)$/

/** Throws a sentence when there is none of this name. */
export async function findCodec(name: string | undefined, host: CliHost): Promise<FoundCodec> {
  if (name !== undefined && FILE.test(name)) {
    // Loaded here, because all runtimes of plugins are behind it.
    const { loadCodecFile } = await import('../codec-file.ts')
    return { codec: await loadCodecFile(name), candidates: [] }
  }
  const registry = await host.loadPlugins()
  const names = registry.codecNames
  const codecs = names.flatMap((each) => registry.codec(each) ?? [])
  if (name === undefined || name === AUTO)
    return { codec: undefined, candidates: codecs.filter((codec) => codec.sniff !== undefined) }
  const codec = registry.codec(name) ?? (await inFolder(name))
  if (codec !== undefined) return { codec, candidates: [] }
  const elsewhere = `one that is not in ./${FOLDER} is named by its file: --codec DIR/${name}.codec.lua`
  throw new WrongUsage(`unknown codec "${name}"${hint(name, [...names, AUTO])}; ${elsewhere}`)
}

/** The codec of this protocol in the folder of plugins, where it is by default. */
async function inFolder(name: string): Promise<Codec | undefined> {
  const files = await readdir(FOLDER).catch(() => [])
  const file = files.find((each) => FILE.test(each) && each.replace(FILE, '') === name)
  if (file === undefined) return undefined
  const { loadCodecFile } = await import('../codec-file.ts')
  return await loadCodecFile(join(FOLDER, file))
}
