/**
 * TrustedGlobals: what trusted plugins call by name, in the worker that they share with everything else. A name stands
 * for that of the plugin that is called now, because each has its own log, counters and verdicts.
 */

/** The engine's console stays what it is. */
const OWN = ['log', 'counter', 'reply', 'forward', 'pause', 'call', 'store', 'textOf', 'bytesOf'] as const

export class TrustedGlobals {
  #current: Readonly<Record<string, unknown>> = {}
  #installed = false

  /** From now on the names are this plugin's. */
  enter(globals: Readonly<Record<string, unknown>>): void {
    this.#current = globals
    if (this.#installed) return
    this.#installed = true
    for (const name of OWN) {
      Object.defineProperty(globalThis, name, { configurable: true, get: () => this.#current[name] })
    }
  }
}
