/**
 * DevRun: one `weir dev`: a configuration, or one made for the demo; the plugins that are edited, built into its
 * plugin folder and taken out of it at the end; the proxy; and what is printed meanwhile.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { errorText } from '../../base/error-text.ts'
import { demo } from '../demo.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { reportProblems } from '../report.ts'
import { DEFAULT_FILE } from '../validate.ts'
import { build, install, type Project, projectAt } from './build.ts'
import { demoConfig } from './demo-config.ts'
import { DevScreen } from './dev-screen.ts'
import { createPaint } from './paint.ts'
import { startWatching } from './watch-folders.ts'

export interface DevOptions {
  readonly config: string | undefined
  readonly plugins: readonly string[]
  readonly demo: boolean
  readonly callsPerSecond: number
  readonly logLevel: string | undefined
  readonly json: boolean
}

interface Configuration {
  readonly file: string
  /** Where the demo's services listen. */
  readonly services: string | undefined
  remove(): Promise<void>
}

export async function runDev(options: DevOptions, host: CliHost): Promise<number> {
  const projects = await Promise.all(options.plugins.map(projectAt))
  const configuration = await configurationOf(options, host)
  try {
    return await new DevRun(options, host, projects, configuration).run()
  } finally {
    await configuration.remove()
  }
}

/** What is given or here; for the demo, where there is none, one of its own. */
async function configurationOf({ config, demo }: DevOptions, host: CliHost): Promise<Configuration> {
  const file = config ?? DEFAULT_FILE
  const here = config !== undefined || (await host.readFile(file)).kind === 'text'
  if (here || !demo) return { file, services: undefined, remove: async () => undefined }
  const dir = await mkdtemp(join(tmpdir(), 'weir-dev-'))
  const { text, services } = await demoConfig()
  await writeFile(join(dir, 'weir.yaml'), text)
  return {
    file: join(dir, 'weir.yaml'),
    services: services.join(','),
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

class DevRun {
  readonly #options: DevOptions
  readonly #host: CliHost
  readonly #projects: readonly Project[]
  readonly #configuration: Configuration
  readonly #screen: DevScreen
  /** Files that are in the plugin folder only because of us. */
  readonly #installed = new Set<string>()

  constructor(
    options: DevOptions,
    host: CliHost,
    projects: readonly Project[],
    configuration: Configuration,
  ) {
    this.#options = options
    this.#host = host
    this.#projects = projects
    this.#configuration = configuration
    this.#screen = new DevScreen({
      out: (text) => host.out(text),
      paint: createPaint(host.coloured),
      json: options.json,
      folders: projects.flatMap(({ watched }) => watched),
    })
  }

  async run(): Promise<number> {
    const { file, services } = this.#configuration
    const before = await this.#host.inspect(file)
    const folder = before.kind === 'valid' ? before.facts.plugins?.dir : undefined
    if (folder === undefined && before.kind === 'valid' && this.#projects.length > 0) {
      throw new Error(`${file} has no folder of plugins: add plugins: { dir: ./plugins }`)
    }
    if (folder !== undefined) this.#screen.lookIn(folder)
    const watches = folder === undefined ? [] : await this.#watchProjects(folder)
    // The plugins that were built just now are part of what is checked.
    const inspected = this.#projects.length === 0 ? before : await this.#host.inspect(file)
    if (inspected.kind === 'invalid') {
      reportProblems(inspected.problems, inspected.text, this.#host)
      return exitCodes.invalid.code
    }
    const { text, facts } = inspected
    const stopDemo = this.#options.demo ? this.#startDemo(facts, services) : undefined
    try {
      return await this.#host.supervise({
        configFile: file,
        text,
        facts,
        workers: undefined,
        logLevel: this.#options.logLevel,
        watch: true,
        sink: { write: (lines) => this.#screen.log(lines) },
        watcher: {
          callsPerSecond: this.#options.callsPerSecond,
          onTap: (report) => this.#screen.tap(report),
        },
      })
    } finally {
      for (const stop of watches) stop()
      await stopDemo?.()
      for (const installed of this.#installed) await rm(installed, { force: true })
    }
  }

  async #watchProjects(folder: string): Promise<readonly (() => void)[]> {
    const there = new Set(await readdir(folder).catch(() => []))
    const stops: (() => void)[] = []
    for (const project of this.#projects) {
      stops.push(await startWatching(project.watched, () => this.#rebuild(project, folder, there)))
    }
    return stops
  }

  async #rebuild(project: Project, folder: string, there: ReadonlySet<string>): Promise<void> {
    this.#screen.building(project)
    try {
      const built = await build(project, this.#host)
      for (const file of await install(built, folder)) {
        if (!there.has(file.slice(folder.length + 1))) this.#installed.add(file)
        this.#screen.cameFrom(file, join(project.dir, basename(file)))
      }
      this.#screen.built(built)
    } catch (error) {
      this.#screen.failed(project.name, errorText(error))
    }
  }

  #startDemo(
    facts: { readonly adminAddress: string; readonly listeners: readonly { readonly address: string }[] },
    services: string | undefined,
  ): () => Promise<void> {
    const listener = facts.listeners[0]?.address ?? ''
    const own = services === undefined ? [] : ['--services', services]
    return this.#host.startBeside(demo, ['--listener', listener, ...own], true)
  }
}
