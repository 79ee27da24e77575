/**
 * Endpoints: the table of the admin API. Each has a path, a sentence, and what it does for the methods it takes:
 * reading with GET and HEAD, changing with POST.
 */
import { isLogLevel, logLevels } from '../base/log.ts'
import { type Answer, json, problem } from './answer.ts'
import { mergeClusters, mergeListeners } from './merge.ts'
import { pluginLogs } from './plugin-logs.ts'
import { disablePlugin, enablePlugin, pluginList, reloadPlugins } from './plugins.ts'
import { prometheusContentType, prometheusText } from './prometheus.ts'
import type { AdminSource, WorkerReport } from './source.ts'

/** How long a worker may take to say what it does. */
const REPORT_MS = 1_000

/** `body` is the request's, at most a kilobyte; `name` what stands in its path for the endpoint's `NAME`. */
type Handler = (source: AdminSource, body: string, name: string) => Answer | Promise<Answer>

export interface Endpoint {
  readonly path: string
  readonly about: string
  readonly read: Handler | undefined
  readonly change: Handler | undefined
}

export const endpoints: readonly Endpoint[] = [
  endpoint('/', 'What there is.', { read: () => json(200, { endpoints: listed() }) }),
  endpoint('/metrics', 'All metrics in the text format of Prometheus.', { read: metrics }),
  endpoint('/healthz', '200 while the process is up.', { read: () => json(200, { status: 'ok' }) }),
  endpoint('/readyz', '200 while calls are taken, 503 while starting and draining.', { read: readiness }),
  endpoint('/listeners', 'Listeners with their connections, over all workers.', { read: listeners }),
  endpoint('/clusters', 'Clusters and their endpoints with health and figures, over all workers.', {
    read: clusters,
  }),
  endpoint('/config', 'Which configuration runs, and how the last reload went.', { read: config }),
  endpoint('/reload', 'Read the configuration file anew and make it live.', { change: reload }),
  endpoint(
    '/plugins',
    'Plugins of the folder: which version serves where, and what is wrong with the newest.',
    {
      read: pluginList,
    },
  ),
  endpoint(
    '/plugins/reload',
    'Read the folder anew and try again what was refused; the body may name a plugin.',
    {
      change: reloadPlugins,
    },
  ),
  endpoint('/plugins/disable', 'Let everything pass the plugin that the body names.', {
    change: disablePlugin,
  }),
  endpoint('/plugins/enable', 'Take the plugin that the body names back into use.', { change: enablePlugin }),
  endpoint('/plugins/NAME/logs', 'What a plugin said lately, and why its calls failed.', {
    read: pluginLogs,
  }),
  endpoint(
    '/recordings',
    'Begin to record a listener; the body says which, what is taken out, and how much.',
    {
      change: async (source, body) => (await recordings()).startRecording(source, body),
    },
  ),
  endpoint('/recordings/fetch', 'What was recorded since the last time; the body names the recording.', {
    change: async (source, body) => (await recordings()).fetchRecords(source, body),
  }),
  endpoint('/drain', 'Take no more connections, finish what is in flight, stop.', { change: drain }),
  endpoint('/log-level', `The least that is logged: ${logLevels.join(', ')}.`, {
    read: logLevel,
    change: setLogLevel,
  }),
]

/** The endpoint of a path, and the name in it where the endpoint has one. */
export function endpointAt(path: string): { readonly endpoint: Endpoint; readonly name: string } | undefined {
  const plain = endpoints.find((each) => each.path === path)
  if (plain !== undefined) return { endpoint: plain, name: '' }
  for (const endpoint of endpoints) {
    const [before = '', after] = endpoint.path.split('NAME')
    const name = path.slice(before.length, path.length - (after?.length ?? 0))
    if (after !== undefined && name !== '' && !name.includes('/') && path === before + name + after) {
      return { endpoint, name }
    }
  }
  return undefined
}

/** Loaded when somebody records, because checking what is asked for takes more modules than all the rest. */
function recordings() {
  return import('./recordings.ts')
}

function endpoint(path: string, about: string, on: { read?: Handler; change?: Handler }): Endpoint {
  return { path, about, read: on.read, change: on.change }
}

function listed() {
  return endpoints.map(({ path, about, ...endpoint }) => ({ path, methods: methodsOf(endpoint), about }))
}

/** What the `Allow` header says. */
export function methodsOf(endpoint: Pick<Endpoint, 'read' | 'change'>): readonly string[] {
  return [
    ...(endpoint.read === undefined ? [] : ['GET', 'HEAD']),
    ...(endpoint.change === undefined ? [] : ['POST']),
  ]
}

function metrics(source: AdminSource): Answer {
  const own = prometheusText(source.metrics(), 'weir_')
  const body = own + prometheusText(source.processMetrics(), 'process_')
  return { status: 200, contentType: prometheusContentType, body }
}

function readiness(source: AdminSource): Answer {
  return json(source.phase === 'serving' ? 200 : 503, { status: source.phase })
}

async function listeners(source: AdminSource): Promise<Answer> {
  const reports = await source.reports(REPORT_MS)
  return json(200, { listeners: mergeListeners(reports), workers: answers(reports) })
}

async function clusters(source: AdminSource): Promise<Answer> {
  const reports = await source.reports(REPORT_MS)
  return json(200, { clusters: mergeClusters(reports), workers: answers(reports) })
}

/** Which workers the figures are from; one that hangs is named here and missing there. */
function answers(reports: readonly WorkerReport[]) {
  return reports.map(({ worker, state, report, problem }) => ({
    worker,
    state,
    answered: report !== undefined,
    version: report?.version ?? null,
    problem: problem ?? null,
  }))
}

function config(source: AdminSource): Answer {
  const { loadedAtMs, lastAttempt, ...status } = source.config()
  const { atMs, ...attempt } = lastAttempt
  return json(200, {
    ...status,
    loadedAt: time(loadedAtMs),
    lastAttempt: { at: time(atMs), ...attempt },
  })
}

async function reload(source: AdminSource): Promise<Answer> {
  if (source.phase !== 'serving') return problem(503, 'not_serving', `the proxy is ${source.phase}`)
  const outcome = await source.reload()
  return json(outcome.ok ? 200 : 422, outcome)
}

function drain(source: AdminSource): Answer {
  source.drain()
  return json(202, { status: source.phase })
}

function logLevel(source: AdminSource): Answer {
  return json(200, { level: source.logLevel })
}

/** The body is the level's name, alone or as JSON: `{"level":"debug"}`. */
function setLogLevel(source: AdminSource, body: string): Answer {
  const level = levelIn(body)
  if (!isLogLevel(level)) return problem(400, 'bad_level', `send one of ${logLevels.join(', ')}`)
  source.setLogLevel(level)
  return logLevel(source)
}

function levelIn(body: string): unknown {
  const text = body.trim()
  if (!text.startsWith('{')) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'level' in value ? value.level : undefined
  } catch {
    return undefined
  }
}

function time(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString()
}
