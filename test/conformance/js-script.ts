/** A script as a plugin in JavaScript: the source that an author would write, run in a process of its own. */
import { createGuestFilter } from '../../core/guest/create-guest-filter.ts'
import { defaultGuestBudget } from '../../core/guest/guest-budget.ts'
import { createJsModule, type JsModule } from '../../core/guest/js/create-js-module.ts'
import { defaultJsLimits } from '../../core/guest/js/js-limits.ts'
import { prepareGuest } from '../../core/guest/prepare-guest.ts'
import { Trap } from '../../core/guest/trap.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { readText } from '../../sdk/abi/text.ts'
import type { Filter } from '../../sdk/index.ts'
import { cases } from './cases.ts'
import type { ConformancePlace, Language } from './language.ts'
import { has, type Script, type Step } from './script.ts'

const EVERY_GRANT = Object.values(abi.grant).reduce((bits, bit) => bits | bit, 0)
/** A large body stands in the source as a text; a busy machine may be slow. */
const limits = { ...defaultJsLimits, sourceBytesMax: 4 << 20, fuelPerCall: 2_000_000_000 }

/** Whatever is larger stands in a plugin of its own. */
const SHARED_MAX = 20_000

/** The cases of the suite are one plugin, which costs one process: its configuration says which of them it is. */
const shared = cases.map(({ script }) => script).filter((script) => bodyOf(script).length < SHARED_MAX)
let common: JsModule | undefined

export const js: Language = {
  name: 'JavaScript',
  create: async (script, place) => {
    const at = shared.indexOf(script)
    if (at < 0) return await filterOf(moduleOf([script]), { at: 0 }, place)
    common ??= moduleOf(shared)
    return await filterOf(common, { at }, place)
  },
}

function moduleOf(scripts: readonly Script[]): JsModule {
  const module = createJsModule({ name: 'script.js', file: Buffer.from(sourceOf(scripts)), limits })
  if (module instanceof Trap) throw new Error(module.text)
  return module
}

async function filterOf(
  module: JsModule,
  config: { readonly at: number },
  { context, wheel, defer }: ConformancePlace,
): Promise<Filter> {
  const fault = await prepareGuest(module, [config], { grants: EVERY_GRANT, clock: context.clock })
  if (fault !== undefined) throw new Error(fault.text)
  return createGuestFilter({
    plugin: 'script',
    module,
    config,
    grants: EVERY_GRANT,
    policy: 'closed',
    budget: defaultGuestBudget,
    context,
    services: { wheel, defer },
  })
}

function sourceOf(scripts: readonly Script[]): string {
  return `
    export let reads
    let played
    function copy(values, to, mutation) {
      values.forEach((value, index) => index === 0 ? mutation.set(to, value) : mutation.add(to, value))
    }
    const scripts = [${scripts.map((script) => `{ ${bodyOf(script)} }`).join(',\n')}]
    export function onConfigure(config) {
      played = scripts[config.at]
      reads = played.reads
    }
    export const onRequest = (metadata, mutation) => played.onRequest(metadata, mutation)
    export const onResponse = (metadata, mutation) => played.onResponse?.(metadata, mutation)
    export const onResume = (metadata, mutation) => played.onResume?.(metadata, mutation)
    export const onEnd = (metadata, outcome) => played.onEnd?.(metadata, outcome)`
}

function bodyOf(script: Script): string {
  const { reads = [], request = [], response, end, resume } = script
  const wants = ['operation: true', `request: ${has(script, 'copy-from-request')}`]
  if (has(script, 'copy-body') || has(script, 'same-body')) wants.push('body: true')
  return [
    `reads: { keys: [${reads.map(literal).join(', ')}], ${wants.join(', ')} }`,
    handler('onRequest', request),
    ...(response === undefined ? [] : [handler('onResponse', response)]),
    ...(end === undefined ? [] : [handler('onEnd', end)]),
    ...(resume === undefined ? [] : [handler('onResume', resume)]),
  ].join(',\n')
}

function handler(name: string, steps: readonly Step[]): string {
  return `${name}(metadata, mutation) {\n${steps.map(statement).join('\n')}\n}`
}

function statement(step: Step): string {
  switch (step[0]) {
    case 'set':
    case 'add':
      return `mutation.${step[0]}(${literal(step[1])}, ${literal(step[2])})`
    case 'remove':
      return `mutation.remove(${literal(step[1])})`
    case 'body':
      return `mutation.body(${bytes(step[1])})`
    case 'copy':
      return `copy(metadata.getAll(${literal(step[1])}), ${literal(step[2])}, mutation)`
    case 'copy-from-request':
      return `copy(metadata.request.getAll(${literal(step[1])}), ${literal(step[2])}, mutation)`
    case 'copy-id':
      return `mutation.set(${literal(step[1])}, metadata.requestId)`
    case 'copy-text':
      return `mutation.set(${literal(step[2])}, metadata.${step[1]} ?? '')`
    case 'copy-body':
      return `mutation.set(${literal(step[1])}, textOf(metadata.body))`
    case 'same-body':
      return 'mutation.body(metadata.body)'
    case 'log':
      return `log(${literal(step[1])})`
    case 'log-outcome':
      return `log(mutation.${step[1]})`
    case 'reply-error':
      return `return reply({ error: '${step[1]}', text: ${literal(step[2])} })`
    case 'reply': {
      const properties = step[1].map(([key, value]) => `[${literal(key)}, ${literal(value)}]`)
      const body = step[2] === undefined ? 'undefined' : bytes(step[2])
      return `return reply({ properties: [${properties.join(', ')}], body: ${body} })`
    }
    case 'forward':
      return `return forward(${literal(step[1])}, ${step[2]})`
    case 'drop':
    case 'close':
      return `return '${step[0]}'`
    case 'pause':
      return `return pause(${step[1]})`
  }
}

/** A text of JavaScript with everything that is not plain written as a number. */
function literal(text: string): string {
  return `"${text.replace(/[^ !#-[\]-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
}

function bytes(body: Buffer): string {
  return `bytesOf(${literal(readText(body, 0, body.length))})`
}
