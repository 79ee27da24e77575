import { describe, expect, it } from 'vitest'
import { Registry } from '../../../core/plugin/registry.ts'
import { defineFilter, options } from '../../../sdk/index.ts'

const filter = (name: string) => defineFilter({ name, about: '', options: options({}), create: () => ({}) })

describe('Registry', () => {
  it('finds filters by name and lists them sorted', () => {
    const registry = new Registry()
    registry.register({ name: 'b', filters: [filter('zip'), filter('add')] })
    expect(registry.filter('zip')?.name).toBe('zip')
    expect(registry.filter('nope')).toBeUndefined()
    expect(registry.filterNames).toEqual(['add', 'zip'])
    expect(registry.pluginNames).toEqual(['b'])
  })

  it('refuses a name that has an owner and names both, adding nothing of the second', () => {
    const registry = new Registry()
    registry.register({ name: 'first', filters: [filter('limit')] })
    expect(() => registry.register({ name: 'second', filters: [filter('other'), filter('limit')] })).toThrow(
      'filter "limit" is offered by plugin "first" and by plugin "second"',
    )
    expect(registry.filter('other')).toBeUndefined()
  })

  it('refuses a plugin that comes twice and a plugin that offers a name twice', () => {
    const registry = new Registry()
    registry.register({ name: 'first' })
    expect(() => registry.register({ name: 'first' })).toThrow('plugin "first" is there twice')
    expect(() => registry.register({ name: 'p', filters: [filter('a'), filter('a')] })).toThrow(
      'plugin "p" offers the filter "a" twice',
    )
  })
})
