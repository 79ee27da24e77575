/** PluginTable: the plugins of a running weir for people: a line each, and below it what is wrong. */
import { printable } from '../base/printable.ts'
import { writtenOut } from '../base/written-out.ts'

const COLUMNS = [
  'NAME',
  'STATE',
  'KIND',
  'VERSION',
  'HASH',
  'LISTENERS',
  'CALLS',
  'FAILED',
  'SPENT P50/P99',
  'MEMORY',
] as const
type Column = (typeof COLUMNS)[number]

/** What a narrow terminal goes without, the first of them first; `--json` has everything. */
const SPARED: readonly Column[] = ['KIND', 'HASH', 'MEMORY', 'VERSION', 'LISTENERS']
const GAP = '  '

const KIB = 1_024
const CELL_CHARACTERS_MAX = 128
/** Of the names of listeners; how many there are beyond that is said. */
const LISTENERS_CHARACTERS_MAX = 32
const THOUSAND = 1_000
const MILLION = 1_000_000
/** Smaller numbers are written as they are. */
const SHORT_MAX = 10_000
const MESSAGE_CHARACTERS_MAX = 8_192
const MIB = 1_048_576
const NS_PER_MS = 1_000_000

type Fields = Readonly<Record<string, unknown>>

/** `body` is what the admin API answers to `/plugins`; `width` is how many letters a line may have, where somebody looks. */
export function pluginTable(body: unknown, width = Number.POSITIVE_INFINITY): string {
  const plugins = isFields(body) && Array.isArray(body['plugins']) ? body['plugins'].filter(isFields) : []
  if (plugins.length === 0) return 'there are no plugins\n'
  const rows = plugins.map(rowOf)
  const columns = fitting(
    COLUMNS.map((title) => ({
      title,
      width: Math.max(title.length, ...rows.map((row) => row[title].length)),
    })),
    width,
  )
  const line = (cellOf: (title: Column) => string) =>
    columns
      .map((column) => cellOf(column.title).padEnd(column.width))
      .join(GAP)
      .trimEnd()
  const lines = plugins.flatMap((plugin, index) => [
    line((title) => rows[index]?.[title] ?? ''),
    ...wrongWith(plugin).map((text) => `  ${text}`),
  ])
  return [line((title) => title), ...lines, ''].join('\n')
}

interface Sized {
  readonly title: Column
  readonly width: number
}

function fitting(columns: readonly Sized[], width: number): readonly Sized[] {
  let shown = columns
  for (const spared of SPARED) {
    const taken = shown.reduce((sum, each) => sum + each.width + GAP.length, -GAP.length)
    if (taken <= width) return shown
    shown = shown.filter(({ title }) => title !== spared)
  }
  return shown
}

function rowOf(plugin: Fields): Readonly<Record<Column, string>> {
  // A version is a stranger's text as well, and no row of another plugin.
  const text = (key: string) => dashed(writtenOut(String(plugin[key] ?? '').slice(0, CELL_CHARACTERS_MAX)))
  return {
    NAME: text('name'),
    STATE: text('state'),
    KIND: text('kind'),
    VERSION: text('version'),
    HASH: dashed(String(plugin['hash'] ?? '').slice(0, 8)),
    LISTENERS: listenersOf(plugin),
    CALLS: text('calls'),
    FAILED: text('failures'),
    'SPENT P50/P99': spentOf(plugin),
    MEMORY: memoryOf(plugin),
  }
}

function listenersOf({ listeners }: Fields): string {
  const names = Array.isArray(listeners) ? listeners.map(String) : []
  let text = names[0] ?? ''
  for (const [index, name] of names.entries()) {
    if (index === 0) continue
    if (text.length + name.length >= LISTENERS_CHARACTERS_MAX) return `${text},+${names.length - index}`
    text += `,${name}`
  }
  return dashed(text)
}

/** Why the newest version does not serve, and why the last call failed. */
function wrongWith({ lastError, lastFailure }: Fields): readonly string[] {
  return [
    ...(isFields(lastError) ? [`refused: ${messageOf(lastError)}`] : []),
    ...(isFields(lastFailure) ? [`last failure${timeOf(lastFailure)}: ${messageOf(lastFailure)}`] : []),
  ]
}

function messageOf({ message }: Fields): string {
  return printable(String(message), MESSAGE_CHARACTERS_MAX).replaceAll('\n', '\n  ')
}

/** To the second, as `weir plugin logs` has it. */
function timeOf({ at }: Fields): string {
  const time = /T([\d:]{8})/.exec(String(at))?.[1]
  return time === undefined ? '' : ` ${time}`
}

/** Fuel; of JavaScript it is time. */
function spentOf({ kind, fuelP50, fuelP99 }: Fields): string {
  if (typeof fuelP50 !== 'number' || typeof fuelP99 !== 'number' || fuelP50 === 0) return '-'
  if (kind !== 'js') return `${short(fuelP50)}/${short(fuelP99)}`
  return `${(fuelP50 / NS_PER_MS).toFixed(2)}/${(fuelP99 / NS_PER_MS).toFixed(2)} ms`
}

function short(count: number): string {
  if (count < SHORT_MAX) return String(count)
  const thousands = Math.round(count / THOUSAND)
  return thousands < SHORT_MAX ? `${thousands}k` : `${Math.round(count / MILLION)}M`
}

function memoryOf({ memoryBytes }: Fields): string {
  if (typeof memoryBytes !== 'number' || memoryBytes === 0) return '-'
  return memoryBytes < MIB ? `${Math.ceil(memoryBytes / KIB)} KiB` : `${(memoryBytes / MIB).toFixed(1)} MiB`
}

function dashed(text: string): string {
  return text === '' ? '-' : text
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
