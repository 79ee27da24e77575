/** FrameTable: frames for people: a row for each, its properties and its bytes below, fields in colours or brackets. */
import { hexDump } from '../../../sdk/hex-dump.ts'
import type { FrameView } from './frame-view.ts'

const COLUMNS = [
  ['no', 5],
  ['time', 10],
  ['', 2],
  ['kind', 15],
  ['id', 12],
  ['size', 8],
  ['status', 6],
  ['operation', 0],
] as const
const COLOURS_COUNT = 6
const VALUE_CHARS_MAX = 200
const DUMP_BYTES_MAX = 4_096

export interface FrameTableOptions {
  readonly coloured: boolean
  readonly properties: boolean
  readonly bytes: boolean
}

export class FrameTable {
  readonly #options: FrameTableOptions
  #startMs: number | undefined = undefined
  #flow = ''

  constructor(options: FrameTableOptions) {
    this.#options = options
  }

  get head(): string {
    return `${row(COLUMNS.map(([name]) => name))}\n`
  }

  /** What is printed for one frame. */
  add(view: FrameView): string {
    this.#startMs ??= view.timeMs
    const lines = [...this.#flowLine(view), this.#row(view)]
    if (view.problem !== '') lines.push(`      ! ${clean(view.problem)}`)
    if (this.#options.properties) lines.push(...propertyLines(view))
    if (this.#options.bytes && view.bytes.length > 0) lines.push(...this.#dump(view))
    return `${lines.join('\n')}\n`
  }

  /** Told when the next frame is of another connection than the last. */
  #flowLine({ caller, service }: FrameView): readonly string[] {
    const flow = caller === '' ? '' : `${caller} → ${service}`
    if (flow === this.#flow) return []
    this.#flow = flow
    return [`  ${flow}`]
  }

  #row(view: FrameView): string {
    const seconds = ((view.timeMs - (this.#startMs ?? 0)) / 1_000).toFixed(6)
    const status = view.status < 0 ? '' : String(view.status)
    const arrow = view.direction === 'request' ? '→' : '←'
    return row([
      String(view.no),
      view.timeMs === 0 ? '' : seconds,
      arrow,
      view.affinity === '' ? view.kind : `${view.kind} ${view.affinity}`,
      clean(view.id),
      String(view.size),
      status,
      clean(view.operation),
    ])
  }

  #dump({ bytes, fields }: FrameView): readonly string[] {
    const { coloured } = this.#options
    const ranges = fields.map(({ at, size }, index) => ({ at, size, colour: index % COLOURS_COUNT }))
    const names = fields.map(({ name, at, size }) => `${at}+${size} ${clean(name)}`)
    const legend = names.length === 0 ? [] : [`      ${names.join(' · ')}`]
    return [hexDump(bytes, { ranges, coloured, indent: '      ', bytesMax: DUMP_BYTES_MAX }), ...legend]
  }
}

function propertyLines({ properties }: FrameView): readonly string[] {
  return Object.entries(properties).map(([key, value]) => {
    const text = typeof value === 'string' ? value : value.join(' | ')
    const cut = text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text
    return `      ${clean(key)}: ${clean(cut)}`
  })
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(COLUMNS[index]?.[1] ?? 0))
    .join(' ')
    .trimEnd()
}

/** What peers send is shown without its control characters: a terminal obeys them. */
function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1))
}
