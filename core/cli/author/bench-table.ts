/** BenchTable: what plugins cost, for people. */
import type { BenchReport } from './bench-run.ts'
import type { CodecBenchReport } from './codec-bench.ts'

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
  const rows = phases.map((each) => [
    each.phase,
    ...[each.nsPerCall, each.nsP50, each.nsP99, each.fuelPerCall].map((value) => value.toFixed(0)),
    String(each.calls),
  ])
  return [
    `${plugin} (${kind}, ${size(bytes)}) on: ${sample}`,
    ...table([['PHASE', 'NS/CALL', 'P50', 'P99', 'FUEL/CALL', 'CALLS'], ...rows]),
    `  memory ${size(memoryBytes)}, with the instance in reserve`,
    ...failed(failure),
    '',
  ].join('\n')
}

export function codecBenchTable({ codec, kind, frameBytes, phases, failure }: CodecBenchReport): string {
  const rows = phases.map((each) => [
    each.phase,
    ...[each.nsPerFrame, each.nsP50, each.nsP99].map((value) => value.toFixed(0)),
    each.megabytesPerSecond.toFixed(1),
    each.fuelPerFrame.toFixed(0),
    String(each.frames),
  ])
  return [
    `${codec} (codec, ${kind}), frames of ${frameBytes} bytes on average`,
    ...table([['PHASE', 'NS/FRAME', 'P50', 'P99', 'MB/S', 'FUEL/FRAME', 'FRAMES'], ...rows]),
    ...failed(failure),
    '',
  ].join('\n')
}

/** Nothing where there is nothing but titles. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length < 2) return []
  const widths = (rows[0] ?? []).map((_title, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => `  ${row.map(padded).join('  ')}`)
}

function failed(failure: string | null): readonly string[] {
  return failure === null ? [] : [`  it failed: ${failure}`]
}

function size(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`
  return bytes < KIB * KIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`
}
