/** `weir plugin new`: a folder with a plugin that works, its manifest and its test, to begin with. */
import { basename, join } from 'node:path'
import { hint, nearest } from '../../../sdk/nearest.ts'
import { namedFile } from '../../plugin/plugin-name.ts'
import type { Call, Command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { WrongUsage } from '../wrong-usage.ts'
import { kitFile, type Language, languages, type PluginSort, SCHEMA, templatesOf } from './language.ts'

const SORTS: readonly PluginSort[] = ['filter', 'codec']
const DEFAULT_LANGUAGE = 'lua'

export const pluginNewCommand: Command = {
  name: 'plugin new',
  about: 'write a folder with a plugin and its test, to begin with',
  usage: 'plugin new filter|codec NAME [--lang LANGUAGE | --schema] [--dir DIR]',
  options: {
    lang: {
      type: 'string',
      short: 'l',
      value: 'LANGUAGE',
      about: `filters: ${namesFor('filter').join(', ')}; codecs: ${namesFor('codec').join(', ')}; default ${DEFAULT_LANGUAGE}`,
    },
    schema: { type: 'boolean', about: 'a codec that is declared in YAML and needs no code' },
    dir: { type: 'string', value: 'DIR', about: 'the folder to make; default: the name' },
  },
  argument: 'KIND NAME',
  examples: [
    ['weir plugin new filter tag', 'tag/ with a filter in Lua'],
    ['weir plugin new filter tag --lang assemblyscript --dir work/tag', 'in another language, elsewhere'],
    [
      'weir plugin new codec my-protocol --schema',
      'a codec without code, with a service and a client to try it',
    ],
    ['weir plugin new codec my-protocol --lang lua', 'the same in Lua'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [kind = '', name = '', ...more] = call.arguments
  const sort = SORTS.find((each) => each === kind)
  const wanted = call.flag('schema') === true ? SCHEMA : (call.text('lang') ?? DEFAULT_LANGUAGE)
  const language = languages.find((each) => each.name === wanted)
  const mistake =
    mistakeOf(kind, name, more) ??
    bothMistake(call) ??
    languageMistake(wanted, sort) ??
    (await takenName(name, sort, host))
  if (mistake !== undefined || language === undefined || sort === undefined) {
    throw new WrongUsage(mistake ?? 'say what')
  }
  const dir = call.text('dir') ?? name
  const { writeScaffold } = await import('./scaffold.ts')
  const copies = Object.entries(language.kit).map(([from, to]) => [kitFile(language, from), to] as const)
  const written = await writeScaffold({ name, dir, templates: templatesOf(sort, language), copies })
  for (const file of written) host.out(`${join(dir, file)}\n`)
  host.err(nextSteps(dir, language, sort, host.program))
  return exitCodes.ok.code
}

function nextSteps(dir: string, { needs }: Language, sort: PluginSort, program: string): string {
  const steps = [
    ...(needs === '' ? [] : [`${program} plugin build ${dir}   (needs ${needs})`]),
    `${program} plugin test ${dir}`,
    ...(sort === 'filter'
      ? [`${program} dev --demo --plugin ${dir}`]
      : [
          `node ${dir}/try/server.js & ${program} run -c ${dir}/try/weir.yaml`,
          `node ${dir}/try/client.js hello world`,
        ]),
  ]
  return `\n${basename(dir)} is there. Next:\n${steps.map((step) => `  ${step}\n`).join('')}`
}

function mistakeOf(kind: string, name: string, more: readonly string[]): string | undefined {
  if (kind === '') return `say what: ${SORTS.join(', ')}`
  if (!SORTS.some((each) => each === kind)) return kindMistake(kind, name)
  if (name === '') return `a ${kind} needs a name: weir plugin new ${kind} NAME`
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  const named = namedFile(`${name}.lua`)
  if (named.kind === 'plugin') return undefined
  return `"${name}" is no name for it: ${named.kind === 'problem' ? named.text : 'editors name temporary files so'}`
}

/** Whoever says one word may have left out the kind. */
function kindMistake(kind: string, name: string): string {
  const meant = name === '' && nearest(kind, SORTS) === undefined
  const how = SORTS.map((sort) => `weir plugin new ${sort} ${kind}`).join(' or ')
  return meant
    ? `say what "${kind}" is to be: ${how}`
    : `there is no kind of plugin "${kind}"${hint(kind, SORTS)}`
}

function bothMistake(call: Call): string | undefined {
  const lang = call.text('lang')
  if (call.flag('schema') !== true || lang === undefined || lang === SCHEMA) return undefined
  return `--schema needs no --lang ${lang}: keep one of the two`
}

function namesFor(sort: PluginSort): readonly string[] {
  return languages.filter(({ sorts }) => sorts.includes(sort)).map(({ name }) => name)
}

function languageMistake(wanted: string, sort: PluginSort | undefined): string | undefined {
  if (sort === undefined) return undefined
  const names = namesFor(sort)
  if (wanted === SCHEMA && sort === 'filter')
    return 'a schema declares a codec, and a filter needs a language: --lang'
  return names.includes(wanted)
    ? undefined
    : `there is no kit for a ${sort} in "${wanted}"${hint(wanted, names)}`
}

async function takenName(
  name: string,
  sort: PluginSort | undefined,
  host: CliHost,
): Promise<string | undefined> {
  const registry = await host.loadPlugins()
  const taken = sort === 'codec' ? registry.codecNames.includes(name) : registry.filter(name) !== undefined
  return taken ? `"${name}" is the name of a built-in ${sort}` : undefined
}
