/**
 * SizeLimits: how large a file of the plugin folder may be, by its kind and by what lies there beside it. It is known before
 * a file is read, so that nothing is read that whoever runs it would refuse.
 */
import { defaultJsLimits } from '../guest/js/js-limits.ts'
import { defaultLuaLimits } from '../guest/lua/lua-limits.ts'
import type { PluginKind } from './plugin-file.ts'
import type { SizeLimit } from './read-plugin-file.ts'

/** Manifests, and codecs that are declared. */
const YAML_BYTES_MAX = 65_536
/** All files together. */
const TOTAL_BYTES_MAX = 256 * 1_048_576
/** What is compiled is as large as its compiler makes it; what people write has a limit of its own. */
const WRITTEN_BYTES_MAX: Readonly<Partial<Record<PluginKind, number>>> = {
  lua: defaultLuaLimits.sourceBytesMax,
  js: defaultJsLimits.sourceBytesMax,
  yaml: YAML_BYTES_MAX,
}

export class SizeLimits {
  readonly manifest: SizeLimit = limit(YAML_BYTES_MAX, 'a manifest may have')
  readonly #fileBytesMax: number
  #bytesLeft = TOTAL_BYTES_MAX

  /** `fileBytesMax` is the operator's `size-max`. */
  constructor(fileBytesMax: number) {
    this.#fileBytesMax = fileBytesMax
  }

  /** For the next file. */
  of(kind: PluginKind): SizeLimit {
    const written = WRITTEN_BYTES_MAX[kind] ?? Number.POSITIVE_INFINITY
    if (this.#bytesLeft < Math.min(written, this.#fileBytesMax)) {
      return limit(this.#bytesLeft, `of the ${TOTAL_BYTES_MAX} of all plugins there are left`)
    }
    return written < this.#fileBytesMax
      ? limit(written, `a .${kind} file may have`)
      : limit(this.#fileBytesMax, 'size-max allows')
  }

  /** A file of so many bytes is one of the plugins. */
  take(bytes: number): void {
    this.#bytesLeft -= bytes
  }
}

function limit(bytesMax: number, text: string): SizeLimit {
  return { bytesMax, text: `${text} ${bytesMax}` }
}
