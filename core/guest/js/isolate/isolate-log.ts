/** IsolateLog: lines of log and counters of a call, of each no more than are obeyed. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateLogGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly list: IsolateList
  readonly linesMax: number
  readonly lineBytesMax: number
}

export interface IsolateLog {
  /** What authors call by name. */
  readonly globals: Readonly<Record<string, unknown>>
  /** Another call begins. */
  reset(): void
}

export function isolateLog(given: IsolateLogGiven): IsolateLog {
  const { abi, engine, values, list, linesMax, lineBytesMax } = given
  const { BaseError, freeze, slice, stringify, text } = engine
  const { isObject, plain, whole } = values
  const { op } = abi
  let logs = 0
  let counts = 0

  function lineOf(parts: readonly unknown[]): string {
    let line = ''
    for (let i = 0; i < parts.length; i++) {
      const value = parts[i]
      const shownAs =
        isObject(value) && !(value instanceof BaseError) ? (stringify(value) ?? text(value)) : text(value)
      line += (i === 0 ? '' : ' ') + shownAs
    }
    return line
  }
  function write(level: number, parts: readonly unknown[]): void {
    if (logs++ >= linesMax) return
    const line = slice(lineOf(parts), 0, lineBytesMax)
    list.begin(op.log, level)
    list.text(line)
    list.end()
  }
  function logger(level: number): (...parts: unknown[]) => void {
    return freeze((...parts: unknown[]) => write(level, parts))
  }
  const { debug, info, warn, error } = abi.logLevel
  const log = freeze(
    Object.assign((...parts: unknown[]) => write(info, parts), {
      debug: logger(debug),
      info: logger(info),
      warn: logger(warn),
      error: logger(error),
    }),
  )
  const counter = freeze((name: unknown, by: unknown) => {
    const called = plain(name, 'the name of a counter')
    const number = by === undefined ? 1 : whole(by, 'what is counted')
    if (counts++ >= linesMax) return
    list.begin(op.count, 0)
    list.word(number)
    list.text(called)
    list.end()
  })
  const console = freeze({ log, info: log.info, debug: log.debug, warn: log.warn, error: log.error })

  return {
    globals: { log, counter, console },
    reset: () => {
      logs = 0
      counts = 0
    },
  }
}
