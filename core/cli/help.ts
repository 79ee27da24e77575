/** Help: what `weir` and its commands print about themselves. */
import type { Command, CommandOption } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { helpOption } from './parse.ts'

const INTRO = 'weir: a layer-7 proxy for RPC protocols, whose point is its plugins.'

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, about }): Row => [name, about])
  const examples = commands.flatMap(({ examples }) => examples.slice(0, 1))
  return [
    INTRO,
    '',
    'Usage: weir COMMAND [options]',
    '',
    'Commands:',
    table([...rows, ['help', 'explain a command: weir help run']]),
    '',
    'Examples:',
    table(examples),
    '',
    exitCodeTable(),
    '',
  ].join('\n')
}

export function commandHelp(command: Command): string {
  const { name, about, usage, examples, commands } = command
  const options = Object.entries({ ...command.options, help: helpOption }).map(optionRow)
  return [
    `weir ${name}: ${about}.`,
    '',
    `Usage: weir ${usage}`,
    '',
    ...(commands === undefined ? [] : ['Commands:', table(commands.map(commandRow)), '']),
    'Options:',
    table(options),
    '',
    'Examples:',
    table(examples),
    '',
    exitCodeTable(),
    '',
  ].join('\n')
}

function commandRow({ name, about }: Command): Row {
  return [name, about]
}

type Row = readonly [left: string, right: string]

function exitCodeTable(): string {
  const rows = Object.values(exitCodes).map(({ code, about }): Row => [String(code), about])
  return `Exit codes:\n${table(rows)}`
}

function optionRow([name, option]: [string, CommandOption]): Row {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  const long = option.negatable === true ? `--[no-]${name}` : `--${name}`
  return [`${short}${long}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`, option.about]
}

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`.trimEnd()).join('\n')
}
