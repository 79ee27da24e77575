/**
 * GuestRuntime: what the plugin folder needs of a runtime for one kind of plugin: it checks and compiles a file, away
 * from traffic. What it answers is instantiated by the one who makes filters of it.
 */
import type { CodecLimits } from '../guest/codec/codec-limits.ts'
import type { GuestModule } from '../guest/guest-instance.ts'
import type { PluginKind } from './plugin-file.ts'

/** A plugin to be made ready, with what it may spend. */
export interface GuestSource {
  readonly name: string
  /** For messages. */
  readonly path: string
  /** A copy of the file's, for the runtime to keep. */
  readonly bytes: Buffer
  /** The file's own, which stay as they are for as long as anybody has them; a runtime that has them keeps no copy. */
  readonly original?: Uint8Array
  /** Bits of `abi.grant`. */
  readonly grants: number
  /** What one call may spend, in the runtime's unit; `undefined` leaves the runtime's default. */
  readonly fuel: number | undefined
  readonly memoryBytesMax: number | undefined
  /** Whether the operator lets it run uncontained, for its speed. */
  readonly trusted?: boolean
}

/** A codec that may be instantiated, with what its calls may spend in the runtime's unit. */
export interface CodecModule {
  readonly module: GuestModule
  readonly limits: Partial<CodecLimits>
}

export interface GuestRuntime {
  readonly kind: PluginKind
  /** Rejects with a sentence for people, with file and line where they are known, when the file cannot be used. */
  load(source: GuestSource): Promise<GuestModule>
  /** The same for a codec; absent where the runtime runs none. */
  loadCodec?(source: GuestSource): Promise<CodecModule>
  /**
   * The manifest that the file carries itself, as plain data or as text; `undefined` when it carries none. Asked before
   * anything is granted. Throws with a sentence for people, or rejects.
   */
  manifestIn?(source: Pick<GuestSource, 'name' | 'path' | 'bytes'>): unknown
}
