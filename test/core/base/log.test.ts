import { describe, expect, it } from 'vitest'
import { type LogControl, Logger } from '../../../core/base/log.ts'

function recorded(level: LogControl['level'] = 'info') {
  const lines: string[] = []
  const control: LogControl = { level }
  const clock = { nowMs: 0 }
  const log = Logger.create({ sink: { write: (line) => lines.push(line) }, control, clock })
  return { lines, control, clock, log, last: (): unknown => JSON.parse(lines.at(-1) ?? 'null') }
}

describe('Logger', () => {
  it('writes one JSON line with level, time, fields and text', () => {
    const { log, lines, last } = recorded()
    log.child({ worker: 1 }).warn('it happened', { peer: '127.0.0.1:5', count: 3 })
    expect(lines[0]?.endsWith('\n')).toBe(true)
    expect(last()).toMatchObject({
      level: 'warn',
      worker: 1,
      peer: '127.0.0.1:5',
      count: 3,
      msg: 'it happened',
    })
    expect(last()).toHaveProperty('time')
  })

  it('takes a new level at once, in loggers that exist already', () => {
    const { log, control, lines } = recorded()
    const child = log.child({ a: 1 })
    child.debug('unseen')
    control.level = 'debug'
    child.debug('seen')
    control.level = 'silent'
    child.error('unseen')
    expect(lines.length).toBe(1)
    expect(child.enabled('error')).toBe(false)
  })

  it('writes control characters out, so that a peer cannot write to a terminal', () => {
    const { log, last } = recorded()
    log.info('a\u001b[2Jb\nc', { name: 'x\u0000\u202ey', deep: { list: ['\u0007'] } })
    expect(last()).toMatchObject({
      msg: 'a\\u001b[2Jb | c',
      name: 'x\\u0000\\u202ey',
      deep: { list: ['\\u0007'] },
    })
  })

  it('writes the lines of a traceback behind each other', () => {
    const { log, last } = recorded()
    log.warn('tag.lua:2: no\r\nstack traceback:\n\ttag.lua:2: in inner\n\t  tag.lua:6')
    expect(last()).toMatchObject({
      msg: 'tag.lua:2: no | stack traceback: | tag.lua:2: in inner | tag.lua:6',
    })
  })

  it('bounds what a line may hold', () => {
    const { log, lines } = recorded()
    const deep = { a: { a: { a: { a: { a: 'x' } } } } }
    log.info('t'.repeat(1e6), { long: 'l'.repeat(1e6), many: Array(1e5).fill('m'), deep })
    expect(lines[0]?.length).toBeLessThan(8_000)
  })

  it('writes errors with their stack, and big integers as text', () => {
    const { log, last } = recorded()
    log.error('failed', { error: new TypeError('bad\u0007'), id: 2n ** 64n })
    expect(last()).toMatchObject({
      error: { type: 'TypeError', message: 'bad\\u0007', stack: expect.stringContaining('log.test') },
      id: '18446744073709551616',
    })
  })

  it('samples lines by key, and tells with the next one how many were left out', () => {
    const { log, clock, lines, last } = recorded()
    for (let n = 0; n < 10; n++) log.sampled('malformed', 2)?.warn('bad bytes')
    log.sampled('another', 2)?.warn('something else')
    expect(lines.length).toBe(3)
    clock.nowMs = 1_000
    log.child({ a: 1 }).sampled('malformed', 2)?.warn('bad bytes')
    expect(last()).toMatchObject({ suppressed: 8 })
  })
})
