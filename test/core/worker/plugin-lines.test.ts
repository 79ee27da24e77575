import { describe, expect, it } from 'vitest'
import { PluginLines } from '../../../core/worker/plugin-lines.ts'

describe('the lines of plugins', () => {
  it('are kept per plugin, the last two hundred of each, the oldest first', () => {
    const clock = { wallMs: 0 }
    const lines = new PluginLines(clock)
    for (let i = 1; i <= 450; i++) {
      clock.wallMs = i
      lines.add('tag', 'info', `line ${i}`)
      if (i === 3) lines.add('other', 'warn', 'once')
    }
    const kept = lines.of('tag')
    expect(kept).toHaveLength(200)
    expect(kept[0]).toEqual({ number: 252, atMs: 251, level: 'info', text: 'line 251' })
    expect(kept.at(-1)?.text).toBe('line 450')
    expect(lines.of('other')).toEqual([{ number: 4, atMs: 3, level: 'warn', text: 'once' }])
    expect(lines.of('nobody')).toEqual([])
  })

  it('are kept of so many plugins and no more', () => {
    const lines = new PluginLines({ wallMs: 0 })
    for (let i = 0; i < 600; i++) lines.add(`plugin-${i}`, 'info', 'line')
    expect(lines.of('plugin-511')).toHaveLength(1)
    expect(lines.of('plugin-512')).toHaveLength(0)
  })
})
