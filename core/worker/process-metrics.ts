/** ProcessMetrics: figures that nobody counts, read from the system when somebody asks. */
import type { FamilyReading } from '../base/shared/metrics.ts'

const SECOND_MS = 1_000
const SECOND_MICROSECONDS = 1_000_000

/** What the system knows of the process, all threads together. */
export function processReadings(startedAtMs: number): FamilyReading[] {
  const { user, system } = process.cpuUsage()
  return [
    reading(
      'counter',
      'cpu_seconds_total',
      'CPU time of all threads.',
      (user + system) / SECOND_MICROSECONDS,
    ),
    reading('gauge', 'resident_memory_bytes', 'Memory that is resident.', process.memoryUsage.rss()),
    reading('gauge', 'start_time_seconds', 'When the process started.', startedAtMs / SECOND_MS),
  ]
}

/** How busy the workers' threads are; its rate is the share of a core that a worker uses. */
export function busyReading(busyMs: readonly number[]): FamilyReading {
  return {
    kind: 'counter',
    name: 'worker_busy_seconds_total',
    about: 'Time in which the thread of a worker was busy; begins anew with a replacement.',
    labels: ['worker'],
    series: busyMs.map((ms, worker) => ({ labels: [String(worker)], cells: [ms / SECOND_MS] })),
  }
}

function reading(kind: 'counter' | 'gauge', name: string, about: string, value: number): FamilyReading {
  return { kind, name, about, labels: [], series: [{ labels: [], cells: [value] }] }
}
