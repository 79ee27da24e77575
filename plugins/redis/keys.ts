/** Keys: which arguments of a command are its keys, by the table of commands. */
import type { Message } from '../../sdk/index.ts'
import type { KeyRule } from './commands.ts'
import { ArgumentCursor, argumentOf, specOf } from './request-frame.ts'

/** Commands with subcommands of which only this one has a key. */
const ONLY: Readonly<Record<string, string>> = { MEMORY: 'USAGE' }

/** The first key's place among the arguments; 0 when the command has none, or when where it stands is not here. */
export function firstKey(message: Message): number {
  const rule = specOf(message)?.keys
  if (rule === undefined) return 0
  if (rule.at === 'range' && rule.first === 1)
    return message.mark0 > 1 && lastOf(rule, message.mark0) > 0 ? 1 : 0
  return keyPlaces(message)[0] ?? 0
}

/**
 * Of a command of which so many arguments are here as a whole: whether its first key, or one of all its keys, may stand
 * behind them.
 */
export function keysLack(message: Message, wholeCount: number, which: 'first' | 'all'): boolean {
  const spec = specOf(message)
  if (spec?.keys === undefined) return false
  const only = ONLY[spec.name]
  if (only !== undefined && wholeCount > 1 && wordAt(message, 1) !== only) return false
  return placesLack(spec.keys, { message, wholeCount, first: which === 'first' })
}

interface Begun {
  readonly message: Message
  readonly wholeCount: number
  /** Whether only the first key is looked for. */
  readonly first: boolean
}

function placesLack(rule: KeyRule, { message, wholeCount, first }: Begun): boolean {
  const count = message.mark0
  switch (rule.at) {
    case 'range': {
      const last = Math.min(lastOf(rule, count), count - 1)
      if (last < rule.first) return false
      return (first ? rule.first : last - ((last - rule.first) % rule.step)) >= wholeCount
    }
    case 'counted': {
      if (first && rule.also > 0) return rule.also >= wholeCount
      if (rule.count >= Math.min(wholeCount, count)) return wholeCount < count
      const places = counted(rule.count, rule.also, message)
      return ((first ? places[0] : places.at(-1)) ?? 0) >= wholeCount
    }
    case 'streams':
      return wholeCount < count
    case 'store':
      return first ? wholeCount === 1 && count > 1 : wholeCount < count
    case 'migrate':
      return (
        wholeCount < Math.min(count, 4) || ((argumentOf(message, 3)?.length ?? 0) === 0 && wholeCount < count)
      )
  }
}

/** Every key's place among the arguments, in order, as far as what is here tells. */
export function keyPlaces(message: Message): readonly number[] {
  const spec = specOf(message)
  if (spec?.keys === undefined) return NONE
  const only = ONLY[spec.name]
  if (only !== undefined && wordAt(message, 1) !== only) return NONE
  return places(spec.keys, message)
}

function places(rule: KeyRule, message: Message): readonly number[] {
  const count = message.mark0
  switch (rule.at) {
    case 'range':
      return stepped(rule.first, Math.min(lastOf(rule, count), count - 1), rule.step)
    case 'counted':
      return counted(rule.count, rule.also, message)
    case 'streams':
      return streams(message)
    case 'store':
      return [...stepped(1, Math.min(1, count - 1), 1), ...stored(message)]
    case 'migrate':
      return migrated(message)
  }
}

function lastOf(rule: KeyRule & { readonly at: 'range' }, count: number): number {
  return rule.last < 0 ? count + rule.last : rule.last
}

function counted(at: number, also: number, message: Message): readonly number[] {
  const text = argumentOf(message, at)?.toString('latin1', 0, 12) ?? ''
  const said = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0
  const keys = stepped(at + 1, Math.min(at + said, message.mark0 - 1), 1)
  return also > 0 && message.mark0 > also ? [also, ...keys] : keys
}

function streams(message: Message): readonly number[] {
  const at = placeOfWord(message, 'STREAMS', 1)
  if (at === 0) return NONE
  const following = message.mark0 - 1 - at
  return stepped(at + 1, at + Math.floor(following / 2), 1)
}

function stored(message: Message): readonly number[] {
  const at = placeOfWord(message, 'STORE', 2) || placeOfWord(message, 'STOREDIST', 2)
  return at > 0 && at + 1 < message.mark0 ? [at + 1] : NONE
}

function migrated(message: Message): readonly number[] {
  if ((argumentOf(message, 3)?.length ?? 0) > 0) return [3]
  const at = placeOfWord(message, 'KEYS', 6)
  return at === 0 ? NONE : stepped(at + 1, message.mark0 - 1, 1)
}

function placeOfWord(message: Message, word: string, from: number): number {
  const cursor = new ArgumentCursor(message)
  while (cursor.next()) {
    const fits = cursor.index >= from && cursor.end - cursor.start === word.length
    if (fits && cursor.word === word) return cursor.index
  }
  return 0
}

function wordAt(message: Message, index: number): string {
  const cursor = new ArgumentCursor(message)
  return cursor.seek(index) ? cursor.word : ''
}

function stepped(first: number, last: number, step: number): readonly number[] {
  const found: number[] = []
  for (let at = first; at <= last; at += step) found.push(at)
  return found
}

const NONE: readonly number[] = Object.freeze([])
