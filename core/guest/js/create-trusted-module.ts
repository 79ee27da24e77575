/**
 * Makes a plugin in JavaScript ready that an operator trusts: it runs in the worker itself, with everything that a module
 * of Node has. The author's view and the ABI are the same as in a process; nothing is contained, and nothing is waited for.
 */

import { abi } from '../../../sdk/abi/abi.ts'
import type { GuestHost } from '../guest-host.ts'
import type { GuestModule } from '../guest-instance.ts'
import { answerStoreCall, storeCall, storeStatus } from '../store-call.ts'
import { Trap } from '../trap.ts'
import { childFrame } from './child/child-frame.ts'
import { isolateControl } from './isolate/isolate-control.ts'
import { isolateParts } from './isolate/isolate-parts.ts'
import { type IsolateCalls, type IsolateGiven, isolateProgram } from './isolate/isolate-program.ts'
import { STORE_BYTES } from './isolate/isolate-store.ts'
import { defaultJsLimits, type JsLimits } from './js-limits.ts'
import { type JsSource, jsSource } from './js-source.ts'
import { syntaxLine } from './syntax-line.ts'
import type { TrustedGlobals } from './trusted-globals.ts'
import { TrustedInstance } from './trusted-instance.ts'

export interface TrustedPlugin {
  readonly name: string
  readonly file: Buffer
  readonly globals: TrustedGlobals
  readonly limits?: JsLimits
}

const INPUT_BYTES = 65_536

/** Rejects with a sentence when the module cannot be loaded. The engine keeps each version until the worker ends. */
export async function createTrustedModule(plugin: TrustedPlugin): Promise<GuestModule> {
  const { name, file, globals, limits = defaultJsLimits } = plugin
  const source = jsSource(name, file, limits.sourceBytesMax)
  if (source instanceof Trap) throw new Error(source.text)
  const text = `${source.text}\n//# sourceURL=${source.file}\n`
  globals.enter(programOf(source, limits).calls.globals)
  const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  const namespace: unknown = await import(url).catch(async (error: unknown) => {
    throw new Error(await described(error, source))
  })
  return {
    remote: false,
    instantiate: (host) => {
      const program = programOf(source, limits, storeOf(host))
      program.calls.begin(namespace)
      return new TrustedInstance({ ...program, host, globals })
    },
  }
}

/** The store is asked at once, in the worker. */
function storeOf({ keyValue }: GuestHost): IsolateGiven['store'] {
  if (keyValue === undefined) return undefined
  const memory = Buffer.alloc(STORE_BYTES)
  return {
    codes: { call: storeCall, status: storeStatus },
    memory: memory.buffer,
    ask: (size) => answerStoreCall(keyValue, memory.subarray(0, size)).copy(memory),
  }
}

function programOf(source: JsSource, limits: JsLimits, store?: IsolateGiven['store']) {
  const input = Buffer.alloc(INPUT_BYTES)
  const output = Buffer.alloc(isolateControl.bytes + limits.answerBytesMax + limits.errorBytesMax + 64)
  const calls: IsolateCalls = isolateProgram({
    abi,
    parts: isolateParts,
    frame: childFrame,
    control: isolateControl,
    file: source.file,
    keys: source.reads.keys.map((key) => Buffer.from(key, 'latin1').toString('utf8')),
    wants: source.reads.wants,
    linesMax: limits.linesMax,
    lineBytesMax: limits.lineBytesMax,
    answerBytesMax: limits.answerBytesMax,
    errorBytesMax: limits.errorBytesMax,
    input: input.buffer,
    output: output.buffer,
    alone: false,
    store,
  })
  return { calls, input, output }
}

/** `tag.js:2: SyntaxError: …`; a module that cannot be read at all has no place in its stack. */
async function described(error: unknown, { file, text }: JsSource): Promise<string> {
  const stack = error instanceof Error ? String(error.stack) : ''
  const place =
    /^data:[^\n]*:(\d+)\n/.exec(stack)?.[1] ??
    stack.split(`${file}:`)[1]?.match(/^\d+/)?.[0] ??
    (error instanceof SyntaxError ? await syntaxLine(text) : undefined)
  return `${file}:${place === undefined ? '' : `${place}:`} ${String(error).replace(/data:text\S*/g, file)}`
}
