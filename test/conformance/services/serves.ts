/** Serves: the tests of one language, whose guest is given as a module. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { GuestModule } from '../../../core/guest/guest-instance.ts'
import { ServiceGuest } from './service-guest.ts'
import { services } from './services.ts'

export function serves(language: string, compile: () => Promise<GuestModule>): void {
  describe(`an author in ${language}`, () => {
    let module: GuestModule
    let guest: ServiceGuest
    beforeAll(async () => {
      module = await compile()
      guest = await ServiceGuest.create(module)
      guest.expectWhole()
    })

    it.each(services)('has $name', ({ holds }) => holds(guest))

    it('may refuse a configuration', async () => {
      const refused = await ServiceGuest.create(module, { word: 'bad' })
      expect(refused.problems.join()).toContain('that is a bad word')
    })

    it('hands a state over to the next version', async () => {
      const [before, after] = [await ServiceGuest.create(module), await ServiceGuest.create(module)]
      expect(await before.filter.state.take()).toBeUndefined()
      for (const expected of ['1', '2']) expect(await before.says('count')).toBe(expected)
      const state = await before.filter.state.take()
      expect(state?.toString()).toBe('2')
      expect(await after.filter.state.give(Buffer.from('x'), '1.0')).toBe('no number from 1.0')
      expect(await after.filter.state.give(Buffer.from(state ?? ''), '1.0')).toBeUndefined()
      expect(await after.says('count')).toBe('3')
    })
  })
}
