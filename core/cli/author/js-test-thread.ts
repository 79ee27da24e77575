/**
 * The entry of the thread that runs tests in JavaScript. Each test has the plugin loaded anew; what a plugin calls by
 * name, and what tests do, are globals here as they are there.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { syntaxLine } from '../../guest/js/syntax-line.ts'
import type { JsTestData, JsTestMessage } from './js-test-message.ts'
import { JsTestStage } from './js-test-stage.ts'

const data: JsTestData = workerData
const own = [data.plugin, data.test].map((path) => pathToFileURL(path).href)

// Plugins are modules whatever stands in a package.json around them.
registerHooks({
  load: (url, context, next) => {
    if (!own.includes(url.replace(/\?.*$/, ''))) return next(url, context)
    const source = readFileSync(fileURLToPath(url.replace(/\?.*$/, '')))
    return { format: 'module', source, shortCircuit: true }
  },
})

const [pluginUrl = '', testUrl = ''] = own
const stage = new JsTestStage()
Object.assign(globalThis, stage.globals)

try {
  const tests = Object.entries(await import(testUrl)).filter(
    (entry): entry is [string, () => unknown] =>
      entry[0].startsWith('test') && typeof entry[1] === 'function',
  )
  if (tests.length === 0) tell('', ['it exports no function whose name begins with test'])
  for (const [index, [name, test]] of tests.entries()) tell(name, await failureOf(test, index))
} catch (error) {
  tell('', await toldOf(error))
}

async function failureOf(test: () => unknown, index: number): Promise<readonly string[]> {
  try {
    stage.take(await import(`${pluginUrl}?${index}`), data.config)
    await test()
    return []
  } catch (error) {
    return await toldOf(error)
  }
}

/** Where a module cannot be read the error has no place. */
async function toldOf(error: unknown): Promise<readonly string[]> {
  const lines = linesOf(error)
  return error instanceof SyntaxError && lines.length === 1 ? [...lines, ...(await unreadable())] : lines
}

async function unreadable(): Promise<readonly string[]> {
  const places = [data.plugin, data.test].map(async (path) => {
    const line = await syntaxLine(readFileSync(path, 'utf8'))
    return line === undefined ? [] : [`${basename(path)}:${line}`]
  })
  return (await Promise.all(places)).flat()
}

/** What is wrong, and where in the plugin or its tests. */
function linesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)]
  const places = [...(error.stack ?? '').matchAll(/at (?:(\S+) \()?(file:[^?\s)]+)(?:\?\d+)?:(\d+):\d+\)?/g)]
  const frames = places
    .filter(([, , url = '']) => own.includes(url))
    .map(([, name, url = '', line]) => {
      return `${basename(fileURLToPath(url))}:${line}${name === undefined ? '' : `: in ${name}`}`
    })
  return [`${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`, ...frames]
}

function tell(name: string, failure: readonly string[]): void {
  const message: JsTestMessage = { name, failure }
  parentPort?.postMessage(message)
}
