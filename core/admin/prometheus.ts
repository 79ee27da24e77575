/**
 * Prometheus: readings as text in the exposition format 0.0.4. It is written here and not by a library, because
 * the ones there are count themselves: none takes a histogram whose buckets were counted in other threads.
 */
import { AMOUNT_SUM_AT, amountBounds } from '../base/shared/amounts.ts'
import { histogramBoundsMs, SUM_AT } from '../base/shared/histogram.ts'
import type { FamilyReading, SeriesReading } from '../base/shared/metrics.ts'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

const SECOND_MS = 1_000
/** As texts, and with the bucket that holds everything. */
const DURATIONS = {
  bounds: [...histogramBoundsMs.map((bound) => String(bound / SECOND_MS)), '+Inf'],
  sumAt: SUM_AT,
  unit: SECOND_MS,
}
const AMOUNTS = { bounds: [...amountBounds.map(String), '+Inf'], sumAt: AMOUNT_SUM_AT, unit: 1 }

/** All metrics, in the order in which they were declared; one that was declared twice stands together. Names get the prefix. */
export function prometheusText(families: readonly FamilyReading[], prefix: string): string {
  const byName = new Map<string, FamilyReading[]>()
  for (const family of families) byName.set(family.name, [...(byName.get(family.name) ?? []), family])
  return [...byName.values()].map((family) => metricText(family, prefix)).join('')
}

function metricText(families: readonly FamilyReading[], prefix: string): string {
  const [first] = families
  if (first === undefined) return ''
  const name = `${prefix}${first.name}`
  const lines = families.flatMap((family) =>
    family.series.flatMap((series) => seriesLines(name, family, series)),
  )
  return `# HELP ${name} ${escapeHelp(first.about)}\n# TYPE ${name} ${first.kind === 'amounts' ? 'histogram' : first.kind}\n${lines.join('')}`
}

function seriesLines(name: string, family: FamilyReading, series: SeriesReading): readonly string[] {
  const labels = family.labels.map((label, i) => `${label}="${escapeLabel(series.labels[i] ?? '')}"`)
  if (family.kind === 'histogram') return histogramLines(name, labels, series.cells, DURATIONS)
  if (family.kind === 'amounts') return histogramLines(name, labels, series.cells, AMOUNTS)
  return [line(name, labels, series.cells[0] ?? 0)]
}

/** Buckets are counted each for itself and told as what is up to them. */
function histogramLines(
  name: string,
  labels: readonly string[],
  cells: readonly number[],
  { bounds, sumAt, unit }: typeof DURATIONS,
): readonly string[] {
  let count = 0
  const buckets = bounds.map((bound, i) => {
    count += cells[i] ?? 0
    return line(`${name}_bucket`, [...labels, `le="${bound}"`], count)
  })
  const sum = (cells[sumAt] ?? 0) / unit
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count)]
}

function line(name: string, labels: readonly string[], value: number): string {
  return labels.length === 0 ? `${name} ${value}\n` : `${name}{${labels.join(',')}} ${value}\n`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
