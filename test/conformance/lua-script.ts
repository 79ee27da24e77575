/** A script as a plugin in Lua: the source that an author would write. */
import { createGuestFilter } from '../../core/guest/create-guest-filter.ts'
import { defaultGuestBudget } from '../../core/guest/guest-budget.ts'
import { createLuaModule } from '../../core/guest/lua/create-lua-module.ts'
import { compileInterpreter } from '../../core/guest/lua/interpreter-image.ts'
import { defaultLuaLimits } from '../../core/guest/lua/lua-limits.ts'
import { Trap } from '../../core/guest/trap.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { textBytes } from '../../sdk/abi/text.ts'
import type { Language } from './language.ts'
import { has, type Script, type Step } from './script.ts'

const EVERY_GRANT = Object.values(abi.grant).reduce((bits, bit) => bits | bit, 0)
const interpreter = compileInterpreter()
/** A large body stands in the source as a text. */
const limits = { ...defaultLuaLimits, sourceBytesMax: 4 << 20, fuelToConfigure: 2 ** 31 - 1 }

export const lua: Language = {
  name: 'Lua',
  create: async (script, { context, wheel, defer }) => {
    const module = createLuaModule({
      interpreter,
      name: 'script.lua',
      file: Buffer.from(luaSource(script)),
      limits,
    })
    if (module instanceof Trap) throw new Error(module.text)
    return createGuestFilter({
      plugin: 'script',
      module,
      config: {},
      grants: EVERY_GRANT,
      policy: 'closed',
      budget: defaultGuestBudget,
      context,
      services: { wheel, defer },
    })
  },
}

function luaSource(script: Script): string {
  const { reads = [], request = [], response, end, resume } = script
  const wants = ['operation = true']
  if (has(script, 'copy-body') || has(script, 'same-body')) wants.push('body = true')
  if (has(script, 'copy-from-request')) wants.push('request = true')
  return `
    reads = { ${[...reads.map(literal), ...wants].join(', ')} }
    local function copy(values, to, mutation)
      for index, value in ipairs(values) do
        if index == 1 then mutation.set(to, value) else mutation.add(to, value) end
      end
    end
    ${handler('onRequest', request)}
    ${response === undefined ? '' : handler('onResponse', response)}
    ${end === undefined ? '' : handler('onEnd', end)}
    ${resume === undefined ? '' : handler('onResume', resume)}`
}

/** Steps behind a verdict are not reached, and Lua wants nothing behind a return. */
function handler(name: string, steps: readonly Step[]): string {
  const lines = steps.map((step) => `do ${statement(step)} end`)
  return `function ${name}(metadata, mutation)\n${lines.join('\n')}\nend`
}

function statement(step: Step): string {
  switch (step[0]) {
    case 'set':
    case 'add':
      return `mutation.${step[0]}(${literal(step[1])}, ${literal(step[2])})`
    case 'remove':
      return `mutation.remove(${literal(step[1])})`
    case 'body':
      return `mutation.body(${literal(step[1])})`
    case 'copy':
      return `copy(metadata.getAll(${literal(step[1])}), ${literal(step[2])}, mutation)`
    case 'copy-from-request':
      return `copy(metadata.request.getAll(${literal(step[1])}), ${literal(step[2])}, mutation)`
    case 'copy-id':
      return `mutation.set(${literal(step[1])}, metadata.requestId)`
    case 'copy-text':
      return `mutation.set(${literal(step[2])}, metadata.${step[1]} or "")`
    case 'copy-body':
      return `mutation.set(${literal(step[1])}, metadata.body)`
    case 'same-body':
      return 'mutation.body(metadata.body)'
    case 'log':
      return `log(${literal(step[1])})`
    case 'log-outcome':
      return `log(mutation.${step[1]})`
    case 'reply-error':
      return `return reply { error = "${step[1]}", text = ${literal(step[2])} }`
    case 'reply': {
      const properties = step[1].map(([key, value]) => `{ ${literal(key)}, ${literal(value)} }`)
      const body = step[2] === undefined ? 'nil' : literal(step[2])
      return `return reply { properties = { ${properties.join(', ')} }, body = ${body} }`
    }
    case 'forward':
      return `return forward(${literal(step[1])}, ${step[2] ?? 'nil'})`
    case 'drop':
    case 'close':
      return `return "${step[0]}"`
    case 'pause':
      return `return pause(${step[1]})`
  }
}

/** A text of Lua with every byte written as a number. */
function literal(text: string | Buffer): string {
  const bytes = typeof text === 'string' ? textBytes(text) : text
  return `"${Array.from(bytes, (byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`
}
