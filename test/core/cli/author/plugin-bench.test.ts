import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuthorFolder } from './author-folder.ts'

let folder: AuthorFolder
beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(() => folder.remove())

const filter = `
function onRequest(metadata, mutation) mutation.set("tag", metadata.get("caller")) end
function onEnd() end
`

describe('weir plugin bench', () => {
  it('measures every phase that the plugin has, in time and fuel, and its memory', async () => {
    folder.write('tag.lua', filter)
    const { code, printed } = await folder.weir('plugin bench @/tag.lua --ms 20 --json')
    expect(code).toBe(0)
    const [report] = JSON.parse(printed).plugins
    expect(report.phases.map(({ phase }: { phase: string }) => phase)).toEqual(['request', 'end'])
    for (const each of report.phases) {
      expect(each.nsP99).toBeGreaterThanOrEqual(each.nsP50)
      expect(each.fuelPerCall).toBeGreaterThan(100)
    }
    expect(report).toMatchObject({ plugin: 'tag', kind: 'lua', sample: 'a message like those of Dubbo' })
    expect(report.memoryBytes).toBeGreaterThan(1_000_000)
  })

  it('takes the first message of the tests', async () => {
    folder.write('tag.lua', filter)
    folder.write('tag.test.yaml', 'cases: [{ name: of the shop, request: { properties: { caller: shop } } }]')
    const { printed } = await folder.weir('plugin bench @ --ms 5')
    expect(printed).toMatch(
      /^tag \(lua, 109 B\) on: of the shop\n {2}PHASE +NS\/CALL +P50 +P99 +FUEL\/CALL +CALLS\n {2}request /,
    )
  })

  it('says when the plugin fails', async () => {
    folder.write('tag.lua', 'function onRequest() error("no luck") end')
    const { code, printed } = await folder.weir('plugin bench @ --ms 5')
    expect(code).toBe(1)
    expect(printed).toContain('it failed: tag.lua:1: no luck')
  })

  it.each([
    ['plugin bench', 'say which plugin'],
    ['plugin bench a --ms 0', '--ms needs a number from 1 to 60000, not "0"'],
  ])('refuses "%s" as wrong usage', async (line, text) => {
    const { code, told } = await folder.weir(line)
    expect(code).toBe(2)
    expect(told).toContain(text)
  })
})
