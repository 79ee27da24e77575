import { describe, expect, it } from 'vitest'
import { Registry } from '../../../core/plugin/registry.ts'
import { defineFilter, options } from '../../../sdk/index.ts'
import { LineCodec } from '../../support/line-codec.ts'

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

  it('lets a codec of the folder take the place of one that may be replaced, and of no other', () => {
    const registry = new Registry()
    const create = () => new LineCodec('ids')
    registry.register({
      name: 'p',
      codecs: [
        { name: 'fixed', about: '', create },
        { name: 'loose', about: '', replaceable: true, create },
      ],
    })
    const own = new LineCodec('fifo')
    expect(registry.fixedCodecNames).toEqual(['fixed'])
    expect(registry.overlaid([], new Map([['loose', own]])).codec('loose')).toBe(own)
    expect(registry.overlaid([], new Map([['loose', own]])).codecNames).toEqual(['fixed', 'loose'])
    expect(registry.codec('loose')?.name).toBe('ids')
  })

  it('speaks nothing in the place of a codec of the folder that is refused', () => {
    const registry = new Registry()
    const create = () => new LineCodec('ids')
    registry.register({ name: 'p', codecs: [{ name: 'loose', about: '', replaceable: true, create }] })
    expect(registry.overlaid([], new Map(), new Map([['loose', 'broken']])).codec('loose')).toBeUndefined()
  })

  it("knows what Envoy's network filters are here, each name once", () => {
    const claim = { names: ['x.zmq', 'x.Zmq'], options: options({}), protocol: 'zmtp', filters: ['echo'] }
    const registry = new Registry()
    registry.register({ name: 'p', envoy: [claim] })
    expect(registry.overlaid([]).envoyFilters.get('x.Zmq')).toBe(claim)
    expect(() => registry.register({ name: 'q', envoy: [claim] })).toThrow('plugin "q" claims "x.zmq"')
  })
})
