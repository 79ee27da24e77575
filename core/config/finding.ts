/** Finding: one way in which a value does not fit its declaration, before anybody knows where the value stands. */
import { hint } from '../../sdk/index.ts'
import type { ConfigPath } from './path.ts'
import type { Anchor } from './source.ts'
import { shown } from './wording.ts'

export interface Finding {
  readonly path: ConfigPath
  readonly text: string
  readonly anchor: Anchor
  /** The key that the declaration does not know; `undefined` for every other finding. */
  readonly unknownKey: string | undefined
}

export function finding(path: ConfigPath, text: string): Finding {
  return { path, text, anchor: 'value', unknownKey: undefined }
}

/** A key of the map at `path` that none of `known` is; `text` replaces the usual sentence. */
export function unknownKey(path: ConfigPath, key: string, known: readonly string[], text?: string): Finding {
  const usual = `unknown key "${key}"${hint(key, known)}`
  return { path: [...path, key], text: text ?? usual, anchor: 'key', unknownKey: key }
}

/** What is wrong with a kind of value; a text that YAML read as a number needs its quotes. */
export function wrongKind(wanted: string, value: unknown): string {
  const quotes = wanted.includes('string') && (typeof value === 'number' || typeof value === 'boolean')
  return `must be ${wanted}, not ${shown(value)}${quotes ? ': put it in quotes' : ''}`
}

export function wrongWord(value: unknown, allowed: readonly unknown[]): string {
  // What is no text is only named: a map of a stranger's may not even become one.
  const words = allowed.map((word) => (typeof word === 'string' ? word : shown(word)))
  if (typeof value !== 'string') return `must be one of ${words.join(', ')}, not ${shown(value)}`
  return `unknown value ${shown(value)}${hint(value, words)}`
}
