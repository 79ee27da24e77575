/** `weir plugin new`: a folder with a plugin that works, its manifest and its test, to begin with. */
import { basename, join } from 'node:path'
import { hint } from '../../../sdk/nearest.ts'
import { namedFile } from '../../plugin/plugin-name.ts'
import type { Call, Command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { kitFile, type Language, languages } from './language.ts'

const KINDS = ['filter'] as const
const DEFAULT_LANGUAGE = 'lua'
const names = languages.map(({ name }) => name)

export const pluginNewCommand: Command = {
  name: 'plugin new',
  about: 'write a folder with a plugin and its test, to begin with',
  usage: `plugin new filter NAME [--lang ${names.join('|')}] [--dir DIR]`,
  options: {
    lang: {
      type: 'string',
      short: 'l',
      value: 'LANGUAGE',
      about: `${names.join(', ')}; default ${DEFAULT_LANGUAGE}`,
    },
    dir: { type: 'string', value: 'DIR', about: 'the folder to make; default: the name' },
  },
  argument: 'KIND NAME',
  examples: [
    ['weir plugin new filter tag', 'tag/ with a filter in Lua'],
    ['weir plugin new filter tag --lang lua --dir work/tag', 'the same elsewhere'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [kind = '', name = '', ...more] = call.arguments
  const wanted = call.text('lang') ?? DEFAULT_LANGUAGE
  const language = languages.find((each) => each.name === wanted)
  const mistake = mistakeOf(kind, name, more) ?? languageMistake(wanted) ?? (await takenName(name, host))
  if (mistake !== undefined || language === undefined) {
    host.err(`weir plugin new: ${mistake}\nTry: weir plugin new --help\n`)
    return exitCodes.usage.code
  }
  const dir = call.text('dir') ?? name
  const { writeScaffold } = await import('./scaffold.ts')
  const copies = Object.entries(language.kit).map(([from, to]) => [kitFile(language, from), to] as const)
  const written = await writeScaffold({ name, dir, template: kitFile(language, 'template'), copies })
  for (const file of written) host.out(`${join(dir, file)}\n`)
  host.err(nextSteps(dir, language))
  return exitCodes.ok.code
}

function nextSteps(dir: string, { needs }: Language): string {
  const steps = [
    ...(needs === '' ? [] : [`weir plugin build ${dir}   (needs ${needs})`]),
    `weir plugin test ${dir}`,
    `weir dev --demo --plugin ${dir}`,
  ]
  return `\n${basename(dir)} is there. Next:\n${steps.map((step) => `  ${step}\n`).join('')}`
}

function mistakeOf(kind: string, name: string, more: readonly string[]): string | undefined {
  if (kind === '') return `say what: ${KINDS.join(', ')}`
  if (!KINDS.some((each) => each === kind)) return `there is no kind of plugin "${kind}"${hint(kind, KINDS)}`
  if (name === '') return `a ${kind} needs a name: weir plugin new ${kind} NAME`
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  const named = namedFile(`${name}.lua`)
  if (named.kind === 'plugin') return undefined
  return `"${name}" is no name for it: ${named.kind === 'problem' ? named.text : 'editors name temporary files so'}`
}

function languageMistake(wanted: string): string | undefined {
  return names.includes(wanted) ? undefined : `there is no kit for "${wanted}"${hint(wanted, names)}`
}

async function takenName(name: string, host: CliHost): Promise<string | undefined> {
  const registry = await host.loadPlugins()
  return registry.filter(name) === undefined ? undefined : `"${name}" is the name of a built-in filter`
}
