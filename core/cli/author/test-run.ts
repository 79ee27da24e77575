/** TestRun: finds the tests at some paths and runs them, one file after the other. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { TSchema } from 'typebox'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
import { codecVectors } from '../../../sdk/testing/codec-kit/vectors.ts'
import { errorText } from '../../base/error-text.ts'
import { decode } from '../../config/decode.ts'
import { explain } from '../../config/explain.ts'
import { type ConfigProblem, inFileOrder } from '../../config/problem.ts'
import { ConfigSource } from '../../config/source.ts'
import { neighbour } from '../../plugin/neighbour.ts'
import type { PluginKind } from '../../plugin/plugin-file.ts'
import type { Registry } from '../../plugin/registry.ts'
import type { CliHost } from '../host.ts'
import { type CaseParts, runCase } from './case-run.ts'
import { runJsTests } from './js-tests.ts'
import { runLuaTests } from './lua-tests.ts'
import { protocolsAt } from './protocols.ts'
import { Subjects } from './subject.ts'
import { testOptions } from './test-options.ts'
import type { TestResult } from './test-result.ts'

const TEST_FILE = /^(.+)\.(test\.yaml|test\.lua|test\.js|vectors\.yaml)$/
const PLUGIN_FILE = /^(.+?)(?:\.codec)?\.(?:lua|js|wasm|yaml|plugin\.yaml)$/
const TEST_BYTES_MAX = 1_048_576
const SECOND_MS = 1_000

export interface TestRunResult {
  readonly results: readonly TestResult[]
  /** What is wrong with the files themselves. */
  readonly problems: readonly ConfigProblem[]
}

/** What of the machine the runs look at. */
export type TestRunHost = Pick<CliHost, 'nowMs' | 'heldBytes' | 'coloured'>

export class TestRun {
  readonly #registry: Registry
  readonly #host: TestRunHost
  readonly #subjects = new Subjects()
  readonly #results: TestResult[] = []
  readonly #problems: ConfigProblem[] = []

  constructor(registry: Registry, host: TestRunHost) {
    this.#registry = registry
    this.#host = host
  }

  async run(files: readonly string[]): Promise<TestRunResult> {
    for (const file of files) await this.#runFile(file)
    return { results: this.#results, problems: this.#problems }
  }

  async #runFile(file: string): Promise<void> {
    const [, name = '', kind] = TEST_FILE.exec(basename(file)) ?? []
    try {
      if ((await stat(file)).size > TEST_BYTES_MAX) throw new Error(`more than ${TEST_BYTES_MAX} bytes`)
      const text = await readFile(file, 'utf8')
      if (kind === 'test.yaml') await this.#runYaml(file, name, text)
      else if (kind === 'vectors.yaml') await this.#runVectors(file, name, text)
      else {
        const plugin = await this.#subjects.open(dirname(file), name)
        const runTests = kind === 'test.lua' ? runLuaTests : runJsTests
        this.#results.push(...(await runTests(plugin, file, text)))
      }
    } catch (error) {
      const failure = errorText(error).split('\n')
      this.#results.push({ file, line: 1, name, failure, differences: [] })
    }
  }

  async #runYaml(file: string, name: string, text: string): Promise<void> {
    const source = new ConfigSource(file, text)
    const parts = { registry: this.#registry, subjects: this.#subjects }
    const protocols = await protocolsAt(dirname(file), text, parts)
    const declared = testOptions(protocols.names)
    const given = this.#isSound(source, declared) ? decode(declared, source.value) : undefined
    if (given === undefined) return
    const plugin = await this.#subjects.open(dirname(file), name, given.grants)
    for (const index of given.cases.keys()) {
      await this.#runCase(source, index, { plugin, file: given, protocols })
    }
  }

  /** Whether a file holds what is declared; what is wrong with it is kept. */
  #isSound(source: ConfigSource, declared: TSchema): boolean {
    const found = source.value === undefined ? [] : explain(declared, source.value)
    const problems = found.map(({ path, text, anchor }) => source.problem(path, text, anchor))
    this.#problems.push(...inFileOrder([...source.problems, ...problems]))
    return source.problems.length + problems.length === 0
  }

  async #runVectors(file: string, name: string, text: string): Promise<void> {
    if (!this.#isSound(new ConfigSource(file, text), codecVectors)) return
    const vectors = readVectors(text, file)
    const open = await this.#subjects.openCodec(dirname(file), name)
    const startMs = this.#host.nowMs()
    const report = await checkCodec(open.codec, vectors, {
      memory: () => this.#host.heldBytes(),
      failures: () => open.failures.size,
      ...(counted(open.file.kind) ? { fuel: () => open.fuel() } : {}),
    })
    const trials = report.checks.reduce((sum, check) => sum + check.trials, 0)
    const took = `${((this.#host.nowMs() - startMs) / SECOND_MS).toFixed(1)} s`
    const failures = [...open.failures].flatMap((each) => ['the codec failed:', ...each.split('\n')])
    const said = formatReport(report, { coloured: this.#host.coloured }).trimEnd().split('\n')
    this.#results.push({
      file,
      line: 1,
      name: `${name}: ${vectors.vectors.length} vectors, ${trials} trials, ${took}`,
      failure: report.ok ? [] : [...failures, ...said],
      differences: [],
      report,
    })
  }

  async #runCase(source: ConfigSource, index: number, parts: Omit<CaseParts, 'given'>): Promise<void> {
    const given = parts.file.cases[index]
    if (given === undefined) return
    const at = ['cases', index]
    const head = { file: source.file, name: given.name, line: source.problem(at, '').line }
    try {
      const differences = await runCase({ ...parts, given })
      const [first] = differences
      const line = first === undefined ? head.line : source.problem([...at, ...first.path], '').line
      this.#results.push({ ...head, line, failure: [], differences })
    } catch (error) {
      const failure = errorText(error).split('\n')
      this.#results.push({ ...head, failure, differences: [] })
    }
  }
}

/** The files of tests at a path: itself, those of the plugin that it is, or all of a folder. Throws when there are none. */
export async function testFilesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Error(`there is no ${path}${await neighbour(path, () => true)}`)
  if (found.isFile() && TEST_FILE.test(basename(path))) return [path]
  const dir = found.isDirectory() ? path : dirname(path)
  const own = found.isDirectory() ? undefined : PLUGIN_FILE.exec(basename(path))?.[1]
  const names = (await readdir(dir)).sort().filter((name) => {
    const plugin = TEST_FILE.exec(name)?.[1]
    return plugin !== undefined && (own === undefined || plugin === own)
  })
  if (names.length > 0) return names.map((name) => join(dir, name))
  const where = found.isFile() && own === undefined ? `of ${path}` : `in ${dir}`
  throw new Error(
    `there are no tests ${where}: they are called ${own ?? 'NAME'}.test.yaml, .test.lua or .test.js, and .vectors.yaml for codecs`,
  )
}

/** Whether what a codec of this kind spends is counted. In JavaScript it is time, which says more of the machine. */
function counted(kind: PluginKind): boolean {
  return kind === 'wasm' || kind === 'lua'
}
