/**
 * ChildProgram: what runs in a plugin's own process. It reads frames from the pipe, calls the plugin in its isolates,
 * and writes the answers in the same order; there is no event loop, so that nothing but the pipe can make it do anything.
 * The process is started with its text, and may open no file; so this uses nothing but its arguments.
 */
import type Isolates from 'isolated-vm'
import type { abi as Abi } from '../../../sdk/abi/abi.ts'
import type { TrapKind } from '../trap.ts'
import type { childFrame } from './child-frame.ts'
import type { IsolateStoreGiven } from './isolate-store.ts'
import type { JsLimits } from './js-limits.ts'

/** What the worker tells the process about itself. */
export interface ChildSpec {
  readonly abi: typeof Abi
  readonly frame: typeof childFrame
  readonly trapKinds: readonly TrapKind[]
  readonly limits: JsLimits
  /** The plugin's file, and its name without the folder. */
  readonly source: string
  readonly file: string
  readonly keys: readonly string[]
  readonly wants: number
  /** The text of {@link ./isolate-program.ts}. */
  readonly isolateProgram: string
  readonly isolateText: string
  readonly isolateStore: string
  /** Empty where the plugin is a filter. */
  readonly isolateCodec: string
  readonly storeBytes: number
  readonly storeCodes: IsolateStoreGiven['codes']
}

export interface ChildGiven {
  readonly isolates: typeof Isolates
  readonly spec: ChildSpec
  /** Waits for bytes; 0 when the other side is gone. */
  read(into: Buffer, from: number): number
  write(bytes: Buffer, from: number, size: number): number
  nowMs(): number
  residentBytes(): number
  /** At once, without cleaning up. */
  die(): void
}

