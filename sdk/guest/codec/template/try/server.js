/** Echo: a service that speaks plugin-name, for trying. It answers each request with its own body. `node server.js [PORT]` */
import { createServer } from 'node:net'
import { argv, stdout } from 'node:process'
import { frame, readFrames, type } from './frames.js'

const PORT = 7_702
const port = Number(argv[2] ?? PORT)

const server = createServer((socket) => {
  readFrames(socket, ({ kind, id, op, headers, body }) => {
    if (kind === type.ping) socket.write(frame({ kind: type.pong, id }))
    if (kind !== type.request) return
    const heard = headers.map(([key, value]) => `${key}=${value}`).join(' ')
    stdout.write(`${op} #${id} ${heard}\n`)
    socket.write(
      frame({ kind: type.reply, id, headers, body: Buffer.concat([Buffer.from(`${op}: `), body]) }),
    )
  })
  socket.on('error', () => socket.destroy())
})
server.listen(port, '127.0.0.1', () => {
  const { port: bound } = server.address()
  stdout.write(`the service listens on 127.0.0.1:${bound}\n`)
})
