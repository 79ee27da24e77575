/**
 * DevScreen: what `weir dev` prints: each call with what a plugin changed, what was built and went live, and errors with
 * the lines of the source where they are.
 */
import { printable } from '../../base/printable.ts'
import type { TapCall, TapEdit, TapReport } from '../../guest/tap-call.ts'
import { type Built, isCompiled, type Project } from './build.ts'
import { codeFrames } from './code-frame.ts'
import type { Paint } from './paint.ts'

const SHOWN_CHARACTERS_MAX = 8_192

export interface DevScreenParts {
  out(text: string): void
  readonly paint: Paint
  /** Whether programs read it. */
  readonly json: boolean
  /** Where sources are looked for. */
  readonly folders: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

export class DevScreen {
  readonly #parts: DevScreenParts
  readonly #folders: string[]
  /** Files that were put into the plugin folder, with what people edit. */
  readonly #sources = new Map<string, string>()
  /** Plugins of which an older version runs than the one in the source. */
  readonly #older = new Set<string>()

  constructor(parts: DevScreenParts) {
    this.#parts = parts
    this.#folders = [...parts.folders]
  }

  /** Sources may be here, too. */
  lookIn(folder: string): void {
    this.#folders.push(folder)
  }

  /** What is said about a file is about its source. */
  cameFrom(file: string, source: string): void {
    this.#sources.set(file, source)
  }

  tap({ calls, skipped }: TapReport): void {
    for (const call of calls) this.#say({ type: 'call', ...call }, () => this.#callLines(call))
    if (skipped > 0) {
      const text = `… ${skipped} more calls, not shown; --calls shows more`
      this.#say({ type: 'skipped', calls: skipped }, () => [this.#parts.paint('gray', text)])
    }
  }

  /** Compilers take their time. */
  building(project: Project): void {
    if (!this.#parts.json && isCompiled(project))
      this.#parts.out(`${this.#parts.paint('gray', `building ${project.name}`)}\n`)
  }

  built({ project, file, bytes, ms }: Built): void {
    const { name, language } = project
    this.#say({ type: 'built', plugin: name, language, file, bytes, ms }, () =>
      isCompiled(project)
        ? [this.#parts.paint('gray', `${name} was built in ${ms.toFixed(0)} ms (${bytes} B)`)]
        : [],
    )
  }

  failed(plugin: string, text: string): void {
    this.#older.add(plugin)
    this.#say({ type: 'build-failed', plugin, text }, () => [
      this.#parts.paint('red', `${plugin} was not built`),
      ...this.#compilerLines(text),
    ])
  }

  /** Lines of the log, as JSON. */
  log(lines: string): void {
    for (const line of lines.split('\n')) if (line !== '') this.#logLine(line)
  }

