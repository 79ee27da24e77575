/** CaseRun: one case of a test file, run on a filter of its own; answers with everything that came out differently. */
import type { Message } from '../../../sdk/index.ts'
import type { ConfigPath } from '../../config/path.ts'
import type { LoadedPlugin } from '../../config/plugin-loader.ts'
import { configFault } from '../../config/plugin-loader.ts'
import { CaseExchange, caseOutcome } from './case-exchange.ts'
import { caseMessage } from './case-message.ts'
import { type Difference, differences, saidDifferences } from './difference.ts'
import { FilterStage } from './filter-stage.ts'
import type { Protocols } from './protocols.ts'
import type { TestCall, TestCase, TestFile, TestMessage } from './test-options.ts'

export interface CaseParts {
  readonly plugin: LoadedPlugin
  readonly file: TestFile
  readonly given: TestCase
  readonly protocols: Protocols
}

/** Throws a sentence when the case cannot be run at all. */
export async function runCase(parts: CaseParts): Promise<readonly Difference[]> {
  const { plugin, file, given } = parts
  const config = { ...plugin.manifest.config, ...file.config, ...given.config }
  const wrong = configFault(plugin, config)
  if (wrong !== undefined) throw new Error(wrong)
  const stage = await FilterStage.create(plugin, { config, ...stageOptions(given) })
  try {
    const calls = given.calls ?? [given]
    const found: Difference[] = []
    for (const [index, call] of calls.entries()) {
      const path = given.calls === undefined ? [] : ['calls', index]
      found.push(...(await new CallRun(parts, stage, path).run(call)))
    }
    return found
  } finally {
    stage.close()
  }
}

function stageOptions({ random, store, route, answers = {} }: TestCase) {
  const made = Object.entries(answers).map(([cluster, answer]) => {
    if (typeof answer === 'string') return [cluster, answer] as const
    const { status = 0, properties = {}, body } = answer
    const bytes = body === undefined ? undefined : Buffer.from(body)
    return [cluster, { status, properties: Object.entries(properties), body: bytes }] as const
  })
  return {
    answers: Object.fromEntries(made),
    ...(route === undefined ? {} : { route }),
    ...(random === undefined ? {} : { random }),
    ...(store === undefined ? {} : { store }),
  }
}

class CallRun {
  readonly #parts: CaseParts
  readonly #stage: FilterStage
  readonly #path: ConfigPath

  constructor(parts: CaseParts, stage: FilterStage, path: ConfigPath) {
    this.#parts = parts
    this.#stage = stage
    this.#path = path
  }

  async run(call: TestCall): Promise<readonly Difference[]> {
    const stage = this.#stage
    stage.advance(call.after ?? 0)
    const request = this.#message(call.request ?? {}, 'request')
    const exchange = new CaseExchange(request, stage.nowMs, stage.route)
    const found: Difference[] = []
    const asked = await stage.request(request, exchange)
    found.push(...differences(call.expect ?? {}, asked, request, this.#at('expect')))
    let response: Message | undefined
    if (call.response !== undefined) {
      response = this.#message(call.response, 'response')
      const answered = await stage.response(response, exchange)
      found.push(
        ...differences(call['expect-response'] ?? {}, answered, response, this.#at('expect-response')),
      )
    }
    if (call.response === undefined && call.end === undefined && call['expect-end'] === undefined)
      return found
    const ended = await stage.end(exchange, caseOutcome(call.end ?? {}, exchange, response))
    found.push(...saidDifferences(call['expect-end'] ?? {}, ended, this.#at('expect-end')))
    return found
  }

  #message(given: TestMessage, direction: 'request' | 'response'): Message {
    return caseMessage(given, direction, this.#parts.protocols)
  }

  #at(key: string): ConfigPath {
    return [...this.#path, key]
  }
}
