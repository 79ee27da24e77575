/**
 * SyntaxLine: the line at which a module of JavaScript cannot be read. The engine tells it to nobody but whoever prints the
 * error, so Node is asked in a process of its own, which reads the text and runs none of it.
 */
import { spawn } from 'node:child_process'

const CHECK_MS_MAX = 5_000
const SAID_BYTES_MAX = 65_536

/** `undefined` where Node does not say. */
export async function syntaxLine(text: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const child = spawn(process.execPath, ['--check', '--input-type=module', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {},
    timeout: CHECK_MS_MAX,
  })
  let said = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (chunk: string) => {
    if (said.length < SAID_BYTES_MAX) said += chunk
  })
  child.once('error', () => resolve())
  child.once('close', () => resolve())
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  await promise
  return /^\[stdin\]:([0-9]+)\n/.exec(said)?.[1]
}
