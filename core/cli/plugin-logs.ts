/** `weir plugin logs`: what a plugin of a weir that runs said lately, and why its calls failed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorText } from '../base/error-text.ts'
import { printable } from '../base/printable.ts'
import { adminAddress, adminOptions } from './admin-address.ts'
import type { Call, Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import type { CliHost } from './host.ts'
import { WrongUsage } from './wrong-usage.ts'

const FOLLOW_MS = 250
const LINE_CHARACTERS_MAX = 8_192

export const pluginLogsCommand: Command = {
  name: 'plugin logs',
  about: 'show what a plugin of a weir that runs said lately, and why its calls failed',
  usage: 'plugin logs NAME [--follow] [-c FILE | --admin ADDRESS] [--json]',
  options: {
    follow: { type: 'boolean', short: 'f', about: 'go on with what it says from now on, until interrupted' },
    ...adminOptions,
    json: { type: 'boolean', about: 'print a JSON document for each line' },
  },
  argument: 'NAME',
  examples: [
    ['weir plugin logs tag', 'the last lines, of all workers'],
    ['weir plugin logs tag --follow', 'and those to come'],
  ],
  run,
}

interface Line {
  readonly at: string
  readonly worker: number
  readonly number: number
  readonly level: string
  readonly text: string
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [name, ...more] = call.arguments
  if (name === undefined || more.length > 0) {
    const mistake = name === undefined ? 'say which plugin' : `unexpected argument "${more[0]}"`
    throw new WrongUsage(mistake)
  }
  const admin = await adminAddress(call, host)
  if (admin === undefined) return exitCodes.invalid.code
  const asked = new Follower(host, admin, name)
  const follow = call.flag('follow') === true
  const asJson = call.flag('json') === true
  do {
    const lines = await asked.next(follow)
    if (lines === undefined) return exitCodes.failed.code
    for (const line of lines) host.out(asJson ? `${JSON.stringify(line)}\n` : lineText(line))
    if (follow) await sleep(FOLLOW_MS)
  } while (follow)
  if (asked.silent && !asJson) host.err(`"${name}" has said nothing, and no call of it has failed\n`)
  return exitCodes.ok.code
}

/** Asks again and again for what is new. */
class Follower {
  readonly #host: CliHost
  readonly #admin: string
  readonly #name: string
  #seen: ReadonlySet<string> | undefined = undefined
  /** Weir did not answer: it is starting anew, and does not know its plugins at once. */
  #away = false

  constructor(host: CliHost, admin: string, name: string) {
    this.#host = host
    this.#admin = admin
    this.#name = name
  }

  /** Whether there has been no line. */
  get silent(): boolean {
    return this.#seen?.size === 0
  }

  /** `undefined` when there will be no more, which has been said then. `patient`: a weir that was there is waited for. */
  async next(patient: boolean): Promise<readonly Line[] | undefined> {
    const path = `/plugins/${encodeURIComponent(this.#name)}/logs`
    const waits = patient && this.#seen !== undefined
    const answer = await this.#host.askAdmin(this.#admin, 'GET', path).catch((error: unknown) => {
      if (!waits) throw error
      return errorText(error)
    })
    if (typeof answer === 'string') return this.#wait(answer)
    if (answer.status !== 200) {
      const text = messageOf(answer.body) ?? `the admin API answered with status ${answer.status}`
      if (this.#away) return []
      this.#host.err(`${text}\n`)
      return undefined
    }
    this.#away = false
    return this.#fresh(linesOf(answer.body))
  }

  #wait(text: string): readonly Line[] {
    if (!this.#away) this.#host.err(`${text}; waiting for it\n`)
    this.#away = true
    return []
  }

  #fresh(lines: readonly Line[]): readonly Line[] {
    const seen = this.#seen
    this.#seen = new Set(lines.map(keyOf))
    return lines.filter((line) => seen?.has(keyOf(line)) !== true)
  }
}

/** A worker that was replaced counts from 1 again, at another time. */
function keyOf({ at, worker, number }: Line): string {
  return `${worker} ${number} ${at}`
}

function lineText({ at, worker, level, text }: Line): string {
  const indented = printable(text, LINE_CHARACTERS_MAX).replaceAll('\n', '\n  ')
  return `${at.slice(at.indexOf('T') + 1, -1)} ${level.padEnd(5)} [${worker}] ${indented}\n`
}

function linesOf(body: unknown): readonly Line[] {
  const lines = isMap(body) && Array.isArray(body['lines']) ? body['lines'] : []
  return lines.filter(isLine)
}

function messageOf(body: unknown): string | undefined {
  return isMap(body) && typeof body['message'] === 'string' ? body['message'] : undefined
}

function isLine(value: unknown): value is Line {
  if (!isMap(value)) return false
  const { at, worker, number, level, text } = value
  return (
    [at, level, text].every((each) => typeof each === 'string') && [worker, number].every(Number.isInteger)
  )
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
