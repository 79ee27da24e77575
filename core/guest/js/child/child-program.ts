/**
 * ChildProgram: what runs in a plugin's own process. It reads frames from the pipe, calls the plugin in its isolates,
 * and writes the answers in the same order; there is no event loop, so that nothing but the pipe can make it do anything.
 * The process is started with its text and that of its parts, and may open no file; so they use nothing but their arguments.
 */
import type { ChildSpec, ChildSystem } from './child-given.ts'
import type { AskStore } from './child-isolates.ts'
import type { ChildParts } from './child-parts.ts'

export function childProgram(parts: ChildParts, spec: ChildSpec, system: ChildSystem): void {
  const { frame } = spec
  const FIGURES_MS = 500
  const KIB = 1_024
  const input = parts.input(spec, system)
  const answers = parts.answers(spec, system)
  const failures = parts.failures(spec)
  const isolates = parts.isolates(spec, system, (memory, size) => askStore(memory, size))
  const patience = parts.patience(system)
  const calls = parts.calls({ spec, system, input, answers, failures, patience, isolates })
  let figuresMs = Number.NEGATIVE_INFINITY

  const askStore: AskStore = (memory, size) => {
    if (!(size >= 0 && size <= memory.length) || !calls.beforeAsking()) return 0
    const from = answers.add(frame.ask, 0, 0, size)
    memory.copy(answers.bytes, from, 0, size)
    answers.flush()
    return input.takeTold(memory)
  }
  function figures(): void {
    const nowMs = system.nowMs()
    if (nowMs - figuresMs < FIGURES_MS) return
    figuresMs = nowMs
    answers.add(frame.figures, system.residentBytes() / KIB, calls.heapBytes() / KIB, 0)
  }
  /** Answers where the next frame begins. */
  function onFrame(at: number): number {
    const next = at + input.u32(at + frame.size)
    switch (input.u32(at + frame.kind) & 0xff) {
      case frame.call:
      case frame.kept:
      case frame.again:
        return calls.call(at)
      case frame.close:
        calls.close(input.u32(at + frame.first))
        return next
      case frame.askManifest:
        calls.manifest()
        return next
      default:
        return next
    }
  }
  /** Works through the frames that are whole and keeps the rest. */
  function work(): void {
    let at = input.start
    while (input.whole(at)) {
      at = onFrame(at)
      answers.flushSoon()
    }
    input.drop(at)
  }

  answers.add(frame.ready, 0, 0, 0)
  figures()
  answers.flush()
  while (input.read()) {
    answers.begin()
    work()
    figures()
    answers.flush()
  }
}
