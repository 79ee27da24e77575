/**
 * LuaTests: tests that are written in Lua, `NAME.test.lua`: functions whose names begin with `test_`, each run in an
 * interpreter of its own in which the plugin has been run. What fails is told with file and line of either.
 */
import { basename } from 'node:path'
import { abi } from '../../../sdk/abi/abi.ts'
import { inertHost } from '../../config/inert-host.ts'
import type { LoadedPlugin } from '../../config/plugin-loader.ts'
import { BlockWriter } from '../../guest/block.ts'
import { createLuaModule } from '../../guest/lua/create-lua-module.ts'
import { compileInterpreter } from '../../guest/lua/interpreter-image.ts'
import { Trap } from '../../guest/trap.ts'
import { luaTestHarness } from './lua-test-harness.ts'
import type { TestResult } from './test-result.ts'

const CHUNK = 'weir-test'
const TEST = /^[ \t]*function[ \t]+(test_\w+)[ \t]*\(/gm
const NO_TIMES = { nowMs: 0, wallMs: 0 }

/** `file` is the test's path, `source` its text. */
export function runLuaTests(plugin: LoadedPlugin, file: string, source: string): readonly TestResult[] {
  const composite = new Composite(plugin, file, source)
  const interpreter = compileInterpreter()
  return [...source.matchAll(TEST)].map((match) => {
    const name = match[1] ?? ''
    const line = source.slice(0, match.index).split('\n').length
    const failure = runTest(composite, interpreter, name)
    return {
      file,
      line,
      name,
      failure: failure === undefined ? [] : composite.located(failure),
      differences: [],
    }
  })
}

function runTest(composite: Composite, interpreter: WebAssembly.Module, test: string): string | undefined {
  const { plugin } = composite
  const module = createLuaModule({ interpreter, name: CHUNK, file: composite.bytes })
  if (module instanceof Trap) return module.text
  const { grants } = plugin
  const instance = module.instantiate({ ...inertHost, grants, log: () => undefined, count: () => undefined })
  if (instance instanceof Trap) return instance.text
  const writer = new BlockWriter()
  const config = { test, config: plugin.manifest.config }
  writer.configure(Buffer.from(JSON.stringify(config)), grants, NO_TIMES)
  const answer = instance.call(abi.phase.configure, writer.bytes, writer.size)
  instance.close()
  return answer instanceof Trap ? answer.text : undefined
}

/** The plugin, the harness and the tests as one program, with the places of its lines in their files. */
class Composite {
  readonly plugin: LoadedPlugin
  readonly bytes: Buffer
  readonly #file: string
  readonly #pluginLines: number
  readonly #testLine: number

  constructor(plugin: LoadedPlugin, file: string, source: string) {
    const own = Buffer.from(plugin.file.bytes)
      .toString('latin1')
      .replace(/^#[^\n]*/, '')
    const tests = Buffer.from(source).toString('latin1')
    const before = `(function(...) ${own}\nend)(...)${luaTestHarness}(function(...) `
    this.plugin = plugin
    this.#file = file
    this.#pluginLines = own.split('\n').length
    this.#testLine = before.split('\n').length
    this.bytes = Buffer.from(`${before}${tests}\nend)(...)\n`, 'latin1')
  }

  /** A failure with the places where people find them, and without what is the harness's. */
  located(text: string): readonly string[] {
    const lines = text
      .replace('; stack traceback:', '')
      .split('\n')
      .map((line) => line.replaceAll(/weir-test:(\d+)/g, (_all, at) => this.#place(Number(at))))
    return lines.filter(
      (line) => !line.includes('(harness)') && !/\[C\]|weir:\d+|^stack traceback:$/.test(line),
    )
  }

  #place(line: number): string {
    if (line <= this.#pluginLines) return `${basename(this.plugin.file.path)}:${line}`
    if (line >= this.#testLine) return `${basename(this.#file)}:${line - this.#testLine + 1}`
    return '(harness)'
  }
}
