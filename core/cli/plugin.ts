/** `weir plugin`: what runs in the plugin folder of a weir that runs, asked and told through its admin API. */

import { hint } from '../../sdk/nearest.ts'
import type { Call, Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import type { AdminAnswer, CliHost } from './host.ts'
import { pluginTable } from './plugin-table.ts'
import { DEFAULT_FILE } from './validate.ts'

const VERBS = ['list', 'reload', 'disable', 'enable'] as const
type Verb = (typeof VERBS)[number]

export const pluginCommand: Command = {
  name: 'plugin',
  about: 'show the plugins of a weir that runs, and switch them',
  usage: 'plugin list|reload|disable|enable [NAME] [-c FILE | --admin ADDRESS] [--json]',
  options: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      about: `the configuration that it runs with; default ${DEFAULT_FILE}`,
    },
    admin: { type: 'string', value: 'ADDRESS', about: "its admin API; default: the configuration's" },
    json: { type: 'boolean', about: 'print what the admin API answers' },
  },
  argument: 'VERB [NAME]',
  examples: [
    ['weir plugin list', 'which version serves where, and what is wrong with the newest'],
    ['weir plugin reload', 'read the folder anew, and try again what was refused'],
    ['weir plugin disable tag', 'let everything pass the plugin until it is enabled, or weir starts anew'],
    ['weir plugin enable tag', 'take it back into use'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [verb = '', name, ...more] = call.arguments
  const mistake = mistakeOf(verb, name, more)
  if (mistake !== undefined || !isVerb(verb)) {
    host.err(`weir plugin: ${mistake ?? 'say what to do'}\nTry: weir plugin --help\n`)
    return exitCodes.usage.code
  }
  const admin = call.text('admin') ?? (await adminOf(call.text('config') ?? DEFAULT_FILE, host))
  if (admin === undefined) return exitCodes.invalid.code
  const answer =
    verb === 'list'
      ? await host.askAdmin(admin, 'GET', '/plugins')
      : await host.askAdmin(admin, 'POST', `/plugins/${verb}`, name)
  return call.flag('json') === true ? printJson(answer, host) : print(verb, answer, host)
}

function mistakeOf(verb: string, name: string | undefined, more: readonly string[]): string | undefined {
  if (verb === '') return `say what to do: ${VERBS.join(', ')}`
  if (!isVerb(verb)) return `there is no "plugin ${verb}"${hint(verb, VERBS)}`
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  if (verb === 'list' && name !== undefined) return `unexpected argument "${name}"`
  return (verb === 'disable' || verb === 'enable') && name === undefined
    ? `${verb} needs the name of a plugin`
    : undefined
}

/** The address in the file; its problems are printed when it cannot be read. */
async function adminOf(file: string, host: CliHost): Promise<string | undefined> {
  const read = await host.readFile(file)
  const [{ loadConfig }, { problemText }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/problem.ts'),
  ])
  if (read.kind === 'problem') {
    host.err(`weir plugin: ${file}: ${read.text}; give the address with --admin\n`)
    return undefined
  }
  const { config, problems } = loadConfig(read.text, file)
  for (const problem of problems) host.err(`${problemText(problem)}\n`)
  return config?.admin.address
}

function print(verb: Verb, { status, body }: AdminAnswer, host: CliHost): number {
  if (verb === 'list' && status === 200) {
    host.out(pluginTable(body))
    return exitCodes.ok.code
  }
  const lines = linesOf(body)
  for (const line of lines) host.err(`${line}\n`)
  if (status !== 200 && lines.length === 0) host.err(`the admin API answered with status ${status}\n`)
  return status === 200 ? exitCodes.ok.code : exitCodes.failed.code
}

function printJson({ status, body }: AdminAnswer, host: CliHost): number {
  host.out(`${JSON.stringify(body, undefined, 2)}\n`)
  return status === 200 ? exitCodes.ok.code : exitCodes.failed.code
}

/** What is wrong, in the words of the admin API. */
function linesOf(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null) return []
  if ('message' in body) return [String(body.message)]
  return 'problems' in body && Array.isArray(body.problems) ? body.problems.map(String) : []
}

function isVerb(text: string): text is Verb {
  return VERBS.some((verb) => verb === text)
}
