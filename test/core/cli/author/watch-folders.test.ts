import { afterEach, beforeEach, expect, it } from 'vitest'
import { startWatching } from '../../../../core/cli/author/watch-folders.ts'
import { eventually } from '../../../support/eventually.ts'
import { AuthorFolder } from './author-folder.ts'

let folder: AuthorFolder
let stop: () => void = () => undefined
beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(() => {
  stop()
  folder.remove()
})

it('work is done at once, and again when a source has changed, not when a build has written', async () => {
  folder.write('tag.c', 'one')
  const seen: string[] = []
  stop = await startWatching([folder.path], async () => {
    seen.push(folder.read('tag.c'))
    folder.write('tag.wasm', `made of ${seen.at(-1)}`)
  })
  expect(seen).toEqual(['one'])
  folder.write('tag.c', 'another')
  await eventually(() => seen.length === 2, 'the work is done again')
  folder.write('tag.wasm', 'written by hand')
  folder.write('tag.c', 'the third one')
  await eventually(() => seen.includes('the third one'), 'the last change is seen')
  expect(seen).toEqual(['one', 'another', 'the third one'])
})

it('what changes while work is done is worked on afterwards', async () => {
  folder.write('tag.c', 'one')
  const seen: string[] = []
  stop = await startWatching([folder.path], async () => {
    seen.push(folder.read('tag.c'))
    if (seen.length === 1) folder.write('tag.c', 'written meanwhile')
  })
  expect(seen).toEqual(['one', 'written meanwhile'])
})
