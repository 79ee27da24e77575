import Value from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { jsonSchema } from '../../../core/config/json-schema.ts'
import { withListener } from './problem-lines.ts'
import { sampleRegistry } from './sample-plugins.ts'

const schema = jsonSchema(sampleRegistry().registry)

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
