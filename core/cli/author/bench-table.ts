/** BenchTable: what a plugin costs, for people. */
import type { BenchReport } from './bench-run.ts'

const KIB = 1_024

export function benchTable({
  plugin,
  kind,
  bytes,
  sample,
  phases,
  memoryBytes,
  failure,
}: BenchReport): string {
  const rows = [
    ['PHASE', 'NS/CALL', 'P50', 'P99', 'FUEL/CALL', 'CALLS'],
    ...phases.map((each) => [
      each.phase,
      ...[each.nsPerCall, each.nsP50, each.nsP99, each.fuelPerCall].map((value) => value.toFixed(0)),
      String(each.calls),
    ]),
  ]
  const widths =
    rows[0]?.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
  return [
    `${plugin} (${kind}, ${size(bytes)}) on: ${sample}`,
    ...(phases.length === 0 ? [] : lines.map((line) => `  ${line}`)),
    `  memory ${size(memoryBytes)}, with the instance in reserve`,
    ...(failure === null ? [] : [`  it failed: ${failure}`]),
    '',
  ].join('\n')
}

function size(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`
  return bytes < KIB * KIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`
}
