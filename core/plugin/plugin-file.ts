/**
 * PluginFile: one plugin as it was found in the folder: read once, hashed, and from then on the same bytes for
 * everybody. The bytes are shared memory, so that all workers are given them without a copy; nobody writes to them.
 */

export const pluginKinds = ['wasm', 'lua', 'js', 'yaml'] as const
/** Which runtime runs it, told by the ending of the file; `yaml` declares a codec and is run by none. */
export type PluginKind = (typeof pluginKinds)[number]

export interface PluginFile {
  /** The name of the file without its ending; filters are named so, and a codec after its protocol: `NAME.codec`. */
  readonly name: string
  readonly kind: PluginKind
  /** The whole path, for messages. */
  readonly path: string
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** The text of `NAME.plugin.yaml`; `undefined` when there is none. */
  readonly manifest: string | undefined
  /** SHA-256 of the bytes and the manifest, in hexadecimal digits. */
  readonly hash: string
  /** By what the system says of the file it is told whether it is still this one; absent where it changed just now. */
  readonly stamp?: string
}

/** Why a version of a plugin does not go live. */
export interface PluginRefusal {
  readonly name: string
  readonly hash: string
  /** A sentence without its full stop; with file and line where they are known. */
  readonly reason: string
}

/** All plugins that workers are to run, with what they need to know of those that they are not. */
export interface PluginSet {
  /** The folder as a whole path. */
  readonly dir: string
  readonly files: readonly PluginFile[]
  /** Plugins that were refused and have no version to fall back to. */
  readonly refused: readonly PluginRefusal[]
  /** Names of plugins that an operator has switched off: they let everything pass. */
  readonly disabled: readonly string[]
}

const CODEC_ENDING = '.codec'

/** Where its manifest stands, for messages: beside the file, or in it. */
export function manifestPlace({ path, manifest }: PluginFile): string {
  return manifest === undefined ? path : path.replace(/\.[^.]*$/, '.plugin.yaml')
}

/** The plugin that is the codec of a protocol. */
export function codecPluginOf(protocol: string): string {
  return protocol + CODEC_ENDING
}

/** The protocol whose codec a plugin is; `undefined` for filters. */
export function protocolOf(plugin: string): string | undefined {
  return plugin.endsWith(CODEC_ENDING) ? plugin.slice(0, -CODEC_ENDING.length) : undefined
}
