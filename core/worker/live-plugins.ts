/**
 * LivePlugins: which version of each plugin the workers run, and why it is not the newest. The folder is read here,
 * once for all workers; what one of them refuses is replaced with the last version that was good, or left out, and
 * nothing else waits for it.
 */
import { sep } from 'node:path'
import type { PluginUse } from '../config/plugin-use.ts'
import type { PluginFile, PluginSet } from '../plugin/plugin-file.ts'
import { type FolderReading, readPluginFolder } from '../plugin/plugin-folder.ts'
import type { ConfigFacts, PluginFacts } from './config-facts.ts'
import type { PluginReport } from './plugin-report.ts'
import type { Review } from './prepared-by-all.ts'
import type { ConfigText, PreparedConfig } from './protocol.ts'

/** How often a file may be found while it is being written, or empty, before that is a problem. */
const WRITING_LOOKS_MAX = 20
/** In the place of the hash of a file that was not read. */
const UNREAD = ''

/** Gives a configuration to the workers, which answer to the review. */
export type Give = (config: ConfigText, review: Review) => Promise<ConfigFacts>

export class LivePlugins {
  readonly #report: PluginReport
  readonly #wallMs: () => number
  /** The newest readable version of every file that is there. */
  #candidates = new Map<string, PluginFile>()
  #live = new Map<string, PluginFile>()
  #liveSet: PluginSet | undefined = undefined
  /** Reasons by name and hash. */
  readonly #refusals = new Map<string, string>()
  readonly #disabled = new Set<string>()
  readonly #writingLooks = new Map<string, number>()
  #facts: PluginFacts | undefined = undefined
  #text = ''
  #problem: string | undefined = undefined
  /** Why files that are there cannot be read, by the names of their plugins. */
  #unread = new Map<string, string>()

  constructor(report: PluginReport, wallMs: () => number) {
    this.#report = report
    this.#wallMs = wallMs
  }

  get facts(): PluginFacts | undefined {
    return this.#facts
  }

  /** Why the folder could not be read when it was last. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Whether a plugin of this name is there, whatever its state. */
  has(name: string): boolean {
    return this.#candidates.has(name) || this.#live.has(name) || this.#report.knows(name)
  }

  disable(name: string, disabled: boolean): void {
    if (disabled) this.#disabled.add(name)
    else this.#disabled.delete(name)
  }

  isDisabled(name: string): boolean {
    return this.#disabled.has(name)
  }

