/**
 * JsTests: tests that are written in JavaScript, `NAME.test.js`: exported functions whose names begin with `test`. They
 * run as what they are, code of the author's own, in a thread that is ended when they take too long.
 */
import { basename, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { errorText } from '../../base/error-text.ts'
import type { LoadedPlugin } from '../../config/plugin-loader.ts'
import { importing } from '../../worker/importing.ts'
import type { JsTestData, JsTestMessage } from './js-test-message.ts'
import type { TestResult } from './test-result.ts'

const THREAD = new URL('./js-test-thread.ts', import.meta.url)
/** All tests of a file. */
const RUN_MS = 20_000
const TEST = /^export\s+(?:async\s+)?function\s+(test\w*)/gm

/** `file` is the test's path, `source` its text. */
export async function runJsTests(
  plugin: LoadedPlugin,
  file: string,
  source: string,
): Promise<readonly TestResult[]> {
  const data: JsTestData = {
    plugin: resolve(plugin.file.path),
    test: resolve(file),
    config: plugin.manifest.config,
  }
  const lines = linesOf(source)
  const results: TestResult[] = []
  const { promise, resolve: ended } = Promise.withResolvers<string | undefined>()
  const thread = new Worker(importing(THREAD), { eval: true, workerData: data })
  const late = setTimeout(() => ended(`the tests took more than ${RUN_MS} ms`), RUN_MS)
  thread.on('message', ({ name, failure }: JsTestMessage) => {
    const line = lines.get(name) ?? 1
    results.push({ file, line, name: name === '' ? basename(file) : name, failure, differences: [] })
  })
  thread.once('error', (error: unknown) => ended(errorText(error)))
  thread.once('exit', () => ended(undefined))
  const problem = await promise
  clearTimeout(late)
  await thread.terminate()
  // A module names its exports by the alphabet.
  results.sort((left, right) => left.line - right.line)
  if (problem === undefined) return results
  const failure = problem.split('\n')
  return [...results, { file, line: 1, name: basename(file), failure, differences: [] }]
}

function linesOf(source: string): ReadonlyMap<string, number> {
  const found = [...source.matchAll(TEST)]
  return new Map(found.map(({ index, 1: name = '' }) => [name, source.slice(0, index).split('\n').length]))
}
