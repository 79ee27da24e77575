/** The tables of `sdk/ABI.md` have the numbers of `sdk/abi/abi.ts`, and its limits those that the host holds guests to. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultCodecLimits } from '../../../core/guest/codec/codec-limits.ts'
import { defaultGuestBudget } from '../../../core/guest/guest-budget.ts'
import { abi } from '../../../sdk/abi/abi.ts'

const page = readFileSync(new URL('../../../sdk/ABI.md', import.meta.url), 'utf8')

type Row = readonly [number: string, ...cells: string[]]

/** The rows of all tables between one line and the next that begins with the other. */
function rows(from: string, to: string): readonly Row[] {
  const start = page.indexOf(from)
  const text = page.slice(start, page.indexOf(to, start + from.length))
  expect(start, from).toBeGreaterThan(0)
  const isTitle = (next: string | undefined) => next?.startsWith('| ---') === true
  const lines = text
    .split('\n')
    .filter((line, index, all) => /^\| [\da-z]/.test(line) && !isTitle(all[index + 1]))
  return lines.map((line) => {
    const [number = '', ...cells] = line.split(/ ?\| ?/).slice(1, -1)
    return [number, ...cells]
  })
}

/** `at` of each field, in the order of the table. */
function offsets(table: readonly Row[]): readonly number[] {
  return table.filter(([at]) => /^\d+$/.test(at)).map(([at]) => Number(at))
}

function numbers(table: readonly Row[]): Readonly<Record<string, number>> {
  return Object.fromEntries(table.map(([code, name = '']) => [name, Number(code)]))
}

/** `1 a, 2 b`, as they stand behind a word. */
function listed(text: string): Readonly<Record<string, number>> {
  const found = [...text.matchAll(/(\d+) ([a-z_-]+(?: [a-z]+)*)/g)]
  return Object.fromEntries(found.map(([, number, name = '']) => [name, Number(number)]))
}

const without = (fields: Readonly<Record<string, number>>, ...names: readonly string[]) =>
  Object.entries(fields)
    .filter(([name]) => !names.includes(name))
    .map(([, at]) => at)

describe('sdk/ABI.md has the places of', () => {
  const { record, header, outcome, resume, property, codec } = abi
  it.each([
    ['the header', '## 2. The block', 'In phase *configure*', without(header, 'bytes')],
    [
      'a record',
      'In every other phase the messages follow',
      'The *property table*',
      without(record, 'idHigh', 'bytes', 'bytesWithConfig'),
    ],
    ['a property', 'The *property table*', 'Declared keys come first', without(property, 'bytes', 'noSlot')],
    ['an outcome', '### 2.2', '### 2.3', without(outcome, 'bytes')],
    ['a resume', '### 2.3', '### 2.4', without(resume, 'bytes')],
    [
      'the block of codecs',
      '### 6.1',
      'The fixed part ends',
      [...without(codec.block, 'idHigh', 'propertiesAt', 'editsAt', 'bytes'), codec.block.bytes - 4],
    ],
    [
      'a frame',
      '`frame`, `refused`: 64 bytes',
      '**A frame may be larger',
      [...without(codec.frame, 'idHigh', 'bytes'), codec.frame.bytes],
    ],
    [
      'the declaration of a codec',
      '`codec`: 24 bytes',
      '**What nothing was recorded',
      [...without(codec.declaration, 'bytes'), 10, 20].sort((left, right) => left - right),
    ],
  ])('%s', (_what, from, to, wanted) => {
    expect(offsets(rows(from, to))).toEqual(wanted)
  })
})

