/** PluginLogs: what a plugin said lately in all workers, in the order in which it did. */
import { hint } from '../../sdk/nearest.ts'
import { type Answer, json, problem } from './answer.ts'
import type { AdminSource } from './source.ts'

/** How long a worker may take to say what it kept. */
const REPORT_MS = 1_000

export async function pluginLogs(source: AdminSource, _body: string, name: string): Promise<Answer> {
  const names = source.plugins().map((plugin) => plugin.name)
  if (!names.includes(name)) {
    return problem(404, 'unknown_plugin', `there is no plugin "${name}"${hint(name, names)}`)
  }
  const reports = await source.reports(REPORT_MS, name)
  const lines = reports.flatMap(({ worker, report }) =>
    (report?.lines ?? []).map((line) => ({ worker, ...line })),
  )
  lines.sort((left, right) => left.atMs - right.atMs || left.number - right.number)
  return json(200, {
    plugin: name,
    lines: lines.map(({ atMs, ...line }) => ({ at: new Date(atMs).toISOString(), ...line })),
  })
}
