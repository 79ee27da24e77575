import { globSync, readFileSync } from 'node:fs'
import Value from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { jsonSchema } from '../../../core/config/json-schema.ts'
import { loadBuiltIns } from '../../../core/plugin/built-ins.ts'
import { withListener } from './problem-lines.ts'
import { sampleRegistry } from './sample-plugins.ts'

const schema = jsonSchema(sampleRegistry().registry)

/** A configuration with one key that the declarations name written wrong, for each section that has one. */
function misspellings(config: unknown): readonly unknown[] {
  const text = JSON.stringify(config)
  const keys = [
    'admin',
    'listeners',
    'clusters',
    'endpoints',
    'address',
    'protocol',
    'routes',
    'balancer',
    'filters',
  ]
  return keys
    .filter((key) => text.includes(`"${key}":`))
    .map((key): unknown => JSON.parse(text.replace(`"${key}":`, `"x${key}":`)))
}

describe('jsonSchema()', () => {
  it.each([
    ['accepts', 'a short configuration', withListener('    routes: [{ cluster: demo }]'), true],
    [
      'accepts',
      'filters with and without options',
      withListener('    filters: [metrics, { rate-limit: { tokens: 1 } }, router]'),
      true,
    ],
    [
      'accepts',
      'what routes configure',
      withListener('    routes: [{ cluster: demo, filters: { rate-limit: { tokens: 1 } } }]'),
      true,
    ],
    ['refuses', 'an unknown key', withListener('    adress: x'), false],
    [
      'accepts',
      'plugins of the folder',
      withListener('    filters: [tag-caller, { my_tag: { any: 1 } }, router]'),
      true,
    ],
    ['refuses', 'what is no name of a filter', withListener('    filters: ["rate limit"]'), false],
    [
      'refuses',
      'what is no name of a filter, with options',
      withListener('    filters: [{ "1": {} }]'),
      false,
    ],
    [
      'refuses',
      'an unknown option of a filter',
      withListener('    filters: [{ rate-limit: { tokns: 1 } }]'),
      false,
    ],
    [
      'accepts',
      'codecs of the folder',
      withListener('').replace('protocol: dubbo', 'protocol: my-own'),
      true,
    ],
    [
      'refuses',
      'what is no name of a protocol',
      withListener('').replace('protocol: dubbo', 'protocol: "my own"'),
      false,
    ],
    [
      'refuses',
      'what routes cannot configure',
      withListener('    routes: [{ cluster: demo, filters: { metrics: {} } }]'),
      false,
    ],
  ])('%s %s', (_verb, _what, text, accepted) => {
    expect(Value.Check(schema, parse(text))).toBe(accepted)
  })

  it('accepts what routes configure of plugins of the folder', () => {
    const text = withListener('    routes: [{ cluster: demo, filters: { my-limit: { any: 1 } } }]')
    expect(Value.Check(schema, parse(text))).toBe(true)
  })

  it.each(globSync(['weir.yaml', 'examples/**/weir.yaml']))(
    'accepts %s as it is, and no misspelt key in it',
    async (file) => {
      const whole = jsonSchema(await loadBuiltIns())
      const config: unknown = parse(readFileSync(file, 'utf8'))
      expect(Value.Check(whole, config)).toBe(true)
      for (const misspelt of misspellings(config)) expect(Value.Check(whole, misspelt)).toBe(false)
    },
  )

  it('is plain JSON that says what each option is for', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
    expect(JSON.stringify(schema)).toContain('The name in logs, metrics and the admin API.')
  })

  it('refers only to what it defines', () => {
    const references = JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)
    for (const [, name] of references) expect(schema['$defs']).toHaveProperty([name ?? ''])
    expect(JSON.stringify(schema)).not.toContain('~')
  })
})
