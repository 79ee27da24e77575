/**
 * Cli: finds the command that is meant and runs it. It owns no output, no process and no exit. `weir run` is found
 * without loading what only other commands need, which would stay in the memory of the proxy.
 */
import { hint } from '../../sdk/nearest.ts'
import { errorText } from '../base/error-text.ts'
import type { Call, Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { commandHelp, overview } from './help.ts'
import type { CliHost } from './host.ts'
import { parse } from './parse.ts'
import { runCommand } from './run.ts'
import { WrongUsage } from './wrong-usage.ts'

/** Runs one command line, without the names of the program; answers the exit code. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  const [first, ...rest] = args
  if (first === runCommand.name) return call(runCommand, rest, host)
  const { commands } = await import('./commands.ts')
  if (first === undefined) {
    host.err(overview(commands))
    return exitCodes.usage.code
  }
  if (first === '--help' || first === '-h') return help(commands, [], host)
  if (first === '--version' || first === '-v' || first === '-V') return runCli(['version', ...rest], host)
  if (first === 'help') return help(commands, rest, host)
  const command = find(commands, first)
  return command === undefined ? unknownCommand(commands, first, host) : call(command, rest, host)
}

async function call(command: Command, args: readonly string[], host: CliHost): Promise<number> {
  if (command.commands !== undefined) return callVerb(command, command.commands, args, host)
  const parsed = parse(command, args)
  switch (parsed.kind) {
    case 'help':
      host.out(commandHelp(command))
      return exitCodes.ok.code
    case 'mistakes':
      return usage(command, parsed.mistakes, host)
    case 'call':
      return run(command, parsed.call, host)
  }
}

/** The verb stands first, or behind options. */
function callVerb(
  command: Command,
  verbs: readonly Command[],
  args: readonly string[],
  host: CliHost,
): number | Promise<number> {
  const names = verbs.map(verbOf)
  const at = args[0]?.startsWith('-') === false ? 0 : args.findIndex((arg) => names.includes(arg))
  const verb = verbs[names.indexOf(args[at] ?? '')]
  if (verb !== undefined) return call(verb, args.toSpliced(at, 1), host)
  if (args.includes('--help') || args.includes('-h')) {
    host.out(commandHelp(command))
    return exitCodes.ok.code
  }
  const [wrong = ''] = args
  if (wrong === '') return usage(command, [`say what to do: ${names.join(', ')}`], host)
  return usage(command, [`there is no "${command.name} ${wrong}"${hint(wrong, names)}`], host)
}

function usage(command: Command, mistakes: readonly string[], host: CliHost): number {
  for (const mistake of mistakes) host.err(`weir ${command.name}: ${mistake}\n`)
  host.err(`Try: ${host.program} ${command.name} --help\n`)
  return exitCodes.usage.code
}

function verbOf({ name }: Command): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

async function run(command: Command, parsed: Call, host: CliHost): Promise<number> {
  try {
    return await command.run(parsed, host)
  } catch (error) {
    if (error instanceof WrongUsage) return usage(command, error.mistakes, host)
    host.err(`weir ${command.name}: ${errorText(error)}\n`)
    return exitCodes.failed.code
  }
}

function help(commands: readonly Command[], args: readonly string[], host: CliHost): number {
  const [name, verb] = args.filter((arg) => !arg.startsWith('-'))
  const command = name === undefined ? undefined : find(commands, name)
  if (name !== undefined && command === undefined) return unknownCommand(commands, name, host)
  const below = command?.commands?.find((each) => verbOf(each) === verb)
  host.out(command === undefined ? overview(commands) : commandHelp(below ?? command))
  return exitCodes.ok.code
}

function find(commands: readonly Command[], name: string): Command | undefined {
  return commands.find((command) => command.name === name)
}

function unknownCommand(commands: readonly Command[], name: string, host: CliHost): number {
  const what = name.startsWith('-') ? 'option' : 'command'
  const names = [...commands.map((command) => command.name), 'help']
  host.err(`weir: unknown ${what} "${name}"${hint(name, names)}\nTry: ${host.program} --help\n`)
  return exitCodes.usage.code
}
