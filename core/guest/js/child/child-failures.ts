/** ChildFailures: what went wrong in an isolate, as the worker is told it. Given as text, like all parts. */
import type Isolates from 'isolated-vm'
import type { TrapKind } from '../../trap.ts'
import type { ChildFailure, ChildSpec } from './child-given.ts'

export interface ChildFailures {
  /** Whether it was stopped because its time was over. */
  timedOut(error: unknown): boolean
  /** What a call into an isolate threw. */
  thrown(error: unknown, isolate: Isolates.Isolate | undefined): ChildFailure
  /** What the isolate says itself, in `output[at, at + size)`: a byte for its kind, and text. */
  told(output: Buffer, at: number, size: number): ChildFailure
}

export function childFailures({ file }: ChildSpec): ChildFailures {
  const kinds: readonly TrapKind[] = ['unreachable', 'stack', 'budget']

  function placeIn(text: string): string | undefined {
    const at = text.indexOf(`${file}:`)
    return at < 0 ? undefined : /^\d+/.exec(text.slice(at + file.length + 1))?.[0]
  }

  function textOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error)
  }
  function timedOut(error: unknown): boolean {
    return /timed out/.test(textOf(error))
  }

  return {
    timedOut,
    /** `Unexpected token ';' [tag.js:2:9]` and stacks become `tag.js:2: …`. */
    thrown: (error, isolate) => {
      const message = textOf(error)
      if (timedOut(error)) return { kind: 'fuel', text: `${file}: the call took longer than it may` }
      if (isolate?.isDisposed === true || /memory limit|allocation failed/i.test(message)) {
        return { kind: 'memory', text: `${file}: the isolate needed more memory than it may have` }
      }
      // What the isolate says itself names the place.
      if (message.startsWith(`${file}:`)) return { kind: 'unreachable', text: message }
      const stack = error instanceof Error ? String(error.stack) : ''
      const place = placeIn(message) ?? placeIn(stack)
      const said = message.replace(/ \[[^\]]*\]$/, '')
      const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : ''
      return {
        kind: 'unreachable',
        text: `${file}:${place === undefined ? '' : `${place}:`} ${name}${said}`,
      }
    },
    told: (output, at, size) => ({
      kind: kinds[output[at] ?? 0] ?? 'unreachable',
      text: output.toString('utf8', at + 1, at + size),
    }),
  }
}
