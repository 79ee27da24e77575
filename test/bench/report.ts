/** Report: sections as text for people. */
import type { Row, Section } from './bench.ts'

export function sectionText(section: Section): string {
  const notes = section.notes.map((note) => `  note: ${note}\n`).join('')
  return `\n${section.title} (${section.name})\n\n${tableText(section.rows)}${notes}`
}

/** Words to the left, numbers to the right, a dash where there is no figure. */
function tableText(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => cellText(row[column]).length)),
  )
  const line = (cells: readonly string[], left: readonly boolean[]) =>
    `  ${cells.map((cell, i) => (left[i] ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')}\n`
  const words = columns.map((column) => typeof rows[0]?.[column] === 'string')
  const head = columns.length === 0 ? '' : line(columns, words)
  return (
    head +
    rows
      .map((row) =>
        line(
          columns.map((column) => cellText(row[column])),
          words,
        ),
      )
      .join('')
  )
}

function cellText(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '-' : String(value)
}
