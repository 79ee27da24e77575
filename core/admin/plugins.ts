/** Plugins: what the admin API says about plugins of the folder, and what it lets an operator do with them. */
import { hint } from '../../sdk/nearest.ts'
import { type Answer, json, problem } from './answer.ts'
import type { AdminSource, PluginStatus, WorkerReport } from './source.ts'

const NOT_SERVING = 503
/** How long a worker may take to say what failed there. */
const REPORT_MS = 1_000

type Failure = NonNullable<NonNullable<WorkerReport['report']>['failures']>[number]

export async function pluginList(source: AdminSource): Promise<Answer> {
  const reports = await source.reports(REPORT_MS)
  const failures = reports.flatMap(({ report }) => report?.failures ?? [])
  return json(200, { plugins: source.plugins().map((plugin) => shown(plugin, failures)) })
}

/** The body is a name, alone or as `{"name":"tag"}`, or empty for all. */
export async function reloadPlugins(source: AdminSource, body: string): Promise<Answer> {
  if (source.phase !== 'serving') return notServing(source)
  const name = nameIn(body)
  // Whoever meant one plugin does not want all of them.
  if (name === undefined) return unnamed()
  if (name !== '' && !source.plugins().some((plugin) => plugin.name === name)) {
    // It may have been dropped into the folder a moment ago.
    await source.reloadPlugins(undefined)
    if (!source.plugins().some((plugin) => plugin.name === name)) return unknown(source, name)
  }
  const problems = await source.reloadPlugins(name === '' ? undefined : name)
  return json(problems.length === 0 ? 200 : 422, { ok: problems.length === 0, problems })
}

export function disablePlugin(source: AdminSource, body: string): Promise<Answer> {
  return switchPlugin(source, nameIn(body), true)
}

export function enablePlugin(source: AdminSource, body: string): Promise<Answer> {
  return switchPlugin(source, nameIn(body), false)
}

async function switchPlugin(
  source: AdminSource,
  name: string | undefined,
  disabled: boolean,
): Promise<Answer> {
  if (source.phase !== 'serving') return notServing(source)
  if (name === undefined || name === '') return unnamed()
  const problems = await source.disablePlugin(name, disabled)
  if (problems === undefined) return unknown(source, name)
  return json(problems.length === 0 ? 200 : 422, { ok: problems.length === 0, problems })
}

function unnamed(): Answer {
  return problem(400, 'bad_name', 'send the name of a plugin')
}

function unknown(source: AdminSource, name: string): Answer {
  const names = source.plugins().map((plugin) => plugin.name)
  return problem(404, 'unknown_plugin', `there is no plugin "${name}"${hint(name, names)}`)
}

function notServing(source: AdminSource): Answer {
  return problem(NOT_SERVING, 'not_serving', `the proxy is ${source.phase}`)
}

function shown({ loadedAtMs, error, ...status }: PluginStatus, failures: readonly Failure[]) {
  // What an earlier version did is no news of this one.
  const [failure] = failures
    .filter(({ plugin, hash }) => plugin === status.name && hash === status.hash)
    .sort((left, right) => right.atMs - left.atMs)
  return {
    ...status,
    loadedAt: loadedAtMs === 0 ? null : new Date(loadedAtMs).toISOString(),
    lastError:
      error === undefined
        ? null
        : { at: new Date(error.atMs).toISOString(), message: error.text, hash: error.hash },
    lastFailure:
      failure === undefined ? null : { at: new Date(failure.atMs).toISOString(), message: failure.text },
  }
}

/** Empty where nobody is named; `undefined` where nobody can say who is. */
function nameIn(body: string): string | undefined {
  const text = body.trim()
  if (!text.startsWith('{')) return text
  try {
    const value: unknown = JSON.parse(text)
    const named = typeof value === 'object' && value !== null && 'name' in value ? value.name : ''
    return typeof named === 'string' ? named : undefined
  } catch {
    return undefined
  }
}
