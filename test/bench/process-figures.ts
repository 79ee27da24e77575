/** Figures of another process as Linux gives them: CPU time over all its threads, and resident memory. */
import { readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second on every architecture we run on. */
const TICK_MICROS = 10_000
const PAGE_BYTES = 4096

/** User and system time of all threads, in microseconds; 0 without a process. */
export function cpuMicros(pid: number | undefined): number {
  if (pid === undefined) return 0
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name, in brackets, may hold spaces; utime and stime are the 12th and 13th field behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS
}

/** Resident bytes; 0 without a process. */
export function residentBytes(pid: number | undefined): number {
  if (pid === undefined) return 0
  return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES
}

/** How many files this process may open. */
export function openFilesMax(): number {
  const line = readFileSync('/proc/self/limits', 'latin1').match(/^Max open files\s+(\S+)/m)?.[1]
  return line === undefined || line === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line)
}
