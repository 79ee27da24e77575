/** FormatReport: a report for the author: what is wrong, where in the bytes, and what to do about it. */
import { hexDump } from '../../hex-dump.ts'
import type { CodecReport } from './codec-report.ts'
import type { Finding } from './finding.ts'

const SHOWN_MAX = 20
const SHOWN_BYTES_MAX = 64
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

export interface FormatOptions {
  readonly coloured?: boolean
  /** How many findings are shown; the others are counted. */
  readonly findingsMax?: number
}

export function formatReport(report: CodecReport, options: FormatOptions = {}): string {
  const { codec, findings, checks, vectors, skipped } = report
  const trials = checks.reduce((sum, check) => sum + check.trials, 0)
  const shown = findings.slice(0, options.findingsMax ?? SHOWN_MAX)
  const hidden = findings.length - shown.length
  const verdict =
    findings.length === 0
      ? 'nothing is wrong'
      : `${findings.length} ${findings.length === 1 ? 'thing is' : 'things are'} wrong`
  return [
    ...shown.map((finding) => findingText(finding, options.coloured === true)),
    ...(hidden > 0 ? [`… and ${hidden} more\n`] : []),
    ...skipped.map((text) => `not checked: ${text}`),
    `${codec}: ${verdict}; ${vectors} vectors, ${trials} trials`,
    '',
  ].join('\n')
}

function findingText(finding: Finding, coloured: boolean): string {
  const { code, vector, offset, text, fix, bytes, marks, count } = finding
  const where = [vector === '' ? '' : `"${vector}"`, offset < 0 ? '' : `byte ${offset}`].filter(
    (part) => part !== '',
  )
  const head = coloured ? `${RED}${code}${PLAIN}` : code
  const times = count > 1 ? ` (${count} times)` : ''
  const dump = hexDump(bytes, { ranges: marks, coloured, indent: '    ', bytesMax: windowOf(marks) })
  return [
    `${[head, ...where].join(', ')}${times}`,
    `  ${text}.`,
    `  To do: ${fix}`,
    ...(bytes.length === 0 ? [] : [dump]),
    '',
  ].join('\n')
}

/** So much that what is marked is seen. */
function windowOf(marks: Finding['marks']): number {
  const [first] = marks
  return first === undefined
    ? SHOWN_BYTES_MAX
    : Math.max(SHOWN_BYTES_MAX, first.at + Math.min(first.size, SHOWN_BYTES_MAX))
}
