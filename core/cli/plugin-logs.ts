/** `weir plugin logs`: what a plugin of a weir that runs said lately, and why its calls failed. */
import { setTimeout as sleep } from 'node:timers/promises'
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
  const asJson = call.flag('json') === true
  let seen = new Set<string>()
  do {
    const { status, body } = await host.askAdmin(admin, 'GET', `/plugins/${encodeURIComponent(name)}/logs`)
    if (status !== 200) {
      host.err(`${messageOf(body) ?? `the admin API answered with status ${status}`}\n`)
      return exitCodes.failed.code
    }
    const lines = linesOf(body)
    const fresh = lines.filter((line) => !seen.has(keyOf(line)))
    for (const line of fresh) host.out(asJson ? `${JSON.stringify(line)}\n` : lineText(line))
    seen = new Set(lines.map(keyOf))
    if (call.flag('follow') === true) await sleep(FOLLOW_MS)
  } while (call.flag('follow') === true)
  return exitCodes.ok.code
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
