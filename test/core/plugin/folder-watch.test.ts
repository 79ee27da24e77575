import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FolderWatch } from '../../../core/plugin/folder-watch.ts'
import { eventually } from '../../support/eventually.ts'

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function watched() {
  const root = mkdtempSync(join(tmpdir(), 'weir-watch-'))
  const dir = join(root, 'plugins')
  mkdirSync(dir)
  const told = { times: 0 }
  const watch = new FolderWatch(dir, () => {
    told.times++
  })
  ends.push(() => {
    watch.close()
    rmSync(root, { recursive: true, force: true })
  })
  return { dir, told, watch }
}

describe('FolderWatch', () => {
  it('tells of files that are written, renamed and removed', async () => {
    const { dir, told } = watched()
    for (const act of [
      () => writeFileSync(join(dir, 'a'), '1'),
      () => renameSync(join(dir, 'a'), join(dir, 'b')),
      () => rmSync(join(dir, 'b')),
    ]) {
      const before = told.times
      act()
      await eventually(() => told.times > before, 'a change is told')
    }
  })

  it('tells a storm a few times, and its end', () => {
    vi.useFakeTimers()
    try {
      const { told, watch } = watched()
      for (let ms = 0; ms < 1_000; ms += 5) {
        watch.touch()
        vi.advanceTimersByTime(5)
      }
      expect(told.times).toBeGreaterThan(3)
      expect(told.times).toBeLessThan(6)
      const during = told.times
      watch.touch()
      vi.advanceTimersByTime(1_000)
      expect(told.times).toBe(during + 1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('follows the folder when it is deleted and made again', async () => {
    const { dir, told } = watched()
    rmSync(dir, { recursive: true })
    await eventually(() => told.times > 0, 'the folder is gone')
    mkdirSync(dir)
    const before = told.times
    await eventually(() => told.times > before, 'it is back')
    const back = told.times
    writeFileSync(join(dir, 'a'), '1')
    await eventually(() => told.times > back, 'a change in the new one')
  })

  it('says nothing of what is written beside the folder', async () => {
    const { dir, told } = watched()
    const log = join(dir, '..', 'weir.log')
    const beside = { times: 0 }
    const watch = new FolderWatch(log, () => {
      beside.times++
    })
    ends.push(() => watch.close())
    writeFileSync(log, 'a line')
    await eventually(() => beside.times > 0, 'somebody saw it')
    writeFileSync(log, 'another')
    await sleep(100)
    expect(told.times).toBe(0)
  })

  it('says nothing after it was closed', async () => {
    const { dir, told, watch } = watched()
    watch.close()
    writeFileSync(join(dir, 'a'), '1')
    watch.touch()
    await sleep(100)
    expect(told.times).toBe(0)
  })
})
