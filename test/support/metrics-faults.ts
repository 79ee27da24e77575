/**
 * MetricsFaults: what is wrong with a text of metrics: lines that are none of Prometheus's text format, samples that do
 * not belong to the family above them, families that come twice, and those that no README speaks of.
 */
import { globSync, readFileSync } from 'node:fs'

const NAME = '[a-z][a-z0-9_]*'
const HELP = new RegExp(`^# HELP (${NAME}) \\S.*$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`)
const LABEL = `${NAME}="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{${LABEL}(?:,${LABEL})*\\})? (?:-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)$`,
)

export function metricsFaults(text: string): readonly string[] {
  const readmes = globSync('{core,plugins}/**/README.md').map((file) => readFileSync(file, 'utf8'))
  const faults: string[] = []
  const families = new Set<string>()
  let family = ''
  let kind = ''
  for (const line of text.trimEnd().split('\n')) {
    const help = HELP.exec(line)?.[1]
    const [, typed, type] = TYPE.exec(line) ?? []
    const sample = SAMPLE.exec(line)?.[1]
    if (help !== undefined) {
      if (families.has(help)) faults.push(`twice: ${help}`)
      if (!readmes.some((readme) => new RegExp(`\`${help}[\`{]`).test(readme)))
        faults.push(`in no README: ${help}`)
      families.add(help)
      family = help
    } else if (typed === family && type !== undefined) kind = type
    else if (sample === undefined || !belongs(sample, family, kind)) faults.push(`stray: ${line}`)
  }
  return faults
}

function belongs(sample: string, family: string, kind: string): boolean {
  if (kind === 'counter' && !family.endsWith('_total')) return false
  if (kind !== 'histogram') return sample === family
  return ['_bucket', '_sum', '_count'].some((end) => sample === `${family}${end}`)
}
