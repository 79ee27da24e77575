import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex, duplexPair } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { ChildPipe } from '../../../../core/guest/js/child-pipe.ts'
import { eventually } from '../../../support/eventually.ts'

describe('ChildPipe', () => {
  const running: ChildProcess[] = []
  let heard: Buffer[] = []

  afterEach(() => {
    for (const process of running.splice(0)) process.kill('SIGKILL')
    heard = []
  })

  /** The other end of a process's third file. */
  function channelOf(program: string): Duplex {
    const process = spawn('/bin/sh', ['-c', program], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
    running.push(process)
    const channel = process.stdio[3]
    if (!(channel instanceof Duplex)) throw new Error('no pipe')
    channel.on('error', () => undefined)
    return channel
  }
  const pipeTo = (channel: Duplex) => new ChildPipe(channel, (chunk) => heard.push(Buffer.from(chunk)))
  const heardText = () => Buffer.concat(heard).toString('latin1')

  test('brings what is written and what is answered past the streams', async () => {
    const channel = channelOf('exec cat <&3 >&3')
    const pipe = pipeTo(channel)
    let left = 0
    pipe.write(Buffer.from('one '), () => left++)
    pipe.write(Buffer.from('two'), () => left++)
    expect(left).toBe(2)
    await eventually(() => heardText() === 'one two', 'all of it comes back')
    expect(channel.listenerCount('data')).toBe(0)
    expect(pipe.waitingBytes).toBe(0)
  })

  test('keeps the order of what the system does not take at once, and says when it has left', async () => {
    const channel = channelOf('read begin <&3; exec cat <&3 >&3')
    const pipe = pipeTo(channel)
    const left: number[] = []
    const pieces = Array.from({ length: 8 }, (_, i) => Buffer.alloc(200_000, 97 + i))
    for (const [index, piece] of pieces.entries()) pipe.write(piece, () => left.push(index))
    expect(pipe.waitingBytes).toBeGreaterThan(200_000)
    const last = Buffer.from('\nend')
    pipe.write(last, () => left.push(pieces.length))
    await eventually(() => heardText() === 'end', 'what stands behind the first line comes back')
    expect(left).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(pipe.waitingBytes).toBe(0)
    pipe.write(Buffer.from('!'), () => left.push(9))
    await eventually(() => heardText() === 'end!', 'the next comes back as well')
  })

  test('writes behind what went into the stream before it was there', async () => {
    const channel = channelOf('exec cat <&3 >&3')
    channel.write(Buffer.alloc(400_000, 97))
    const pipe = pipeTo(channel)
    expect(pipe.waitingBytes).toBeGreaterThan(0)
    pipe.write(Buffer.from('end'), () => undefined)
    await eventually(() => heardText().length === 400_003, 'all of it comes back')
    expect(heardText().endsWith('aend')).toBe(true)
  })

  test('fails the channel when nobody is there to read', async () => {
    const channel = channelOf('exec 3<&-; exec sleep 1000')
    const pipe = pipeTo(channel)
    await eventually(() => channel.readableEnded || channel.destroyed, 'the other side is gone')
    pipe.write(Buffer.from('nobody'), () => undefined)
    await eventually(() => channel.destroyed, 'the channel is closed')
  })

  test('goes by streams where there is no socket', async () => {
    const [ours, theirs] = duplexPair()
    const pipe = pipeTo(ours)
    theirs.on('data', (chunk: Buffer) => theirs.write(chunk))
    let left = 0
    pipe.write(Buffer.from('text'), () => left++)
    await eventually(() => heardText() === 'text' && left === 1, 'it comes back')
  })
})
