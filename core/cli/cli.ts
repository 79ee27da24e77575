/** Cli: finds the command that is meant and runs it. It owns no output, no process and no exit. */
import { hint } from '../../sdk/nearest.ts'
import type { Call, Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { commandHelp, overview } from './help.ts'
import type { CliHost } from './host.ts'
import { parse } from './parse.ts'
import { pluginCommand } from './plugin.ts'
import { runCommand } from './run.ts'
import { schemaCommand } from './schema.ts'
import { validateCommand } from './validate.ts'
import { versionCommand } from './version.ts'

const COMMANDS: readonly Command[] = [
  runCommand,
  validateCommand,
  pluginCommand,
  schemaCommand,
  versionCommand,
]

/** Runs one command line, without the names of the program; answers the exit code. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  const [first, ...rest] = args
  if (first === undefined) {
    host.err(overview(COMMANDS))
    return exitCodes.usage.code
  }
  if (first === '--help' || first === '-h') return help([], host)
  if (first === '--version' || first === '-v' || first === '-V') return runCli(['version', ...rest], host)
  if (first === 'help') return help(rest, host)
  const command = find(first)
  return command === undefined ? unknownCommand(first, host) : call(command, rest, host)
}

async function call(command: Command, args: readonly string[], host: CliHost): Promise<number> {
  const parsed = parse(command, args)
  switch (parsed.kind) {
    case 'help':
      host.out(commandHelp(command))
      return exitCodes.ok.code
    case 'mistakes':
      for (const mistake of parsed.mistakes) host.err(`weir ${command.name}: ${mistake}\n`)
      host.err(`Try: weir ${command.name} --help\n`)
      return exitCodes.usage.code
    case 'call':
      return run(command, parsed.call, host)
  }
}

async function run(command: Command, parsed: Call, host: CliHost): Promise<number> {
  try {
    return await command.run(parsed, host)
  } catch (error) {
    host.err(`weir ${command.name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return exitCodes.failed.code
  }
}

function help(args: readonly string[], host: CliHost): number {
  const name = args.find((arg) => !arg.startsWith('-'))
  const command = name === undefined ? undefined : find(name)
  if (name !== undefined && command === undefined) return unknownCommand(name, host)
  host.out(command === undefined ? overview(COMMANDS) : commandHelp(command))
  return exitCodes.ok.code
}

function find(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name)
}

function unknownCommand(name: string, host: CliHost): number {
  const what = name.startsWith('-') ? 'option' : 'command'
  const names = [...COMMANDS.map((command) => command.name), 'help']
  host.err(`weir: unknown ${what} "${name}"${hint(name, names)}\nTry: weir --help\n`)
  return exitCodes.usage.code
}
