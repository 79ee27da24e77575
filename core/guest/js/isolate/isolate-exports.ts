/** IsolateExports: what the plugin's module exports, and the functions among it. Given as text, like all parts. */
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateValues } from './isolate-values.ts'

export type Handler = (...args: unknown[]) => unknown

export interface IsolateExportsGiven {
  readonly engine: IsolateEngine
  readonly values: IsolateValues
}

export interface IsolateExports {
  /** The namespace of the module. */
  begin(namespace: unknown): void
  names(): readonly string[]
  value(name: string): unknown
  /** `undefined` where nothing is exported under the name; throws where that is no function. */
  handler(name: string): Handler | undefined
}

export function isolateExports({ engine, values }: IsolateExportsGiven): IsolateExports {
  let exported: Readonly<Record<string, unknown>> = {}
  return {
    begin: (namespace) => {
      if (values.isObject(namespace)) exported = namespace
    },
    names: () => engine.ownKeys(exported),
    value: (name) => exported[name],
    handler: (name) => {
      const value = exported[name]
      if (value === undefined || values.isFunction(value)) return value
      throw new engine.WrongType(`${name} is ${values.shown(value)}, no function`)
    },
  }
}
