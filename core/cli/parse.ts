/** Parse: the arguments of a command against its options; every mistake is one sentence with the nearest name. */
import { parseArgs } from 'node:util'
import { hint } from '../../sdk/nearest.ts'
import { Call, type Command, type CommandOption } from './command.ts'

export type Parsed =
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] }

/** Every command understands it. */
export const helpOption: CommandOption = { type: 'boolean', short: 'h', about: 'show this help' }

export function parse(command: Command, args: readonly string[]): Parsed {
  const options: Options = { ...command.options, help: helpOption }
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<string, (string | boolean)[]>()
  const positionals: string[] = []
  const mistakes: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const read = readOption(token, options)
    if (typeof read === 'string') mistakes.push(read)
    else values.set(read.name, [...(values.get(read.name) ?? []), read.value])
  }
  if (values.has('help')) return { kind: 'help' }
  if (command.argument === undefined) mistakes.push(...positionals.map((value) => strayText(value, command)))
  for (const [name, given] of values) {
    if (given.length > 1 && options[name]?.type === 'string' && options[name]?.multiple !== true) {
      mistakes.push(`--${name} is given ${given.length} times`)
    }
  }
  return mistakes.length === 0
    ? { kind: 'call', call: new Call(values, positionals) }
    : { kind: 'mistakes', mistakes }
}

type Options = Readonly<Record<string, CommandOption>>

function parserOptions(options: Options) {
  const entries = Object.entries(options).map(([name, { type, short }]) => {
    return [name, short === undefined ? { type } : { type, short }] as const
  })
  return Object.fromEntries(entries)
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
}

function readOption(
  { name, rawName, value }: OptionToken,
  options: Options,
): { readonly name: string; readonly value: string | boolean } | string {
  const negated = name.startsWith('no-') ? name.slice('no-'.length) : undefined
  if (negated !== undefined && options[negated]?.negatable === true) {
    return value === undefined ? { name: negated, value: false } : `${rawName} takes no value`
  }
  const option = options[name]
  if (option === undefined) return `unknown option ${rawName}${hint(name, flagNames(options))}`
  if (option.type === 'boolean')
    return value === undefined ? { name, value: true } : `${rawName} takes no value`
  if (value === undefined || value === '')
    return `${rawName} needs a value: ${rawName} ${option.value ?? 'VALUE'}`
  return { name, value }
}

function flagNames(options: Options): readonly string[] {
  return Object.entries(options).flatMap(([name, { negatable }]) => {
    return negatable === true ? [`--${name}`, `--no-${name}`] : [`--${name}`]
  })
}

function strayText(value: string, command: Command): string {
  const file = 'config' in command.options ? `; a configuration is given as -c ${value}` : ''
  return `unexpected argument "${value}"${file}`
}
