import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { languages } from '../../../../core/cli/author/language.ts'
import { AuthorFolder } from './author-folder.ts'

let folder: AuthorFolder
beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(() => folder.remove())

const ready = languages
  .filter(({ needs, sorts }) => needs === '' && sorts.includes('filter'))
  .map(({ name }) => name)

describe('weir plugin new', () => {
  it.each(ready)('writes a filter in %s whose tests pass at once', async (lang) => {
    const { code, told } = await folder.weir(`plugin new filter my-tag --lang ${lang} --dir @/my-tag`)
    expect(told).toContain('weir plugin test @/my-tag')
    expect(code).toBe(0)
    expect(folder.read('my-tag/README.md')).not.toContain('plugin-name')
    const { code: tested, printed } = await folder.weir('plugin test @/my-tag')
    expect(printed).toMatch(/^\d passed\n$/m)
    expect(tested).toBe(0)
  })

  it('gives editors what they need to know the names', async () => {
    await folder.weir('plugin new filter tag --lang lua --dir @/tag')
    await folder.weir('plugin new codec mine --lang lua --dir @/mine')
    expect(existsSync(join(folder.path, 'tag/.weir/weir.lua'))).toBe(true)
    expect(readdirSync(join(folder.path, 'mine/.weir'))).toContain('weir-codec.lua')
    for (const dir of ['tag', 'mine'])
      expect(JSON.parse(folder.read(`${dir}/.luarc.json`))).toMatchObject({ 'workspace.library': ['.weir'] })
  })

  it('writes over nothing', async () => {
    folder.write('tag/mine.txt', 'mine')
    expect(await folder.weir('plugin new filter tag --dir @/tag')).toMatchObject({
      code: 1,
      told: 'weir plugin new: @/tag is there already; give another place with --dir\n',
    })
    expect(existsSync(join(folder.path, 'tag/tag.lua'))).toBe(false)
  })

  it.each([
    ['plugin new', 'say what: filter, codec'],
    ['plugin new filtre tag', 'there is no kind of plugin "filtre", did you mean "filter"?'],
    ['plugin new filter', 'a filter needs a name'],
    ['plugin new filter tag --lang lau', 'there is no kit for a filter in "lau", did you mean "lua"?'],
    ['plugin new filter tag --schema', 'a schema declares a codec, and a filter needs a language'],
    ['plugin new tag', 'say what "tag" is to be: weir plugin new filter tag or weir plugin new codec tag'],
    ['plugin new codec mine --schema --lang js', '--schema needs no --lang js: keep one of the two'],
    ['plugin new codec dubbo', '"dubbo" is the name of a built-in codec'],
    ['plugin new filter 9lives', '"9lives" is no name for it: a plugin is named with letters'],
    ['plugin new filter ../tag', '"../tag" is no name for it'],
    ['plugin new filter router', '"router" is the name of a built-in filter'],
    ['plugin new filter a b', 'unexpected argument "b"'],
  ])('refuses "%s" as wrong usage', async (line, text) => {
    const { code, told } = await folder.weir(line)
    expect(code).toBe(2)
    expect(told).toContain(text)
  })
})
