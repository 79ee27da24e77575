/**
 * Session: what a client has left behind on its connection, as far as its commands tell: a transaction, watched keys,
 * subscriptions, a login, a database, a protocol. From that follows whether a command may go over a connection that
 * others use too. Where a command may have been refused it is taken for done: that costs a connection, and no more.
 */
import type { Message } from '../../sdk/index.ts'
import type { Role } from './commands.ts'
import { WAIT_MS_MAX } from './limits.ts'
import { ArgumentCursor, argumentOf, DATABASE_MAX, specOf } from './request-frame.ts'

/** Subcommands of CLIENT that mark the connection for good. */
const MARKING = ['SETNAME', 'TRACKING', 'CACHING', 'NO-EVICT', 'NO-TOUCH']

export class Session {
  /** As far as SELECT tells. */
  database = 0
  /** The name of the last login; `undefined` before the first. */
  user: string | undefined = undefined
  #transaction = false
  #watching = false
  #versionThree = false
  /** Something that only RESET takes away. */
  #marked = false

  /** Nothing of the client is on its connection. */
  get clean(): boolean {
    return !(this.#marked || this.#transaction || this.#watching || this.#versionThree) && this.database === 0
  }

  /** Takes a command in and says on the message which connection it needs; a text says why it is not carried. */
  take(message: Message, role: Role): string | undefined {
    const clean = this.clean
    const waitMs = this.#transaction ? 0 : blockedMs(message, role)
    const refusal = this.#note(message, role)
    if (refusal !== undefined) return refusal
    message.waitMs = waitMs
    if (!this.clean) message.affinity = 'own'
    else if (!clean || waitMs > 0) message.affinity = 'release'
    return undefined
  }

  #note(message: Message, role: Role): string | undefined {
    switch (role) {
      case 'refused':
        return `${specOf(message)?.name} is for replicas, which are not carried`
      case 'select':
        this.database = databaseIn(message, this.database)
        return undefined
      case 'auth':
        this.user = message.mark0 > 2 ? (argumentOf(message, 1)?.toString() ?? '') : 'default'
        this.#marked = true
        return undefined
      case 'hello':
        this.#hello(message)
        return undefined
      case 'multi':
        this.#transaction = true
        return undefined
      case 'exec':
      case 'discard':
        if (this.#transaction) this.#watching = false
        this.#transaction = false
        return undefined
      case 'watch':
        this.#watching = true
        return undefined
      case 'unwatch':
        if (!this.#transaction) this.#watching = false
        return undefined
      case 'reset':
        this.#reset()
        return undefined
      case 'client':
        return this.#client(message)
      case 'subscribe':
      case 'monitor':
        if (this.#transaction) return `${specOf(message)?.name} within MULTI is not carried`
        this.#marked = true
        return undefined
      case 'script':
        if (wordOf(message) === 'DEBUG') this.#marked = true
        return undefined
      case 'sticky':
      case 'wait':
        this.#marked = true
        return undefined
      default:
        return undefined
    }
  }

  #hello(message: Message): void {
    if (message.mark0 === 1) return
    if (message.mark0 > 2) this.#marked = true
    this.#versionThree = argumentOf(message, 1)?.toString('latin1', 0, 2) !== '2'
    const cursor = new ArgumentCursor(message)
    cursor.next()
    while (cursor.next()) {
      if (cursor.word === 'AUTH' && cursor.next()) {
        this.user = cursor.bytes.toString()
        return
      }
    }
  }

  #client(message: Message): string | undefined {
    const word = wordOf(message)
    if (word === 'REPLY' && argumentOf(message, 2)?.toString('latin1', 0, 3).toUpperCase() !== 'ON')
      return 'CLIENT REPLY OFF and SKIP are not carried'
    if (MARKING.includes(word)) this.#marked = true
    return undefined
  }

  #reset(): void {
    this.database = 0
    this.user = undefined
    this.#transaction = false
    this.#watching = false
    this.#versionThree = false
    this.#marked = false
  }
}

function wordOf(message: Message): string {
  const cursor = new ArgumentCursor(message)
  return cursor.next() ? cursor.word : ''
}

function databaseIn(message: Message, before: number): number {
  const text = argumentOf(message, 1)?.toString('latin1', 0, 6) ?? ''
  return /^[0-9]{1,5}$/.test(text) ? Math.min(Number(text), DATABASE_MAX) : before
}

/** How long a blocking command may be left without a reply at its own wish; 0 when it does not block. */
function blockedMs(message: Message, role: Role): number {
  switch (role) {
    case 'blocking-last':
      return seconds(argumentOf(message, message.mark0 - 1))
    case 'blocking-first':
      return seconds(argumentOf(message, 1))
    case 'wait':
      return milliseconds(argumentOf(message, message.mark0 - 1))
    case 'blocking-streams':
      return blockOption(message)
    default:
      return 0
  }
}

/** XREAD and XREADGROUP wait only when they are told to, and the word stands before the streams. */
function blockOption(message: Message): number {
  const cursor = new ArgumentCursor(message)
  while (cursor.next()) {
    const { word } = cursor
    if (word === 'STREAMS') return 0
    if (word === 'BLOCK') return cursor.next() ? milliseconds(cursor.bytes) : 0
  }
  return 0
}

function seconds(argument: Buffer | undefined): number {
  return waited(Number(argument?.toString('latin1', 0, 24) || 'none') * 1_000)
}

function milliseconds(argument: Buffer | undefined): number {
  return waited(Number(argument?.toString('latin1', 0, 24) || 'none'))
}

/** 0 waits for ever; what is no number is refused by the server at once. */
function waited(ms: number): number {
  if (Number.isNaN(ms) || ms < 0) return 1
  return ms === 0 || ms > WAIT_MS_MAX ? Infinity : ms
}
