/** Client: one call of plugin-name, for trying. `node client.js [--port PORT] OP TEXT [KEY=VALUE]...` */
import { connect } from 'node:net'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { frame, readFrames, type } from './frames.js'

const PORT = '7701'
const WAIT_MS = 5_000

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { port: { type: 'string', default: PORT } },
})
const [op = 'hello', text = 'world', ...pairs] = positionals

const socket = connect(Number(values.port), '127.0.0.1')
socket.setTimeout(WAIT_MS, () => end(1, 'there is no answer'))
socket.on('error', (error) => end(1, error.message))
socket.on('close', () => end(1, 'the connection was closed'))
readFrames(socket, ({ kind, id, status, headers, body }) => {
  if (kind !== type.reply) return
  const heard = headers.map(([key, value]) => ` ${key}=${value}`).join('')
  end(status === 0 ? 0 : 1, `#${id} ${status === 0 ? 'ok' : `error ${status}`}: ${body}${heard}`)
})
socket.write(
  frame({ kind: type.request, id: 1, op, headers: pairs.map((pair) => pair.split('=')), body: text }),
)

function end(code, line) {
  stdout.write(`${line}\n`, () => exit(code))
}
