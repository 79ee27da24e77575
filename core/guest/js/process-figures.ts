/** What the system says about another process: one that is stuck does not tell itself. Nothing where there is no `/proc`. */
import { readFileSync } from 'node:fs'

const PAGE_BYTES = 4_096
const NS_PER_MS = 1_000_000

/** Milliseconds of a processor that its first thread has had. */
export function processorMs(pid: number | undefined): number | undefined {
  const figure = read(`/proc/${pid}/schedstat`, 0)
  return figure === undefined ? undefined : figure / NS_PER_MS
}

export function residentBytes(pid: number | undefined): number {
  return (read(`/proc/${pid}/statm`, 1) ?? 0) * PAGE_BYTES
}

function read(file: string, place: number): number | undefined {
  try {
    const figure = Number(readFileSync(file, 'latin1').split(' ')[place])
    return Number.isFinite(figure) ? figure : undefined
  } catch {
    return undefined
  }
}
