/** `weir run`: the proxy itself. The file is checked here first, so that a mistake is shown before anything starts. */
import { relative } from 'node:path'
import { hint } from '../../sdk/nearest.ts'
import { isLogLevel, logLevels } from '../base/log.ts'
import type { ConfigFacts } from '../worker/config-facts.ts'
import type { Call, Command } from './command.ts'
import { demo } from './demo.ts'
import { exitCodes } from './exit-codes.ts'
import type { CliHost } from './host.ts'
import { pluginsDirOf, pluginsOption } from './plugins-dir.ts'
import { reportProblems } from './report.ts'
import { DEFAULT_FILE } from './validate.ts'
import { WrongUsage } from './wrong-usage.ts'

const WORKERS_MAX = 256

export const runCommand: Command = {
  name: 'run',
  about: 'run the proxy',
  usage:
    'run [-c] [FILE] [--plugins DIR] [--workers N] [--log-level LEVEL] [--no-watch] [--take-over] [--demo]',
  options: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      about: `the configuration; default ${DEFAULT_FILE}`,
    },
    plugins: pluginsOption,
    workers: {
      type: 'string',
      value: 'N',
      about: 'threads that carry traffic; default: the file, else the cores',
    },
    'log-level': { type: 'string', value: 'LEVEL', about: `${logLevels.join(', ')}; default: the file's` },
    watch: {
      type: 'boolean',
      negatable: true,
      about: 'take over changes of the file; on by default, SIGHUP works always',
    },
    'take-over': {
      type: 'boolean',
      about: 'share the addresses of listeners with a weir that runs and is to be stopped then',
    },
    demo: { type: 'boolean', about: 'start a demo service and callers beside the proxy' },
  },
  argument: 'FILE',
  examples: [
    ['weir run weir.yaml', 'run, and take over every valid change of the file; -c weir.yaml is the same'],
    ['weir run --workers 2 --log-level debug', 'two threads, and tell more'],
    ['weir run --demo', 'with a demo service behind it, calling all the time'],
    ['kill -TERM PID', 'finish what is in flight, then stop; HUP reloads, USR1 opens log files anew'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const workers = call.text('workers')
  const logLevel = call.text('log-level')
  const files = [...call.texts('config'), ...call.arguments]
  const mistakes = [...workersMistake(workers), ...levelMistake(logLevel), ...filesMistake(files)]
  if (mistakes.length > 0) throw new WrongUsage(...mistakes)
  const [named] = files
  const configFile = named ?? DEFAULT_FILE
  const pluginsDir = pluginsDirOf(call)
  const inspected = await host.inspect(configFile, pluginsDir)
  if (inspected.kind === 'invalid') {
    reportProblems(inspected.problems, inspected.text, host)
    if (named === undefined && inspected.text === '')
      host.err(`${host.program} run FILE names another; ${host.program} dev --demo needs none\n`)
    return exitCodes.invalid.code
  }
  host.startAnew()
  const { text, facts } = inspected
  const stopDemo = call.flag('demo') === true ? startDemo(configFile, facts, host) : undefined
  try {
    return await host.supervise({
      configFile,
      text,
      facts,
      pluginsDir,
      workers: workers === undefined ? undefined : Number(workers),
      logLevel,
      watch: call.flag('watch') ?? true,
      takeOver: call.flag('take-over') ?? false,
    })
  } finally {
    await stopDemo?.()
  }
}

/** The demo calls the first listener of the file that is run. */
function startDemo(configFile: string, facts: ConfigFacts, host: CliHost): () => Promise<void> {
  const listener = facts.listeners[0]?.address ?? ''
  const admin = `http://${facts.adminAddress}`
  const folder = facts.plugins === undefined ? [] : ['--plugins', relative('', facts.plugins.dir)]
  return host.startBeside(demo, ['--listener', listener, '--config', configFile, '--admin', admin, ...folder])
}

function filesMistake(files: readonly string[]): readonly string[] {
  return files.length > 1 ? [`one configuration is run, not ${files.length}: ${files.join(' ')}`] : []
}

function workersMistake(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const count = /^[0-9]+$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= WORKERS_MAX) return []
  return [`--workers needs a number from 1 to ${WORKERS_MAX}, not "${text}"`]
}

function levelMistake(text: string | undefined): readonly string[] {
  if (text === undefined || isLogLevel(text)) return []
  return [`unknown log level "${text}"${hint(text, logLevels)}`]
}
