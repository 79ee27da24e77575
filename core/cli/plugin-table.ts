/** PluginTable: the plugins of a running weir for people: a line each, and below it what is wrong. */
import { printable } from '../base/printable.ts'

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

const KIB = 1_024
const CELL_CHARACTERS_MAX = 128
const MESSAGE_CHARACTERS_MAX = 8_192
const MIB = 1_048_576
const NS_PER_MS = 1_000_000

type Fields = Readonly<Record<string, unknown>>

/** `body` is what the admin API answers to `/plugins`. */
export function pluginTable(body: unknown): string {
  const plugins = isFields(body) && Array.isArray(body['plugins']) ? body['plugins'].filter(isFields) : []
  if (plugins.length === 0) return 'there are no plugins\n'
  const rows = [COLUMNS, ...plugins.map(rowOf)]
  const widths = COLUMNS.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row, index) => {
      const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
      const wrong = index === 0 ? [] : wrongWith(plugins[index - 1])
      return [line.trimEnd(), ...wrong.map((text) => `  ${text}`), ''].join('\n')
    })
    .join('')
}

function rowOf(plugin: Fields): readonly string[] {
  const listeners = Array.isArray(plugin['listeners']) ? plugin['listeners'].join(',') : ''
  const text = (key: string) => dashed(printable(String(plugin[key] ?? ''), CELL_CHARACTERS_MAX))
  const hash = dashed(String(plugin['hash'] ?? '').slice(0, 8))
  return [
    ...[text('name'), text('state'), text('kind'), text('version')],
    ...[hash, dashed(listeners), text('calls'), text('failures')],
    ...[spentOf(plugin), memoryOf(plugin)],
  ]
}

/** Why the newest version does not serve, and why the last call failed. */
function wrongWith(plugin: Fields | undefined): readonly string[] {
  return [plugin?.['lastError'], plugin?.['lastFailure']].flatMap((each) =>
    isFields(each)
      ? [printable(String(each['message']), MESSAGE_CHARACTERS_MAX).replaceAll('\n', '\n  ')]
      : [],
  )
}

/** Fuel; of JavaScript it is time. */
function spentOf({ kind, fuelP50, fuelP99 }: Fields): string {
  if (typeof fuelP50 !== 'number' || typeof fuelP99 !== 'number' || fuelP50 === 0) return '-'
  if (kind !== 'js') return `${fuelP50}/${fuelP99}`
  return `${(fuelP50 / NS_PER_MS).toFixed(2)}/${(fuelP99 / NS_PER_MS).toFixed(2)} ms`
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
