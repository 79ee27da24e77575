/**
 * PluginLines: what plugins said lately in one worker, and why their calls failed. Of each plugin the last lines are
 * kept, whatever level the log has; nobody is told until somebody asks.
 */
import type { Clock } from '../../sdk/index.ts'

const LINES_MAX = 200
/** More plugins than that are not told apart; no configuration loads so many. */
const PLUGINS_MAX = 512

export interface PluginLine {
  /** Counts from 1 in its worker. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly level: string
  readonly text: string
}

/** A ring: once it is full the next line takes the place of the oldest. */
interface Kept {
  readonly lines: PluginLine[]
  next: number
}

export class PluginLines {
  readonly #clock: Pick<Clock, 'wallMs'>
  readonly #plugins = new Map<string, Kept>()
  #number = 0

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.#clock = clock
  }

  add(plugin: string, level: string, text: string): void {
    const kept = this.#plugins.get(plugin) ?? this.#enter(plugin)
    if (kept === undefined) return
    kept.lines[kept.next] = { number: ++this.#number, atMs: this.#clock.wallMs, level, text }
    kept.next = (kept.next + 1) % LINES_MAX
  }

  /** The oldest first. */
  of(plugin: string): readonly PluginLine[] {
    const kept = this.#plugins.get(plugin)
    if (kept === undefined) return []
    const { lines, next } = kept
    return lines.length < LINES_MAX ? [...lines] : [...lines.slice(next), ...lines.slice(0, next)]
  }

  #enter(plugin: string): Kept | undefined {
    if (this.#plugins.size >= PLUGINS_MAX) return undefined
    const kept: Kept = { lines: [], next: 0 }
    this.#plugins.set(plugin, kept)
    return kept
  }
}