export function childProgram(given: ChildGiven): void {
  const { isolates, spec } = given
  const { frame, limits, abi, trapKinds } = spec
  const MIB = 1_048_576
  const INPUT_BYTES = 65_536
  const FLUSH_BYTES = 65_536
  /** Who waits for answers must not think that the process has stopped. */
  const FLUSH_MS = 5
  const FIGURES_MS = 500
  const configureMs = Math.max(1, Math.ceil(limits.fuelToConfigure / 1_000_000))

  interface Running {
    readonly isolate: Isolates.Isolate
    readonly call: Isolates.Reference
    readonly room: Isolates.Reference
    readonly output: Buffer
    readonly manifest: Isolates.Reference
    input: Buffer
  }
  interface Instance {
    running: Running | undefined
    /** To begin anew for what is waiting already, when a call has cost it its isolate. */
    configured: Buffer | undefined
    lost: number
  }
  interface Failure {
    readonly kind: TrapKind
    readonly text: string
  }

  const instances = new Map<number, Instance>()
  let incoming = Buffer.allocUnsafeSlow(FLUSH_BYTES * 4)
  let outgoing = Buffer.allocUnsafeSlow(FLUSH_BYTES * 2)
  let filled = 0
  /** Bytes that have been read and not worked through, and where the frame behind the one in work begins. */
  let have = 0
  let next = 0
  let asked = 0
  let writtenMs = given.nowMs()
  let figuresMs = Number.NEGATIVE_INFINITY

  // Answers.
  function answer(kind: number, first: number, second: number, size: number): number {
    const whole = frame.bytes + size
    if (filled + whole > outgoing.length) {
      flush()
      if (whole > outgoing.length) outgoing = Buffer.allocUnsafeSlow(whole)
    }
    const at = filled
    outgoing.writeUInt32LE(whole, at + frame.size)
    outgoing.writeUInt32LE(kind, at + frame.kind)
    outgoing.writeUInt32LE(first >>> 0, at + frame.first)
    outgoing.writeUInt32LE(second >>> 0, at + frame.second)
    filled += whole
    return at + frame.bytes
  }
  function flush(): void {
    for (let from = 0; from < filled; ) from += given.write(outgoing, from, filled - from)
    filled = 0
    writtenMs = given.nowMs()
  }
  function figures(): void {
    const nowMs = given.nowMs()
    if (nowMs - figuresMs < FIGURES_MS) return
    figuresMs = nowMs
    let heap = 0
    for (const { running } of instances.values()) {
      if (running === undefined) continue
      const statistics = running.isolate.getHeapStatisticsSync()
      heap += statistics.used_heap_size + statistics.externally_allocated_size
    }
    answer(frame.figures, given.residentBytes() / 1_024, heap / 1_024, 0)
  }
  function trapped(failure: Failure, fuel: number, logs: Buffer | undefined): void {
    const text = Buffer.from(failure.text.slice(0, limits.errorBytesMax))
    const at = answer(
      frame.trap,
      trapKinds.indexOf(failure.kind),
      fuel,
      4 + text.length + (logs?.length ?? 0),
    )
    outgoing.writeUInt32LE(text.length, at)
    text.copy(outgoing, at + 4)
    logs?.copy(outgoing, at + 4 + text.length)
  }

  // Isolates.
  function shared(size: number): {
    readonly bytes: Buffer
    readonly handle: Isolates.Copy<SharedArrayBuffer>
  } {
    const memory = new SharedArrayBuffer(size)
    return {
      bytes: Buffer.from(memory),
      handle: new isolates.ExternalCopy(memory).copyInto({ release: true }),
    }
  }
  function start(): Running {
    const isolate = new isolates.Isolate({
      memoryLimit: Math.max(8, Math.ceil(limits.memoryBytesMax / MIB)),
      // Nothing can be saved any more: the worker sees the end of the pipe.
      onCatastrophicError: () => given.die(),
    })
    try {
      return begin(isolate)
    } catch (error) {
      if (!isolate.isDisposed) isolate.dispose()
      throw error
    }
  }
  function begin(isolate: Isolates.Isolate): Running {
    const context = isolate.createContextSync()
    const input = shared(INPUT_BYTES)
    const output = shared(limits.answerBytesMax + limits.errorBytesMax + 64)
    const store = shared(spec.storeBytes)
    const { linesMax, lineBytesMax, errorBytesMax } = limits
    const { file, keys, wants } = spec
    const facts = {
      abi,
      file,
      keys,
      wants,
      linesMax,
      lineBytesMax,
      errorBytesMax,
      alone: true,
      codes: spec.storeCodes,
    }
    const calls = context.evalClosureSync(
      `'use strict'; return (${spec.isolateProgram})(((texts) => ({ ...$0, input: $1, output: $2, texts,
        codec: ${spec.isolateCodec === '' ? 'undefined' : `(${spec.isolateCodec})`},
        store: (${spec.isolateStore})({ codes: $0.codes, texts, memory: $3, ask: $4 }) }))((${spec.isolateText})()))`,
      [
        new isolates.ExternalCopy(facts).copyInto({ release: true }),
        input.handle,
        output.handle,
        store.handle,
        new isolates.Callback((size: number) => askStore(store.bytes, size)),
      ],
      { result: { reference: true }, filename: 'weir' },
    )
    const module = isolate.compileModuleSync(spec.source, { filename: spec.file })
    const [needed] = module.dependencySpecifiers
    if (needed !== undefined) throw new Error(`it imports "${needed}", and a plugin imports nothing`)
    module.instantiateSync(context, () => {
      throw new Error('a plugin imports nothing')
    })
    module.evaluateSync({ timeout: configureMs })
    calls.getSync('begin', { reference: true }).applySync(undefined, [module.namespace.derefInto()])
    return {
      isolate,
      call: calls.getSync('call', { reference: true }),
      room: calls.getSync('room', { reference: true }),
      manifest: calls.getSync('manifest', { reference: true }),
      input: input.bytes,
      output: output.bytes,
    }
  }
  /** `Unexpected token ';' [tag.js:2:9]` and stacks become `tag.js:2: …`. */
  function failureOf(error: unknown, isolate: Isolates.Isolate | undefined): Failure {
    const message = error instanceof Error ? error.message : String(error)
    if (/timed out/.test(message))
      return { kind: 'fuel', text: `${spec.file}: the call took longer than it may` }
    if (isolate?.isDisposed === true || /memory limit|allocation failed/i.test(message)) {
      return { kind: 'memory', text: `${spec.file}: the isolate needed more memory than it may have` }
    }
    // What the isolate says itself names the place.
    if (message.startsWith(`${spec.file}:`)) return { kind: 'unreachable', text: message }
    const stack = error instanceof Error ? String(error.stack) : ''
    const place = placeIn(message) ?? placeIn(stack)
    const said = message.replace(/ \[[^\]]*\]$/, '')
    const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : ''
    return {
      kind: 'unreachable',
      text: `${spec.file}:${place === undefined ? '' : `${place}:`} ${name}${said}`,
    }
  }
  function placeIn(text: string): string | undefined {
    const at = text.indexOf(`${spec.file}:`)
    return at < 0 ? undefined : /^\d+/.exec(text.slice(at + spec.file.length + 1))?.[0]
  }
  function end(instance: Instance): void {
    const { running } = instance
    instance.running = undefined
    if (running !== undefined && !running.isolate.isDisposed) running.isolate.dispose()
  }

  // The store. What comes before the answer stays where it is, to be worked through when the call has ended.
  function askStore(memory: Buffer, size: number): number {
    if (!(size >= 0 && size <= memory.length) || ++asked > limits.storeCallsMax) return 0
    const from = answer(frame.ask, 0, 0, size)
    memory.copy(outgoing, from, 0, size)
    flush()
    for (;;) {
      const at = told()
      if (at >= 0) return takeTold(at, memory)
      if (have === incoming.length) grow(incoming.length * 2, 0, have)
      const got = given.read(incoming, have)
      if (got === 0) given.die()
      have += got
    }
  }
  /** Where the store's answer is among the frames that wait; below 0 while it is not there as a whole. */
  function told(): number {
    for (let at = next; have - at >= frame.bytes; ) {
      const size = incoming.readUInt32LE(at + frame.size)
      if (have - at < size) return -1
      if (incoming.readUInt32LE(at + frame.kind) === frame.told) return at
      at += size
    }
    return -1
  }
  function takeTold(at: number, memory: Buffer): number {
    const size = incoming.readUInt32LE(at + frame.size)
    const copied = incoming.copy(memory, 0, at + frame.bytes, at + size)
    incoming.copy(incoming, at, at + size, have)
    have -= size
    return copied
  }

  // Calls.
  function copyIn(running: Running, block: Buffer): void {
    if (block.length > running.input.length || running.input.length > INPUT_BYTES * 4) {
      const size = Math.max(INPUT_BYTES, block.length + 8)
      if (size !== running.input.length) {
        const { bytes, handle } = shared((size + 7) & ~7)
        running.room.applySync(undefined, [handle])
        running.input = bytes
      }
    }
    block.copy(running.input)
  }
  function ask(running: Running, block: Buffer, fuel: number): void {
    copyIn(running, block)
    asked = 0
    const startedMs = given.nowMs()
    const timeout = Math.max(1, Math.ceil(fuel / 1_000_000))
    const size = Number(running.call.applySync(undefined, [], { timeout }))
    const spent = Math.round((given.nowMs() - startedMs) * 1_000_000)
    if (size > 0) {
      const at = answer(frame.list, 0, spent, size)
      running.output.copy(outgoing, at, 0, size)
    } else if (size === 0) answer(frame.nothing, 0, spent, 0)
    else trapped(toldIn(running.output, -size), spent, logsOf(running.output))
  }
  /** What the isolate says about a failure stands behind its list. */
  function toldIn(output: Buffer, size: number): Failure {
    const at = wholeOf(output)
    const kinds: readonly TrapKind[] = ['unreachable', 'stack', 'budget']
    return { kind: kinds[output[at] ?? 0] ?? 'unreachable', text: output.toString('utf8', at + 1, at + size) }
  }
  function wholeOf(output: Buffer): number {
    return Math.min(Math.max(output.readUInt32LE(0), 4), output.length)
  }
  function logsOf(output: Buffer): Buffer | undefined {
    const whole = wholeOf(output)
    return whole === 4 ? undefined : output.subarray(0, whole)
  }
  function onCall(id: number, fuel: number, block: Buffer): void {
    const instance = instances.get(id) ?? { running: undefined, configured: undefined, lost: 0 }
    instances.set(id, instance)
    const configures = block[abi.header.phase] === abi.phase.configure
    if (configures) instance.configured = Buffer.from(block)
    try {
      if (instance.running === undefined && !begun(instance, configures)) return
      const { running } = instance
      if (running !== undefined) ask(running, block, fuel)
    } catch (error) {
      const { running } = instance
      trapped(
        failureOf(error, running?.isolate),
        fuel,
        running === undefined ? undefined : logsOf(running.output),
      )
      end(instance)
      instance.lost++
    }
  }
  /** Another isolate in the place of one that was lost, once: a call that is as bad as the last one shall not cost more. */
  function begun(instance: Instance, configures: boolean): boolean {
    const { configured } = instance
    if (!configures && (configured === undefined || instance.lost > 1)) {
      trapped({ kind: 'exited', text: `${spec.file}: the isolate is gone` }, 0, undefined)
      return false
    }
    const running = start()
    instance.running = running
    if (!configures && configured !== undefined) {
      asked = 0
      copyIn(running, configured)
      const size = Number(running.call.applySync(undefined, [], { timeout: configureMs }))
      if (size < 0) throw new Error(toldIn(running.output, -size).text)
    }
    return true
  }
  function onManifest(): void {
    const instance: Instance = { running: undefined, configured: undefined, lost: 0 }
    try {
      const running = start()
      instance.running = running
      const size = Number(running.manifest.applySync(undefined, [], { timeout: 1_000 }))
      if (size < 0) throw new Error(toldIn(running.output, -size).text)
      const at = answer(frame.manifest, 0, 0, Math.max(size - 4, 0))
      if (size > 4) running.output.copy(outgoing, at, 4, size)
    } catch (error) {
      trapped(failureOf(error, instance.running?.isolate), 0, undefined)
    }
    end(instance)
  }
  function onClose(id: number): void {
    const instance = instances.get(id)
    instances.delete(id)
    if (instance !== undefined) end(instance)
  }
  function onFrame(at: number, size: number): void {
    const first = incoming.readUInt32LE(at + frame.first)
    switch (incoming.readUInt32LE(at + frame.kind)) {
      case frame.call:
        onCall(
          first,
          incoming.readUInt32LE(at + frame.second),
          incoming.subarray(at + frame.bytes, at + size),
        )
        break
      case frame.close:
        onClose(first)
        break
      case frame.askManifest:
        onManifest()
    }
    if (filled >= FLUSH_BYTES || (filled > 0 && given.nowMs() - writtenMs > FLUSH_MS)) flush()
  }
  function run(): void {
    answer(frame.ready, 0, 0, 0)
    figures()
    flush()
    for (;;) {
      const size = given.read(incoming, have)
      if (size === 0) return
      have += size
      writtenMs = given.nowMs()
      take()
      figures()
      if (filled > 0) flush()
    }
  }
  /** Works through the frames that are whole and keeps the rest. */
  function take(): void {
    let at = 0
    while (have - at >= frame.bytes) {
      const size = incoming.readUInt32LE(at + frame.size)
      if (size > have - at) {
        if (size <= incoming.length) break
        grow(size, at, have)
        have -= at
        return
      }
      next = at + size
      onFrame(at, size)
      at += size
    }
    incoming.copy(incoming, 0, at, have)
    have -= at
  }
  function grow(size: number, from: number, to: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    incoming.copy(larger, 0, from, to)
    incoming = larger
  }
  run()
}
