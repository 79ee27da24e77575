/** Edits: what a mutation makes of a command's arguments. */
import type { Edit, EncodeProblem, Message, Mutation } from '../../sdk/index.ts'
import { begunOf } from './begun-command.ts'
import { firstKey } from './keys.ts'
import { ARGUMENTS_MAX } from './limits.ts'
import { ArgumentCursor, specOf } from './request-frame.ts'

const NUMBERED = /^arg\.(0|[1-9][0-9]{0,6})$/

/**
 * The arguments with all edits applied; a sentence when one cannot be. Of a command that has only begun they are those that are
 * whole, and what is here of the others follows them as it came; a body that takes the place of the last one ends it.
 */
export function editedArguments(message: Message, mutation: Mutation): Buffer[] | EncodeProblem {
  const args = allArguments(message)
  const { newBody, edits } = mutation
  const cut = message.rest > 0 && newBody === undefined ? args.length : Number.POSITIVE_INFINITY
  if (newBody !== undefined) {
    if (message.mark0 < 2) return `${specOf(message)?.name} has no argument that a body could replace`
    if (args.length < message.mark0 - 1)
      return `the body cannot be replaced, for "arg.${args.length}" before it is passed on in pieces`
    args[message.mark0 - 1] = newBody
  }
  for (const edit of edits) {
    const problem = applied(args, edit, message, cut)
    if (problem !== undefined) return problem
  }
  return args
}

/** Arguments are replaced, appended behind the last, or taken away from the end: none of the others then moves. */
function applied(
  args: Buffer[],
  { op, key, value }: Edit,
  message: Message,
  cut: number,
): EncodeProblem | undefined {
  const place = key === 'key' ? firstKey(message) : Number(NUMBERED.exec(key)?.[1] ?? Number.NaN)
  if (Number.isNaN(place)) return `"${key}" cannot be changed; what can be are key and arg.1, arg.2 …`
  if (key === 'key' && place === 0) return 'the command has no "key" that could be changed'
  if (place <= (specOf(message)?.container === true ? 1 : 0))
    return `"${key}" cannot be changed, for it is the command`
  if (place >= cut) return `"${key}" cannot be changed, for "arg.${cut}" is passed on in pieces`
  if (op === 'remove' && cut < Number.POSITIVE_INFINITY)
    return `"${key}" cannot be removed, for what is behind it is passed on in pieces`
  if (op === 'remove') {
    if (place >= args.length) return undefined
    if (place !== args.length - 1) return `"${key}" cannot be removed, for it is not the last argument`
    args.pop()
    return undefined
  }
  if (place > args.length || (op === 'add' && place < args.length))
    return `"${key}" cannot be ${op === 'add' ? 'added' : 'set'}; there are ${args.length - 1} arguments`
  if (place >= ARGUMENTS_MAX) return `"${key}" cannot be added: there are too many arguments`
  args[place] = Buffer.from(value)
  return undefined
}

/** Those that are whole. */
function allArguments(message: Message): Buffer[] {
  const cursor = new ArgumentCursor(message)
  const args = [cursor.bytes]
  while (cursor.next() && cursor.whole) args.push(cursor.bytes)
  return args
}

/** Where what is here of a command that has only begun goes on behind its last whole argument. */
export function tailStart(message: Message): number {
  const whole = begunOf(message)?.wholeCount ?? message.mark0
  const cursor = new ArgumentCursor(message)
  cursor.seek(whole - 1)
  return Math.min(cursor.end + 2, message.end)
}