  #logLine(line: string): void {
    const fields = parsed(line)
    if (fields === undefined) return
    const { msg, plugin, reason } = fields
    const about = typeof plugin === 'string' ? plugin : ''
    const text = String(msg)
    // What plugins say themselves, and why calls of theirs failed, stands with their calls.
    if (about !== '' && !/^(a )?plugin /.test(text)) return
    const level = levelOf(fields)
    if (text === 'plugin went live') this.#older.delete(about)
    if (typeof reason === 'string') this.#older.add(about)
    this.#say({ type: 'log', ...fields }, () => {
      if (text === 'weir is serving') return this.#servingLines(fields)
      if (text === 'plugin went live')
        return [this.#parts.paint('green', `✓ ${about} is live on ${names(fields['listeners'])}`)]
      if (typeof reason === 'string')
        return [
          this.#parts.paint('red', `✗ ${about === '' ? '' : `${about}: `}${text}`),
          ...this.#framed(reason),
        ]
      if (level === 'info' && about === '') return []
      const { paint } = this.#parts
      const details = detailsOf(fields)
      return [
        paint(
          level === 'info' ? 'gray' : 'yellow',
          `weir: ${about === '' ? '' : `${about}: `}${text}${details}`,
        ),
      ]
    })
  }

  #servingLines(fields: Fields): readonly string[] {
    const listeners = Object.entries(isFields(fields['listeners']) ? fields['listeners'] : {})
    const where = listeners.map(([name, address]) => `${name} on ${String(address)}`).join(', ')
    return [
      this.#parts.paint('bold', `weir serves ${where}; admin API on ${String(fields['admin'])}`),
      this.#parts.paint('gray', 'edit a plugin and save it; Ctrl+C stops'),
    ]
  }

  #callLines(call: TapCall): readonly string[] {
    const { paint } = this.#parts
    const { plugin, phase, verdict, tookMs, fuel, failure } = call
    const operation = plain(call.operation)
    const requestId = plain(call.requestId)
    const cost = `${(tookMs * 1_000).toFixed(0)} µs${fuel === undefined ? '' : `, ${fuel} fuel`}`
    const colour =
      failure !== undefined ? 'red' : verdict === 'continue' || phase === 'end' ? 'green' : 'yellow'
    return [
      `${paint('gray', timeOf(call.atMs))} ${paint('bold', plugin)} ${phase} ${operation} #${requestId}  ${paint(colour, failure === undefined ? verdict : `failed → ${verdict}`)}  ${paint('gray', cost)}`,
      ...call.edits.flatMap((edit) => this.#editLines(edit)),
      ...(call.body === undefined ? [] : [`    body  ${paint('green', plain(JSON.stringify(call.body)))}`]),
      ...call.lines.map((line) => paint('gray', `    ${line}`)),
      ...(failure === undefined ? [] : this.#failureLines(plugin, failure)),
    ]
  }

  #editLines({ key, before, after }: TapEdit): readonly string[] {
    const { paint } = this.#parts
    if (before.join('\0') === after.join('\0')) return [`    ${plain(key)}  ${shown(after)} (as it was)`]
    return [`    ${plain(key)}  ${paint('red', shown(before))} → ${paint('green', shown(after))}`]
  }

  /** The lines of a version that is not in the source any more cannot be shown. */
  #failureLines(plugin: string, failure: string): readonly string[] {
    if (!this.#older.has(plugin)) return this.#framed(failure)
    return [
      ...this.#red(failure),
      this.#parts.paint('gray', '    (the last good version, not what was saved)'),
    ]
  }

  /** A text that may name places, with their lines of source. */
  #framed(said: string): readonly string[] {
    const text = [...this.#sources].reduce((whole, [file, source]) => whole.replaceAll(file, source), said)
    const frames = codeFrames(text, this.#folders).map((line) => this.#parts.paint('gray', `    ${line}`))
    return [...this.#red(text), ...frames]
  }

  /** As the compiler laid it out; with the lines of the source unless they are in it. */
  #compilerLines(text: string): readonly string[] {
    const { paint } = this.#parts
    const said = printable(text, SHOWN_CHARACTERS_MAX).split('\n')
    const frames = codeFrames(text, this.#folders)
    const code = frames.find((line) => line.startsWith('>'))?.replace(/^.*? \| /, '')
    const shown = code === undefined || text.includes(code.trim())
    return [
      ...said.map((line) => paint('red', `    ${line}`)),
      ...(shown ? [] : frames.map((line) => paint('gray', `    ${line}`))),
    ]
  }

  /** The lines of a text; those that the log has put behind each other, below each other again. */
  #red(text: string): readonly string[] {
    return printable(text, SHOWN_CHARACTERS_MAX)
      .split(/\n| \| /)
      .map((line) => this.#parts.paint('red', `    ${line.trim()}`))
  }

  #say(event: Fields, lines: () => readonly string[]): void {
    if (this.#parts.json) this.#parts.out(`${JSON.stringify(event)}\n`)
    else for (const line of lines()) this.#parts.out(`${line}\n`)
  }
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? '(not there)' : values.map((value) => plain(JSON.stringify(value))).join(', ')
}

/** What comes off the wire, or from a plugin, on one line. */
function plain(text: string): string {
  return printable(text, SHOWN_CHARACTERS_MAX).replaceAll('\n', ' ')
}

function names(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.map(String).join(', ') : 'no listener'
}

function timeOf(ms: number): string {
  const text = new Date(ms).toISOString()
  return text.slice(text.indexOf('T') + 1, -1)
}

function levelOf({ level }: Fields): string {
  return typeof level === 'string' ? level : 'info'
}

/** What beside the sentence people may want to know. */
function detailsOf(fields: Fields): string {
  const { problems, error, problem } = fields
  const found = [problems, error, problem].find((each) => each !== undefined)
  if (found === undefined) return ''
  return `: ${Array.isArray(found) ? found.join('; ') : typeof found === 'string' ? found : JSON.stringify(found)}`
}

function parsed(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
