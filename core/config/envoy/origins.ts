/** Origins: where in the file something stands that was read as something else. */
import type { ConfigPath } from '../path.ts'

export class Origins {
  readonly #known = new Map<string, ConfigPath>()

  note(path: ConfigPath, origin: ConfigPath): void {
    this.#known.set(JSON.stringify(path), origin)
  }

  /** The place of what is at a path, with what is below the last part that is known as it is. */
  of(path: ConfigPath): ConfigPath {
    for (let size = path.length; size > 0; size--) {
      const origin = this.#known.get(JSON.stringify(path.slice(0, size)))
      if (origin !== undefined) return [...origin, ...path.slice(size)]
    }
    return path
  }

  /** The place of what is at a path, or of what it stands in; the file itself where nothing is known. */
  near(path: ConfigPath): ConfigPath {
    for (let size = path.length; size > 0; size--) {
      const origin = this.#known.get(JSON.stringify(path.slice(0, size)))
      if (origin !== undefined) return origin
    }
    return []
  }
}
