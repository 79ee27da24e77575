/**
 * Containment: a running weir into which one hostile plugin after the other is saved, while somebody else calls
 * through the same worker. After each, everything is as it was.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { PluginProxy } from '../integration/plugins/plugin-proxy.ts'
import { eventually } from '../support/eventually.ts'
import type { HostilePlugin } from './hostile-plugin.ts'
import { Victim } from './victim.ts'
import { WorkerHold } from './worker-hold.ts'

/** What the event loop of the data plane may be held by whatever a plugin does. */
const HELD_MS_MAX = 50
const MEMORY_GROWTH_MAX = 1.05
const RELOADS_TO_SETTLE = 100
const CALLS = 3
const TRIES = 3
/** Connections that the test itself has to the admin API, one more or less. */
const DESCRIPTORS_OF_OTHERS = 8

export interface ContainmentOptions {
  /** The ending of the plugin's file. */
  readonly kind: 'wasm' | 'lua' | 'js'
  /** A version that sets the attachment `tag` to a value. */
  readonly good: (value: string) => string | Uint8Array
  /** Further settings of the plugin. */
  readonly settings?: string
  /** How long a message is held at most; default 300 ms. */
  readonly pauseTimeout?: string
}

export class Containment {
  readonly #options: ContainmentOptions
  readonly #proxy: PluginProxy
  readonly #victim: Victim
  readonly #pid: number
  readonly #descriptors: number
  readonly #threads: readonly string[]
  #round = 0
  /** The most that was resident when everything was as it should be. */
  #residentMost = 0

  private constructor(options: ContainmentOptions, proxy: PluginProxy) {
    this.#options = options
    this.#proxy = proxy
    this.#pid = proxy.pid ?? 0
    this.#victim = new Victim(proxy.portOf('victim'), new WorkerHold(this.#pid, 0))
    this.#descriptors = this.#entries('fd')
    this.#threads = this.#workers()
  }

  static async start(options: ContainmentOptions): Promise<Containment> {
    const settings = options.settings === undefined ? '' : `, ${options.settings}`
    const proxy = await PluginProxy.start({
      files: { [`bad.${options.kind}`]: options.good('first') },
      plugins: `  attach: explicit\n  settings: { bad: { on-failure: closed${settings} } }`,
      listener: [
        '    filters: [bad, router]',
        `    pause-timeout: ${options.pauseTimeout ?? '300ms'}`,
        '  - name: victim',
        '    address: 127.0.0.1:0',
        '    protocol: dubbo',
        '    routes: [{ cluster: demo }]',
      ].join('\n'),
    })
    const containment = new Containment(options, proxy)
    await proxy.askUntil('tag=first')
    return containment
  }

  /**
   * Saves the plugin, calls it, checks what came of it, and that a good version works next. What the plugin holds the
   * event loop for it holds it for again; what the engine does for itself at that moment it does not.
   */
  async suffer(plugin: HostilePlugin): Promise<void> {
    let heldMs = Number.POSITIVE_INFINITY
    for (let left = TRIES; left > 0 && heldMs >= HELD_MS_MAX; left--) heldMs = await this.#suffer(plugin)
    expect(heldMs).toBeLessThan(HELD_MS_MAX)
  }

  async stop(): Promise<void> {
    await this.#victim.stop()
    await this.#proxy.stop()
  }

  /** Answers how long the event loop was held at most. */
  async #suffer(plugin: HostilePlugin): Promise<number> {
    const before = this.#good()
    await this.#save(before, 200)
    expect(await this.#askGood()).toContain(`tag=${before.value}`)
    this.#residentMost = Math.max(this.#residentMost, this.#resident())
    this.#victim.take()
    const logged = this.#proxy.log.length
    await this.#save({ bytes: plugin.bytes }, plugin.fate === 'refused' ? 422 : 200)
    for (let call = 0; call < CALLS; call++) this.#answered(plugin, before.value, await this.#proxy.ask())
    const burst = Array.from({ length: plugin.burst ?? 0 }, () => this.#proxy.ask())
    for (const answer of await Promise.all(burst)) this.#answered(plugin, before.value, answer)
    if (plugin.fate === 'refused' || plugin.fate === 'trapped')
      await eventually(() => this.#told(logged), 'the log names the plugin and the reason')
    const after = this.#good()
    await this.#save(after, 200)
    expect(await this.#askGood()).toContain(`tag=${after.value}`)
    return await this.#unharmed()
  }

  /** In JavaScript time is what a call may take, and it passes as well while the machine is busy with something else. */
  async #askGood(): Promise<string> {
    let answer = await this.#proxy.ask()
    const tries = this.#options.kind === 'js' ? TRIES : 1
    for (let left = tries - 1; left > 0 && answer.startsWith('error'); left--)
      answer = await this.#proxy.ask()
    return answer
  }

  #good() {
    const value = `good-${++this.#round}`
    return { value, bytes: this.#options.good(value) }
  }

  async #save({ bytes }: { readonly bytes: string | Uint8Array }, status: number): Promise<void> {
    this.#proxy.save(`bad.${this.#options.kind}`, bytes)
    const reloaded = await this.#proxy.post('/plugins/reload')
    expect(reloaded.status, reloaded.text).toBe(status)
  }

  #answered({ fate }: HostilePlugin, lastGood: string, answer: string): void {
    if (fate === 'refused') expect(answer).toContain(`tag=${lastGood}`)
    else if (fate === 'trapped') expect(answer).toContain('the plugin bad failed')
    else if (fate === 'parked') expect(answer).toMatch(/^error: /)
    else expect(answer).not.toMatch(/^(error|failed): /)
  }

  /** The log names the plugin and the reason, in lines that are nothing but JSON. */
  #told(since: number): boolean {
    const lines = this.#proxy.log.slice(since).map((line): Record<string, unknown> => JSON.parse(line))
    return lines.some(({ plugin, msg }) => plugin === 'bad' && msg !== '')
  }

  async #unharmed(): Promise<number> {
    const { wrong, heldMs } = this.#victim.take()
    expect(wrong).toEqual([])
    expect(this.#proxy.running).toBe(true)
    expect(this.#workers()).toEqual(this.#threads)
    // A process that took its leave holds its pipes until the system has told of its end.
    const most = this.#descriptors + DESCRIPTORS_OF_OTHERS
    await eventually(() => this.#entries('fd') <= most, 'descriptors are given back')
    await this.#settled()
    return heldMs
  }

  /**
   * What the plugin took is given back. The engine collects when something is made anew, so good versions are saved
   * until it has: a leak would stay however many come.
   */
  async #settled(): Promise<void> {
    const most = this.#residentMost * MEMORY_GROWTH_MAX
    for (let left = RELOADS_TO_SETTLE; this.#resident() > most; left--) {
      if (left === 0)
        expect.fail(`memory stays at ${this.#resident()} KB, it was at ${this.#residentMost} KB`)
      await this.#save(this.#good(), 200)
    }
  }

  /** The threads that carry traffic; one that had died would have another number. */
  #workers(): readonly string[] {
    const tasks = `/proc/${this.#pid}/task`
    return readdirSync(tasks).filter((task) => nameOf(`${tasks}/${task}`).startsWith('worker '))
  }

  #entries(what: string): number {
    return readdirSync(`/proc/${this.#pid}/${what}`).length
  }

  #resident(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
  }
}

/** Nothing of a thread that has ended meanwhile. */
function nameOf(task: string): string {
  try {
    return readFileSync(`${task}/comm`, 'utf8')
  } catch {
    return ''
  }
}
