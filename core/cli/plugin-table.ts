/** PluginTable: the plugins of a running weir for people: a line each, and below it what is wrong. */

const COLUMNS = ['NAME', 'STATE', 'KIND', 'VERSION', 'HASH', 'LISTENERS', 'CALLS', 'FAILED'] as const

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
      const error = index === 0 ? undefined : errorOf(plugins[index - 1])
      return error === undefined ? `${line.trimEnd()}\n` : `${line.trimEnd()}\n  ${error}\n`
    })
    .join('')
}

function rowOf(plugin: Fields): readonly string[] {
  const listeners = Array.isArray(plugin['listeners']) ? plugin['listeners'].join(',') : ''
  const text = (key: string) => dashed(String(plugin[key] ?? ''))
  const hash = dashed(String(plugin['hash'] ?? '').slice(0, 8))
  return [
    ...[text('name'), text('state'), text('kind'), text('version')],
    ...[hash, dashed(listeners), text('calls'), text('failures')],
  ]
}

function errorOf(plugin: Fields | undefined): string | undefined {
  const error = plugin?.['lastError']
  return isFields(error) ? String(error['message']) : undefined
}

function dashed(text: string): string {
  return text === '' ? '-' : text
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
