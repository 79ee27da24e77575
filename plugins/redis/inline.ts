/**
 * Inline commands: a line of words instead of an array, as people type it. Words are split as the server splits them:
 * at blanks; "…" with the escapes \n \r \t \b \a \xHH and \ before anything else; '…' with \' alone.
 */
import { CR, LF } from './resp.ts'

const BLANK = /[\t\n\v\f\r ]/
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

/** First words of HTTP: whoever sends them is a browser that somebody misuses, and the server closes at once, too. */
const FOREIGN = ['POST', 'HOST:']

/** The command in a line without its end, as an array; `undefined` when there is none, and a text says why it is not taken. */
export function typedCommand(line: string): Buffer | string | undefined {
  const words = splitInline(line)
  if (words === undefined) return 'unbalanced quotes in request'
  const [name] = words
  if (name === undefined) return undefined
  return FOREIGN.includes(name.toUpperCase()) ? 'this is HTTP' : asArray(words)
}

/** The words of a line without its end, as latin1 texts; `undefined` when a quote is open or something follows one. */
export function splitInline(line: string): readonly string[] | undefined {
  const words: string[] = []
  let at = 0
  while (true) {
    while (at < line.length && BLANK.test(line[at] ?? '')) at++
    if (at === line.length) return words
    const word = wordAt(line, at)
    if (word === undefined) return undefined
    words.push(word.text)
    at = word.end
  }
}

/** The words as an array of bulk strings. */
export function asArray(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'latin1')
}

/** Where the text of a line ends that has a line feed at its end. */
export function lineEnd(bytes: Uint8Array, start: number, feed: number): number {
  return feed > start && bytes[feed] === LF && bytes[feed - 1] === CR ? feed - 1 : feed
}

interface Word {
  readonly text: string
  readonly end: number
}

function wordAt(line: string, start: number): Word | undefined {
  let text = ''
  let at = start
  while (at < line.length && !BLANK.test(line[at] ?? '')) {
    const char = line[at]
    if (char === '"' || char === "'") {
      const quoted = char === '"' ? doubleQuoted(line, at + 1) : singleQuoted(line, at + 1)
      // What stands behind a closing quote must be a blank.
      if (quoted === undefined || (quoted.end < line.length && !BLANK.test(line[quoted.end] ?? '')))
        return undefined
      return { text: text + quoted.text, end: quoted.end }
    }
    text += char
    at++
  }
  return { text, end: at }
}

function doubleQuoted(line: string, start: number): Word | undefined {
  let text = ''
  for (let at = start; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === '"') return { text, end: at + 1 }
    if (char !== '\\' || at + 1 === line.length) {
      text += char
      continue
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4))?.[1]
    const next = line[at + 1] ?? ''
    text += hex === undefined ? (escapes[next] ?? next) : String.fromCharCode(Number.parseInt(hex, 16))
    at += hex === undefined ? 1 : 3
  }
  return undefined
}

function singleQuoted(line: string, start: number): Word | undefined {
  let text = ''
  for (let at = start; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === "'") return { text, end: at + 1 }
    if (char === '\\' && line[at + 1] === "'") at++
    text += line[at]
  }
  return undefined
}
