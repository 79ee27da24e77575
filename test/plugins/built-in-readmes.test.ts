import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { plugin as accessLog } from '../../plugins/access-log/plugin.ts'
import { plugin as echo } from '../../plugins/echo/plugin.ts'
import { plugin as headerMutation } from '../../plugins/header-mutation/plugin.ts'
import { plugin as metrics } from '../../plugins/metrics/plugin.ts'
import { plugin as rateLimit } from '../../plugins/rate-limit/plugin.ts'
import { plugin as router } from '../../plugins/router/plugin.ts'
import { formatOperators } from '../../sdk/index.ts'

function readme(name: string): string {
  return readFileSync(new URL(`../../plugins/${name}/README.md`, import.meta.url), 'utf8')
}

/** The paths of all options, as the tables of the READMEs write them. */
function optionPaths(schema: unknown, prefix = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  if ('items' in schema) return optionPaths(schema.items, `${prefix}[]`)
  if ('$ref' in schema || !('properties' in schema) || typeof schema.properties !== 'object') return []
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    return [path, ...optionPaths(inner, path)]
  })
}

test.each([router, rateLimit, metrics, accessLog, headerMutation, echo])(
  'the README of $name names every option',
  (plugin) => {
    const text = readme(plugin.name)
    const paths = (plugin.filters ?? []).flatMap(({ options, routeOptions }) =>
      [options, routeOptions].flatMap((s) => optionPaths(s)),
    )
    expect(paths.filter((path) => !text.includes(`\`${path}\``))).toEqual([])
  },
)

test('the README of the access log names every operator', () => {
  const text = readme('access-log')
  expect(Object.keys(formatOperators).filter((name) => !new RegExp(`\`%${name}(\\(|%)`).test(text))).toEqual(
    [],
  )
})
