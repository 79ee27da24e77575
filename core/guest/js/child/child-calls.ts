/**
 * ChildCalls: the plugin's instances in its process, and what is asked of them. An isolate is entered once for all calls that
 * wait for it; what it has answered is in its output, call by call, whatever becomes of the one that runs. So that
 * one is to blame when the time is over or the memory is full, and the others are not. Given as text, like all parts.
 */
import type { ChildAnswers } from './child-answers.ts'
import type { ChildFailures } from './child-failures.ts'
import type { ChildSpec, ChildSystem } from './child-given.ts'
import type { ChildInput } from './child-input.ts'
import type { childIsolates, Running } from './child-isolates.ts'
import type { ChildPatience } from './child-patience.ts'

export interface ChildCallsGiven {
  readonly spec: ChildSpec
  readonly system: ChildSystem
  readonly input: ChildInput
  readonly answers: ChildAnswers
  readonly failures: ChildFailures
  readonly patience: ChildPatience
  /** Started with who is asked when they ask the store. */
  readonly isolates: ReturnType<typeof childIsolates>
}

export interface ChildCalls {
  /** A frame that calls begins here; answers where those end that were worked through with it. */
  call(at: number): number
  manifest(): void
  close(instance: number): void
  /** Before something is asked of the worker for the call that runs: answers that come before its own go first. */
  beforeAsking(): boolean
  heapBytes(): number
}