  /** What was refused is tried again; one plugin, or all. */
  forgive(name?: string): void {
    for (const key of [...this.#refusals.keys()]) {
      if (name === undefined || key.startsWith(`${name} `)) this.#refusals.delete(key)
    }
  }

  /** Reads the folder; whether it holds something else than the workers run. `again`: somebody is writing there. */
  async look(): Promise<{ readonly changed: boolean; readonly again: boolean }> {
    const again = await this.#read(this.#facts)
    return { changed: !sameSet(this.#choose(this.#facts), this.#liveSet), again }
  }

  /**
   * Makes a configuration live with its plugins. `expected` is where they are thought to be; the workers know better.
   * Rejects when the configuration cannot go live, and nothing has changed then.
   */
  async give(config: ConfigText, expected: PluginFacts | undefined, give: Give): Promise<ConfigFacts> {
    if (config.text !== this.#text) this.forgive()
    let looked = expected
    await this.#read(looked)
    let set = this.#choose(looked)
    let uses: readonly PluginUse[] = []
    const facts = await give(withPlugins(config, set), async (prepared) => {
      const wanted = prepared[0]?.facts.plugins
      if (!sameFolder(wanted, looked)) await this.#read(wanted)
      looked = wanted
      this.#takeRefusals(prepared)
      const next = this.#choose(wanted)
      uses = prepared[0]?.plugins?.uses ?? []
      for (const notice of prepared[0]?.plugins?.notices ?? []) this.#report.notice(notice)
      if (sameSet(next, set)) return undefined
      set = next
      return withPlugins(config, set)
    })
    this.#text = config.text
    this.#wentLive(facts.plugins, set, uses)
    return facts
  }

  /** True when somebody is writing, and another look is due. */
  async #read(facts: PluginFacts | undefined): Promise<boolean> {
    if (facts === undefined) {
      this.#candidates.clear()
      this.#unread.clear()
      return false
    }
    const { dir } = facts
    for (const [name, { path }] of this.#candidates)
      if (!path.startsWith(dir + sep)) this.#candidates.delete(name)
    const reading = await readPluginFolder(dir, facts, {
      files: this.#candidates,
      wallMs: this.#wallMs(),
      problem: this.#problem,
    })
    this.#problem = reading.problem
    this.#report.folder(reading.problem)
    // A folder that is gone is on its way back: what runs goes on.
    if (reading.problem !== undefined) return false
    this.#report.problems(reading.problems)
    this.#unread = new Map(reading.problems.map(({ name, path, text }) => [name, `${path}: ${text}`]))
    const kept = [...reading.writing, ...reading.problems.map(({ name }) => name)]
    const before = this.#candidates
    this.#candidates = new Map(reading.files.map((file) => [file.name, file]))
    for (const name of kept) {
      const file = before.get(name)
      if (file !== undefined) this.#candidates.set(name, file)
    }
    return this.#beingWritten(reading)
  }

  /** Whether somebody may still be writing; a file that stays empty is a problem in the end. */
  #beingWritten({ writing, files }: FolderReading): boolean {
    for (const { name } of files) this.#writingLooks.delete(name)
    for (const name of writing) {
      const looks = (this.#writingLooks.get(name) ?? 0) + 1
      this.#writingLooks.set(name, looks)
      if (looks === WRITING_LOOKS_MAX) {
        this.#report.refused({ name, hash: '', reason: 'the file is empty, or is written all the time' })
      }
    }
    return writing.some((name) => (this.#writingLooks.get(name) ?? 0) < WRITING_LOOKS_MAX)
  }

  #takeRefusals(prepared: readonly PreparedConfig[]): void {
    for (const refusal of prepared.flatMap(({ plugins }) => plugins?.refused ?? [])) {
      this.#refusals.set(`${refusal.name} ${refusal.hash}`, refusal.reason)
      if (this.#candidates.get(refusal.name)?.hash === refusal.hash) this.#report.refused(refusal)
    }
  }

  /** Of each plugin the newest version that nobody refused. */
  #choose(facts: PluginFacts | undefined): PluginSet | undefined {
    if (facts === undefined) return undefined
    const { dir, named } = facts
    const files: PluginFile[] = []
    const refused: PluginSet['refused'][number][] = []
    for (const [name, candidate] of this.#candidates) {
      const reason = this.#refusals.get(`${name} ${candidate.hash}`)
      const good = reason === undefined ? candidate : this.#lastGood(name, dir)
      if (good !== undefined) files.push(good)
      else refused.push({ name, hash: candidate.hash, reason: reason ?? '' })
    }
    // A listener that names it would have nothing to call; it keeps what it has until the file or the name comes back.
    for (const name of named) {
      if (this.#candidates.has(name)) continue
      const good = this.#lastGood(name, dir)
      if (good === undefined) continue
      files.push(good)
      this.#report.refused({ name, hash: '', reason: 'the file is gone, and a listener names it' })
    }
    const chosen = new Set([...this.#candidates.keys(), ...files.map(({ name }) => name)])
    for (const [name, reason] of this.#unread)
      if (!chosen.has(name)) refused.push({ name, hash: UNREAD, reason })
    const byName = (left: { name: string }, right: { name: string }) => (left.name < right.name ? -1 : 1)
    return {
      dir,
      files: files.sort(byName),
      refused: refused.sort(byName),
      disabled: [...this.#disabled].sort(),
    }
  }

  #lastGood(name: string, dir: string): PluginFile | undefined {
    const file = this.#live.get(name)
    if (file === undefined || !file.path.startsWith(dir + sep)) return undefined
    return this.#refusals.has(`${name} ${file.hash}`) ? undefined : file
  }

  #wentLive(facts: PluginFacts | undefined, set: PluginSet | undefined, uses: readonly PluginUse[]): void {
    this.#facts = facts
    this.#liveSet = set
    this.#live = new Map(set?.files.map((file) => [file.name, file]))
    this.#report.wentLive({
      files: set?.files ?? [],
      uses,
      newest: new Map([...this.#candidates].map(([name, { hash }]) => [name, hash])),
    })
  }
}

function withPlugins(
  { plugins: _before, ...config }: ConfigText,
  plugins: PluginSet | undefined,
): ConfigText {
  return plugins === undefined ? config : { ...config, plugins }
}

function sameFolder(left: PluginFacts | undefined, right: PluginFacts | undefined): boolean {
  return (
    left?.dir === right?.dir &&
    left?.filesMax === right?.filesMax &&
    left?.fileBytesMax === right?.fileBytesMax
  )
}

function sameSet(left: PluginSet | undefined, right: PluginSet | undefined): boolean {
  return JSON.stringify(marksOf(left)) === JSON.stringify(marksOf(right))
}

function marksOf(set: PluginSet | undefined) {
  if (set === undefined) return undefined
  const { dir, files, refused, disabled } = set
  return [
    dir,
    files.map(({ path, hash }) => [path, hash]),
    // Why a file cannot be read is told to whoever names it, and is no reason to compile anything anew.
    refused.filter(({ hash }) => hash !== UNREAD).map(({ name, hash }) => [name, hash]),
    disabled,
  ]
}
