/** `weir plugin build`: compiles a plugin, or checks one that runs as it is, and puts it where weir looks for plugins. */
import { basename, dirname, resolve } from 'node:path'
import { errorText } from '../../base/error-text.ts'
import type { Call, Command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { DEFAULT_FILE } from '../validate.ts'
import { WrongUsage } from '../wrong-usage.ts'

export const pluginBuildCommand: Command = {
  name: 'plugin build',
  about: 'compile or check a plugin and put it where weir looks for plugins',
  usage: 'plugin build [DIR|FILE] [--out DIR] [-c FILE] [--watch] [--json]',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      about: 'where to put it; default: the plugin folder of the configuration',
    },
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      about: `the configuration; default ${DEFAULT_FILE}, if it is here`,
    },
    watch: { type: 'boolean', short: 'w', about: 'build again whenever a source changes, until interrupted' },
    json: { type: 'boolean', about: 'print a JSON document on standard output instead of text' },
  },
  argument: 'DIR|FILE',
  examples: [
    [
      'weir plugin build tag',
      'Lua, JavaScript and schemas are checked as they would be live, the rest is compiled; then it is put there',
    ],
    ['weir plugin build tag --watch', 'and again with every change'],
    ['weir plugin build tag --out plugins', 'without a configuration'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [path = '.', ...more] = call.arguments
  if (more.length > 0) throw new WrongUsage(`unexpected argument "${more[0]}"`)
  const { projectAt } = await import('./build.ts')
  const project = await projectAt(path)
  const folder = call.text('out') ?? (await pluginFolder(call.text('config'), host))
  const once = () => buildOnce(project, folder, call, host)
  if (call.flag('watch') !== true) return await once()
  const { watchFolders } = await import('./watch-folders.ts')
  if (call.flag('json') !== true) host.err(`every save in ${project.dir} builds it again; Ctrl+C stops\n`)
  await watchFolders(project.watched, once)
  return exitCodes.ok.code
}

type Project = Awaited<ReturnType<typeof import('./build.ts').projectAt>>

async function buildOnce(
  project: Project,
  folder: string | undefined,
  call: Call,
  host: CliHost,
): Promise<number> {
  const { build, install, isCompiled } = await import('./build.ts')
  const asJson = call.flag('json') === true
  if (host.watched && !asJson && isCompiled(project)) host.err(`building ${project.name}\n`)
  try {
    const built = await build(project, host)
    if (built.file === project.source) await checkAsItIs(project)
    const installed = folder === undefined ? [] : await install(built, folder)
    const { file, bytes, ms } = built
    const report = {
      plugin: project.name,
      language: project.language,
      file,
      bytes,
      ms,
      installed,
      error: null,
    }
    host.out(asJson ? `${JSON.stringify(report)}\n` : reportText(report))
    if (folder === undefined && !asJson)
      host.err(`it was put nowhere: ${DEFAULT_FILE} is not here; --out says where\n`)
    return exitCodes.ok.code
  } catch (error) {
    const text = errorText(error)
    const { name, language } = project
    if (asJson) host.out(`${JSON.stringify({ plugin: name, language, error: text })}\n`)
    else host.err(`${text}\n${name} was not built\n`)
    return exitCodes.failed.code
  }
}

/** What no compiler has seen is run once, as weir would do. */
async function checkAsItIs({ dir, name, source }: Project): Promise<void> {
  const [{ pluginFile }, { loadCheck }] = await Promise.all([
    import('./subject.ts'),
    import('./load-check.ts'),
  ])
  const file = await pluginFile(dir, name)
  if (basename(file.path) !== basename(source))
    throw new Error(`${source}: ${basename(file.path)} is the plugin "${name}" already`)
  await loadCheck(file)
}

function reportText(report: {
  readonly file: string
  readonly bytes: number
  readonly ms: number
  readonly language: string
  readonly installed: readonly string[]
}): string {
  const { file, bytes, ms, language, installed } = report
  const size = bytes < 10_240 ? `${bytes} B` : `${(bytes / 1_024).toFixed(1)} KiB`
  const head = `${file} (${language}, ${size}, ${ms.toFixed(0)} ms)\n`
  return head + installed.map((each) => `→ ${each}\n`).join('')
}

/** The folder that the configuration names; nothing where there is no configuration. */
async function pluginFolder(given: string | undefined, host: CliHost): Promise<string | undefined> {
  const file = given ?? DEFAULT_FILE
  const read = await host.readFile(file)
  if (read.kind === 'problem') {
    if (given !== undefined) throw new Error(`${file}: ${read.text}`)
    return undefined
  }
  const { loadConfig } = await import('../../config/load.ts')
  const dir = loadConfig(read.text, file).config?.plugins.dir
  return dir === undefined ? undefined : resolve(dirname(file), dir)
}