describe('sdk/ABI.md has the numbers of', () => {
  it('phases and kinds', () => {
    const [, phases = ''] = /u8 \| phase: (.*) \|/.exec(page) ?? []
    expect(Object.values(listed(phases))).toEqual(Object.values(abi.phase))
    const [, kinds = ''] = /u8 \| kind: (.*) \|/.exec(page) ?? []
    expect(listed(kinds)).toEqual(abi.kind)
  })

  it('results, errors, grants and reasons', () => {
    const [, results = ''] = /u8 \| result: (.*) \|/.exec(page) ?? []
    expect(Object.values(listed(results))).toEqual(Object.values(abi.result))
    const [, errors = ''] = /### 3\.2 Errors\n\n([\s\S]*?)\n\n/.exec(page) ?? []
    expect(listed(errors)).toEqual(abi.error)
    const [, grants = ''] = /what is granted at 28 \(bits: ([\s\S]*?)\)/.exec(page) ?? []
    expect(Object.values(listed(grants))).toEqual(Object.values(abi.grant))
    const [, reasons = ''] = /u8 \| reason: (.*) \|/.exec(page) ?? []
    expect(Object.values(listed(reasons))).toEqual(Object.values(abi.resumeReason))
  })

  it('operations', () => {
    const words: Readonly<Record<string, string>> = {
      replyError: 'reply error',
      callOut: 'call out',
      readsAll: 'reads all',
      writesAll: 'writes all',
    }
    const named = (ops: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(ops).map(([name, code]) => [words[name] ?? name, code]))
    expect(numbers(rows('| code | name | payload', 'Codes 16 to 22'))).toEqual(named(abi.op))
    expect(numbers(rows('| code | name | argument, payload', '`frame`, `refused`: 64'))).toEqual(
      named(abi.codec.op),
    )
  })

  it('phases of codecs, why frames are malformed, and what is declared', () => {
    const phases = rows('| phase | asks', '`log` and `count` may be said').map(([phase]) =>
      Number.parseInt(phase, 10),
    )
    expect(phases).toEqual([abi.phase.configure, ...Object.values(abi.codec.phase)])
    const [, malformed = ''] = /\| malformed \| argument: (.*?); text/.exec(page) ?? []
    expect(listed(malformed)).toEqual(abi.codec.malformed)
    const [, bits = ''] = /\| 2 \| u16 \| bits: (.*) \|/.exec(page.slice(page.indexOf('`codec`: 24'))) ?? []
    expect(Object.values(listed(bits)).sort((left, right) => left - right)).toEqual(
      Object.values(abi.codec.declares),
    )
  })
})

describe('sdk/ABI.md has the limits', () => {
  it('of filters', () => {
    const { ops, logLinesPerSecond, countersMax, heldMax, pausesMax } = defaultGuestBudget
    const found = rows('| limit | default |', '## 5.').map(([limit, value = '']) => [
      limit.split(/[;,]/)[0],
      value,
    ])
    const kib = (bytes: number) => `${bytes / 1_024} KiB`
    const count = (value: number) => value.toLocaleString('en')
    expect(Object.fromEntries(found)).toEqual({
      'bytes of a list': kib(ops.opsBytesMax),
      'operations of a list': count(ops.opsMax),
      set: count(ops.editsMax),
      'bytes of all bodies in a list': `${ops.bodyBytesMax / 1_048_576} MiB`,
      'bytes of a key': count(ops.keyBytesMax),
      'bytes of a value': kib(ops.valueBytesMax),
      'properties of a carried message': count(ops.propertiesMax),
      "bytes of an error's text": kib(ops.textBytesMax),
      'lines of log of one call': `${ops.logLinesMax}, ${logLinesPerSecond}`,
      'counts of one call': `${ops.countsMax}, ${countersMax}`,
      'declared keys': count(ops.readsMax),
      'milliseconds of a pause or a call out': count(ops.pauseMsMax),
      'pauses of one message': `${pausesMax}, ${count(heldMax)}`,
    })
  })

  it('of codecs', () => {
    const { framesMax, propertiesMax, sniffBytesMax } = defaultCodecLimits
    expect(page).toContain(`frames of a list: ${framesMax.toLocaleString('en')};`)
    expect(page).toContain(`properties of a frame: ${propertiesMax.toLocaleString('en')},`)
    expect(page).toContain(`sniffing wants; at most ${sniffBytesMax.toLocaleString('en')} |`)
  })
})
