/** `weir dev`: runs weir and shows what plugins do with each call, while their sources are edited. */
import { isLogLevel, logLevels } from '../../base/log.ts'
import type { Call, Command } from '../command.ts'
import type { CliHost } from '../host.ts'
import { DEFAULT_FILE } from '../validate.ts'
import { WrongUsage } from '../wrong-usage.ts'

const CALLS_DEFAULT = 20
const CALLS_MAX = 10_000

export const devCommand: Command = {
  name: 'dev',
  about: 'run the proxy and show what plugins do with each call, while you edit them',
  usage: 'dev [-c FILE] [--plugin DIR]... [--demo] [--calls N] [--json]',
  options: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      about: `the configuration; default ${DEFAULT_FILE}, and with --demo none is needed`,
    },
    plugin: {
      type: 'string',
      short: 'p',
      value: 'DIR',
      multiple: true,
      about: 'a plugin that is built at once and with every change, and put into the plugin folder meanwhile',
    },
    demo: { type: 'boolean', about: 'start a demo service and callers beside the proxy' },
    calls: {
      type: 'string',
      value: 'N',
      about: `calls shown of each worker in a second; default ${CALLS_DEFAULT}`,
    },
    'log-level': { type: 'string', value: 'LEVEL', about: `${logLevels.join(', ')}; default: the file's` },
    json: { type: 'boolean', about: 'print a JSON document for each thing that happens' },
  },
  examples: [
    ['weir dev --demo --plugin tag', 'the plugin in tag/ on the calls of the demo; needs nothing else'],
    ['weir dev -c weir.yaml', 'the plugins of the configured folder on your own traffic'],
    ['weir dev --plugin tag --calls 100 --json', 'more calls, for programs'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const calls = call.text('calls') ?? String(CALLS_DEFAULT)
  const logLevel = call.text('log-level')
  const mistakes = [
    ...(countOf(calls) === 0 ? [`--calls needs a number from 1 to ${CALLS_MAX}, not "${calls}"`] : []),
    ...(logLevel === undefined || isLogLevel(logLevel) ? [] : [`unknown log level "${logLevel}"`]),
  ]
  if (mistakes.length > 0) throw new WrongUsage(...mistakes)
  const { runDev } = await import('./dev-run.ts')
  return await runDev(
    {
      config: call.text('config'),
      plugins: call.texts('plugin'),
      demo: call.flag('demo') === true,
      callsPerSecond: countOf(calls),
      logLevel,
      json: call.flag('json') === true,
    },
    host,
  )
}

function countOf(text: string): number {
  const count = /^[0-9]+$/.test(text) ? Number(text) : 0
  return count <= CALLS_MAX ? count : 0
}
