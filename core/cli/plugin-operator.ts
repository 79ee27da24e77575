/** What operators ask and tell the plugins of a weir that runs, through its admin API. */
import { adminAddress, adminOptions } from './admin-address.ts'
import type { Call, Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import type { AdminAnswer, CliHost } from './host.ts'
import { pluginLogsCommand } from './plugin-logs.ts'
import { pluginTable } from './plugin-table.ts'
import { WrongUsage } from './wrong-usage.ts'

type Verb = 'list' | 'reload' | 'disable' | 'enable'

const json = { type: 'boolean', about: 'print what the admin API answers' } as const
const list = verb('list', 'show the plugins of a weir that runs', [
  ['weir plugin list', 'which version serves where, and what is wrong with the newest'],
  ['weir plugin list --json', 'the same for programs, with everything that is known'],
])
const reload = verb('reload', 'read the folder of plugins anew', [
  ['weir plugin reload', 'and try again what was refused'],
  ['weir plugin reload tag', 'one of them'],
])
const disable = verb('disable', 'let everything pass a plugin', [
  ['weir plugin disable tag', 'until it is enabled, or weir starts anew'],
])
const enable = verb('enable', 'take a plugin back into use', [
  ['weir plugin enable tag', 'its calls go through it again'],
])

export const operatorCommands: readonly Command[] = [list, pluginLogsCommand, reload, disable, enable]

function verb(name: Verb, about: string, examples: Command['examples']): Command {
  const argument = name === 'list' ? '' : name === 'reload' ? ' [NAME]' : ' NAME'
  return {
    name: `plugin ${name}`,
    about,
    usage: `plugin ${name}${argument} [-c FILE | --admin ADDRESS] [--json]`,
    options: { ...adminOptions, json },
    ...(argument === '' ? {} : { argument: 'NAME' }),
    examples,
    run: (call, host) => run(name, call, host),
  }
}

async function run(verb: Verb, call: Call, host: CliHost): Promise<number> {
  const [name, ...more] = call.arguments
  const mistake = mistakeOf(verb, name, more)
  if (mistake !== undefined) throw new WrongUsage(mistake)
  const admin = await adminAddress(call, host)
  if (admin === undefined) return exitCodes.invalid.code
  const answer =
    verb === 'list'
      ? await host.askAdmin(admin, 'GET', '/plugins')
      : await host.askAdmin(admin, 'POST', `/plugins/${verb}`, name)
  return call.flag('json') === true ? printJson(answer, host) : print(verb, name, answer, host)
}

function mistakeOf(verb: Verb, name: string | undefined, more: readonly string[]): string | undefined {
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  const needed = verb === 'disable' || verb === 'enable'
  return needed && name === undefined ? `${verb} needs the name of a plugin` : undefined
}

function print(verb: Verb, name: string | undefined, { status, body }: AdminAnswer, host: CliHost): number {
  if (verb === 'list' && status === 200) {
    host.out(pluginTable(body, host.columns))
    return exitCodes.ok.code
  }
  const lines = linesOf(body)
  for (const line of lines) host.err(`${line}\n`)
  if (status === 200 && lines.length === 0) host.err(`${doneText(verb, name, host.program)}\n`)
  if (status !== 200 && lines.length === 0) host.err(`the admin API answered with status ${status}\n`)
  return status === 200 ? exitCodes.ok.code : exitCodes.failed.code
}

function doneText(verb: Verb, name: string | undefined, program: string): string {
  if (verb === 'disable')
    return `no call goes through "${name}" until "${program} plugin enable ${name}", or the next start`
  if (verb === 'enable') return `calls go through "${name}" again`
  return name === undefined ? 'the folder was read anew' : `"${name}" was read anew`
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
