/** IsolateFailure: what the author did wrong, in words and with the place: nothing that a plugin threw leaves the isolate. Given as text, like all parts. */
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateText } from './isolate-text.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateFailureGiven {
  readonly engine: IsolateEngine
  readonly texts: IsolateText
  readonly values: IsolateValues
  readonly list: IsolateList
  readonly output: Uint8Array
  /** The file's name, which the lines of a stack are looked up by. */
  readonly file: string
  readonly errorBytesMax: number
}

export interface IsolateFailure {
  /** Writes it behind what is whole of the list: a byte for its kind (0 error, 1 stack, 2 budget), and text; answers its size. */
  tell(thrown: unknown): number
}

export function isolateFailure(given: IsolateFailureGiven): IsolateFailure {
  const { engine, texts, values, list, output, file, errorBytesMax } = given
  const { BaseError, OutOfRange, charCodeAt, floor, fromCharCode, indexOf, slice, split, text } = engine

  function tell(thrown: unknown): number {
    const from = list.wholeEnd()
    let kind = 0
    let why = 'it threw something that cannot be shown'
    try {
      if (thrown === list.tooLong) {
        kind = 2
        why = `the answer is longer than ${list.bytesMax} bytes`
      } else {
        why = described(thrown)
        kind = thrown instanceof OutOfRange && indexOf(why, 'call stack size') >= 0 ? 1 : 0
      }
    } catch {
      // It stays with the sentence above.
    }
    output[from] = kind
    return texts.write(slice(why, 0, floor(errorBytesMax / 3)), output, from + 1) - from
  }
  /** `tag.js:3: no luck`, and the calls that led there. */
  function described(thrown: unknown): string {
    if (!(thrown instanceof BaseError))
      return `${file}: it threw ${typeof thrown === 'string' ? thrown : values.shown(thrown)}`
    const stack = text(thrown.stack)
    const said = text(thrown.message)
    const name = text(thrown.name)
    let first = ''
    let calls = ''
    const lines = split(stack, '\n')
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? ''
      const place = indexOf(line, `${file}:`)
      if (place < 0 || indexOf(line, '    at ') !== 0) continue
      if (first === '') first = lineIn(slice(line, place + file.length + 1))
      calls += `\n${line}`
    }
    const kind = name === 'Error' || name === '' ? '' : `${name}: `
    return `${file}:${first === '' ? '' : `${first}:`} ${kind}${said}${calls}`
  }
  function lineIn(rest: string): string {
    let digits = ''
    for (let i = 0; i < rest.length; i++) {
      const unit = charCodeAt(rest, i)
      if (unit < 48 || unit > 57) break
      digits += fromCharCode(unit)
    }
    return digits
  }

  return { tell }
}
