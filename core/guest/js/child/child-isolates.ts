/**
 * ChildIsolates: starts the isolates of a plugin's process, each with the plugin's module and the program that is beside
 * it. Given as text, like all parts.
 */
import type Isolates from 'isolated-vm'
import type { ChildSpec, ChildSystem } from './child-given.ts'

/** An isolate that runs the plugin. */
export interface Running {
  readonly isolate: Isolates.Isolate
  /** Works through the frames that the control words name. */
  readonly run: Isolates.Reference
  /** Works through the one block at the beginning of its input. */
  readonly call: Isolates.Reference
  readonly manifest: Isolates.Reference
  readonly output: Buffer
  /** Has it read from other memory. */
  room(input: Buffer): void
}

/** Asks the worker's store, for the call that runs: the request lies in `memory[0, size)`, and so does the answer. */
export type AskStore = (memory: Buffer, size: number) => number

export function childIsolates(spec: ChildSpec, system: ChildSystem, askStore: AskStore) {
  const { isolates } = system
  const { limits, control, abi, frame, file, keys, wants } = spec
  const MIB = 1_048_576
  const NS_PER_MS = 1_000_000
  const { linesMax, lineBytesMax, answerBytesMax, errorBytesMax } = limits
  const facts = {
    abi,
    frame,
    control,
    file,
    keys,
    wants,
    linesMax,
    lineBytesMax,
    answerBytesMax,
    errorBytesMax,
  }
  const configureMs = Math.max(1, Math.ceil(limits.fuelToConfigure / NS_PER_MS))

  function handleOf(memory: Buffer): Isolates.Copy<ArrayBufferLike> {
    return new isolates.ExternalCopy(memory.buffer).copyInto({ release: true })
  }
  function shared(size: number): Buffer {
    return Buffer.from(new SharedArrayBuffer((size + 7) & ~7))
  }
  function begin(isolate: Isolates.Isolate, first: Buffer): Running {
    const context = isolate.createContextSync()
    const output = shared(control.bytes + control.flushBytes + answerBytesMax + errorBytesMax + 64)
    const store = shared(spec.storeBytes)
    const calls = context.evalClosureSync(
      `'use strict'; return (${spec.isolate})({ ...$0, alone: true, input: $1, output: $2,
        store: { codes: $3, memory: $4, ask: $5 } })`,
      [
        new isolates.ExternalCopy(facts).copyInto({ release: true }),
        handleOf(first),
        handleOf(output),
        new isolates.ExternalCopy(spec.storeCodes).copyInto({ release: true }),
        handleOf(store),
        new isolates.Callback((size: number) => askStore(store, size)),
      ],
      { result: { reference: true }, filename: 'weir' },
    )
    const module = isolate.compileModuleSync(spec.source, { filename: file })
    const [needed] = module.dependencySpecifiers
    if (needed !== undefined) throw new Error(`it imports "${needed}", and a plugin imports nothing`)
    module.instantiateSync(context, () => {
      throw new Error('a plugin imports nothing')
    })
    module.evaluateSync({ timeout: configureMs })
    calls.getSync('begin', { reference: true }).applySync(undefined, [module.namespace.derefInto()])
    const room = calls.getSync('room', { reference: true })
    let input = first
    return {
      isolate,
      run: calls.getSync('run', { reference: true }),
      call: calls.getSync('call', { reference: true }),
      manifest: calls.getSync('manifest', { reference: true }),
      output,
      room: (memory) => {
        if (memory === input) return
        room.applySync(undefined, [handleOf(memory)])
        input = memory
      },
    }
  }

  return {
    shared,
    start(input: Buffer): Running {
      const isolate = new isolates.Isolate({
        memoryLimit: Math.max(8, Math.ceil(limits.memoryBytesMax / MIB)),
        // Nothing can be saved any more: the worker sees the end of the pipe.
        onCatastrophicError: () => system.die(),
      })
      try {
        return begin(isolate, input)
      } catch (error) {
        if (!isolate.isDisposed) isolate.dispose()
        throw error
      }
    },
  }
}