export function childCalls(given: ChildCallsGiven): ChildCalls {
  const { spec, system, input, answers, failures, patience, isolates } = given
  const { abi, frame, control, limits, file } = spec
  const NS_PER_MS = 1_000_000
  const MANIFEST_MS = 1_000
  const configureMs = Math.max(1, Math.ceil(limits.fuelToConfigure / NS_PER_MS))

  interface Instance {
    running: Running | undefined
    /** To begin anew for what is waiting already, when a call has cost it its isolate. */
    configs: Buffer[]
    lost: number
  }
  const instances = new Map<number, Instance>()
  /** The one that is entered, since when, and what of its answers is on its way already, with the time they took. */
  let entered: Running | undefined
  let enteredMs = 0
  let sentCount = 0
  let sentEnd = 0
  let sentMs = 0
  let asked = 0

  // The words that an isolate and the process say to each other.
  function word(running: Running, place: number): number {
    return running.output.readUInt32LE(place)
  }
  function setWord(running: Running, place: number, value: number): void {
    running.output.writeUInt32LE(value, place)
  }
  /** Of the list that begins here. */
  function wholeOf({ output }: Running, at: number): number {
    return at + Math.min(Math.max(output.readUInt32LE(at), 4), output.length - at)
  }
  function logsOf(running: Running, at: number): Buffer | undefined {
    const end = wholeOf(running, at)
    return end === at + 4 ? undefined : running.output.subarray(at, end)
  }

  /** Tells the answers up to this one, which was there so long after the isolate was entered. */
  function send(running: Running, count: number, end: number, untilMs: number): void {
    if (count === sentCount) return
    const size = end - sentEnd
    const at = answers.add(frame.answers, count - sentCount, nsSince(sentMs, untilMs), size)
    running.output.copy(answers.bytes, at, sentEnd, end)
    sentCount = count
    sentEnd = end
    sentMs = untilMs
  }
  /** The calls before the one that runs. Behind the last one runs what calls have left for later: that is taken for its. */
  function before(running: Running): { readonly count: number; readonly end: number } {
    const behind = word(running, control.busy) === 0
    return {
      count: word(running, control.count) - (behind ? 1 : 0),
      end: word(running, behind ? control.last : control.end),
    }
  }
  function nsSince(fromMs: number, untilMs: number): number {
    return Math.min(Math.max(0, Math.round((untilMs - fromMs) * NS_PER_MS)), abi.none)
  }
  /** What the call here may take. */
  function timeMsOf(at: number): number {
    return Math.max(1, Math.ceil(input.u32(at + frame.second) / NS_PER_MS))
  }
  function enter(running: Running, at: number): void {
    running.room(input.bytes)
    setWord(running, control.from, at)
    setWord(running, control.have, input.have)
    setWord(running, control.next, at + input.u32(at + frame.size))
    setWord(running, control.count, 0)
    setWord(running, control.end, control.bytes)
    setWord(running, control.last, control.bytes)
    setWord(running, control.lastMs, 0)
    setWord(running, control.busy, 1)
    setWord(running, control.failed, 0)
    setWord(running, control.bytes, 4)
    const timeout = timeMsOf(at) + control.batchMs
    entered = running
    sentCount = 0
    sentEnd = control.bytes
    sentMs = 0
    asked = 0
    enteredMs = system.nowMs()
    patience.begin(enteredMs)
    input.expectTold(at)
    running.run.applySync(undefined, [], { timeout })
  }
  /** The isolate has come back: an answer that took long is told by itself. */
  function settle(running: Running): void {
    const totalMs = system.nowMs() - enteredMs
    const count = word(running, control.count)
    const end = word(running, control.end)
    const failed = word(running, control.failed)
    const lastMs = Math.min(word(running, control.lastMs), totalMs)
    if (failed > 0) {
      send(running, count, end, lastMs)
      const told = failures.told(running.output, wholeOf(running, end), failed)
      answers.trap(told, nsSince(lastMs, totalMs), logsOf(running, end))
      return
    }
    if (totalMs - lastMs >= control.batchMs) send(running, count - 1, word(running, control.last), lastMs)
    send(running, count, end, totalMs)
  }
  function sendBefore(running: Running): number {
    const { count, end } = before(running)
    send(running, count, end, word(running, control.lastMs))
    return end
  }
  /** The isolate was left in the middle of a call: it is lost, and the call has failed. */
  function lose(instance: Instance, fuel: number, error: unknown): void {
    const { running } = instance
    let logs: Buffer | undefined
    if (running !== undefined && entered === running) logs = logsOf(running, sendBefore(running))
    answers.trap(failures.thrown(error, running?.isolate), fuel, logs)
    end(instance)
    instance.lost++
  }
  function end(instance: Instance): void {
    const { running } = instance
    instance.running = undefined
    if (running !== undefined && !running.isolate.isDisposed) running.isolate.dispose()
  }

  /** Its time was over and it has not had it; it has asked nobody anything, which would be asked twice. */
  function starved(error: unknown, timeMs: number): boolean {
    return failures.timedOut(error) && asked === 0 && patience.starved(timeMs)
  }
  /** Works twice where the time was over and was not had: what others have of the machine is no fault of the plugin. */
  function patiently(timeMs: number, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!starved(error, timeMs)) throw error
      work()
    }
  }

  /**
   * Where the call begins that was stopped, when it may be asked again: it has not had its time, and has asked nobody anything.
   * The isolate is lost all the same: nobody knows what the call has changed in it.
   */
  function stoppedEarly(running: Running, from: number, error: unknown): number | undefined {
    if (!starved(error, timeMsOf(from))) return undefined
    let at = from
    for (let calls = before(running).count; calls > 0; calls--) at += input.u32(at + frame.size)
    return at
  }
  /** Another isolate in the place of one that was lost, once: a call that is as bad as the last one shall not cost more. */
  function begun(instance: Instance, configures: boolean): boolean {
    if (!configures && (instance.configs.length === 0 || instance.lost > 1)) {
      answers.trap({ kind: 'exited', text: `${file}: the isolate is gone` }, 0, undefined)
      return false
    }
    patiently(configureMs, () => begin(instance))
    return true
  }
  function begin(instance: Instance): Running {
    end(instance)
    asked = 0
    patience.begin(system.nowMs())
    const running = isolates.start(input.bytes)
    instance.running = running
    for (const config of instance.configs) configureAnew(running, config)
    return running
  }
  function configureAnew(running: Running, config: Buffer): void {
    const memory = isolates.shared(config.length)
    config.copy(memory)
    running.room(memory)
    asked = 0
    patience.begin(system.nowMs())
    input.expectTold(input.start)
    const size = Number(running.call.applySync(undefined, [], { timeout: configureMs }))
    if (size < 0) throw new Error(toldAlone(running, -size))
  }
  function toldAlone(running: Running, size: number): string {
    return failures.told(running.output, wholeOf(running, control.bytes), size).text
  }
  function instanceOf(id: number): Instance {
    const known = instances.get(id)
    if (known !== undefined) return known
    const made = fresh()
    instances.set(id, made)
    return made
  }
  function fresh(): Instance {
    return { running: undefined, configs: [], lost: 0 }
  }
  function sayManifest(running: Running): void {
    asked = 0
    patience.begin(system.nowMs())
    const size = Number(running.manifest.applySync(undefined, [], { timeout: MANIFEST_MS }))
    if (size < 0) throw new Error(toldAlone(running, -size))
    const from = control.bytes + 4
    const at = answers.add(frame.manifest, 0, 0, Math.max(size - 4, 0))
    if (size > 4) running.output.copy(answers.bytes, at, from, from + size - 4)
  }

  /** `again`: the call that begins here was stopped before and had not had its time. Answers where the next frame begins. */
  function work(at: number, again: boolean): number {
    const instance = instanceOf(input.u32(at + frame.first))
    const fuel = input.u32(at + frame.second)
    const after = at + input.u32(at + frame.size)
    const block = input.bytes.subarray(at + frame.bytes, after)
    // What is remembered configures nothing.
    const whole = input.u32(at + frame.kind) === frame.call
    const configures = whole && block[abi.header.phase] === abi.phase.configure
    input.remember(at)
    entered = undefined
    // It is configured with this once more, behind those before it.
    if (configures && again) instance.configs.pop()
    try {
      if (instance.running === undefined && !begun(instance, configures)) return after
      const { running } = instance
      if (running === undefined) return after
      if (configures) instance.configs.push(Buffer.from(block))
      enter(running, at)
      settle(running)
      // The next call has less time, and whoever watches tells that by what was answered.
      if (configures) answers.flush()
      return word(running, control.next)
    } catch (error) {
      const { running } = instance
      if (running === undefined || entered !== running) {
        lose(instance, fuel, error)
        return after
      }
      // It may have been stopped while it did that.
      for (let from = at; from < word(running, control.next); from += input.u32(from + frame.size))
        input.remember(from)
      const innocent = again ? undefined : stoppedEarly(running, at, error)
      if (innocent === undefined) {
        lose(instance, fuel, error)
        return word(running, control.next)
      }
      sendBefore(running)
      end(instance)
      answers.flush()
      return work(innocent, true)
    } finally {
      entered = undefined
    }
  }

  return {
    call: (at) => work(at, false),
    manifest: () => {
      const instance = fresh()
      try {
        patiently(MANIFEST_MS, () => sayManifest(begin(instance)))
      } catch (error) {
        answers.trap(failures.thrown(error, instance.running?.isolate), 0, undefined)
      }
      end(instance)
    },
    close: (id) => {
      const instance = instances.get(id)
      instances.delete(id)
      if (instance !== undefined) end(instance)
    },
    beforeAsking: () => {
      if (entered !== undefined && before(entered).count > sentCount) {
        const { count, end } = before(entered)
        send(entered, count, end, word(entered, control.lastMs))
        asked = 0
      }
      return ++asked <= limits.storeCallsMax
    },
    heapBytes: () => {
      let heap = 0
      for (const { running } of instances.values()) {
        if (running === undefined) continue
        const statistics = running.isolate.getHeapStatisticsSync()
        heap += statistics.used_heap_size + statistics.externally_allocated_size
      }
      return heap
    },
  }
}
