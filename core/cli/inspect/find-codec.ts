/**
 * FindCodec: the codec that a command is told: the name of a built-in, a file of a plugin folder, or `auto` for what the
 * first bytes tell.
 */
import type { Codec } from '../../../sdk/index.ts'
import { hint } from '../../../sdk/nearest.ts'
import type { CliHost } from '../host.ts'

export interface FoundCodec {
  /** `undefined` when the first bytes are to tell. */
  readonly codec: Codec | undefined
  readonly candidates: readonly Codec[]
}

const AUTO = 'auto'
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
  const codec = registry.codec(name)
  if (codec === undefined) throw new Error(`unknown codec "${name}"${hint(name, [...names, AUTO])}`)
  return { codec, candidates: [] }
}
