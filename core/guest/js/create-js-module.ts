/** Makes a plugin in JavaScript ready to be instantiated: its process starts when something is asked of it. */
import type { GuestModule } from '../guest-instance.ts'
import type { LaterAnswer } from '../later-answer.ts'
import { Trap } from '../trap.ts'
import { JsCall } from './js-call.ts'
import { JsHost } from './js-host.ts'
import { JsInstance } from './js-instance.ts'
import { defaultJsCodecLimits, defaultJsLimits, type JsLimits } from './js-limits.ts'
import { jsSource } from './js-source.ts'
import { Prepared } from './prepared.ts'

export interface JsPlugin {
  /** The file's name without its folder. */
  readonly name: string
  readonly file: Buffer
  readonly limits?: JsLimits
  /** Whether it is a codec; else it is a filter. */
  readonly codec?: boolean
}

/** A module whose process can be asked more than a filter asks. */
export interface JsModule extends GuestModule {
  readonly pid: number | undefined
  /** The manifest that the file carries, as data; `undefined` when it carries none. */
  manifest(): Promise<unknown>
  close(): void
}

const NOBODY = { fuelUsed: 0, failedSaying: () => undefined }

/** A trap says why the file is refused. Whether its JavaScript is right is seen when it is prepared. */
export function createJsModule(plugin: JsPlugin): JsModule | Trap {
  const { name, file, codec = false, limits = codec ? defaultJsCodecLimits : defaultJsLimits } = plugin
  const source = jsSource(name, file, limits.sourceBytesMax)
  if (source instanceof Trap) return source
  const js = new JsHost({ source, limits, codec })
  const prepared = new Prepared()
  return {
    remote: true,
    get pid() {
      return js.pid
    },
    instantiate: (host) => {
      const child = js.child()
      return child instanceof Trap ? child : new JsInstance({ js, child, host, prepared })
    },
    prepare: async (blocks) => await prepare(js, prepared, blocks),
    manifest: async () => {
      if (!source.mayCarryManifest) return undefined
      const child = js.child()
      const said = child instanceof Trap ? child : await child.manifest()
      if (said instanceof Trap) throw new Error(said.text)
      return said === '' ? undefined : JSON.parse(said)
    },
    close: () => {
      prepared.close()
      js.close()
    },
  }
}

/** Asks an isolate that nobody uses yet, which is then the first that somebody will. */
async function prepare(js: JsHost, prepared: Prepared, blocks: readonly Buffer[]): Promise<Trap | undefined> {
  const keys: string[] = []
  for (const block of blocks) keys.push(Prepared.key(keys.at(-1) ?? '', block, block.length))
  const last = keys.at(-1)
  if (last === undefined || prepared.knows(last)) return undefined
  const child = js.child()
  if (child instanceof Trap) return child
  const instance = child.open()
  for (const [index, block] of blocks.entries()) {
    const fuel = js.limits.fuelToConfigure
    const asked = child.call(new JsCall(NOBODY, instance, fuel), block, block.length)
    const fault = asked instanceof Trap ? asked : await heard(asked, prepared, keys[index] ?? '')
    if (fault !== undefined) {
      child.close(instance)
      return fault
    }
  }
  prepared.keep({ key: last, child, instance })
  return undefined
}

function heard(asked: LaterAnswer, prepared: Prepared, key: string): Promise<Trap | undefined> {
  return new Promise((resolve) => {
    asked.hear({
      onAnswer: (answer) => {
        if (answer instanceof Trap) return resolve(answer)
        prepared.add(key, answer)
        resolve(undefined)
      },
    })
  })
}
