/** The HTTP service that the filter `check` asks: it knows a few users and their roles. */
import { createServer, type Server } from 'node:http'

const roles: ReadonlyMap<string, string> = new Map([
  ['ann', 'admin'],
  ['bob', 'guest'],
])

/** Listens on `127.0.0.1:port`; 0 lets the system choose. */
export function startCheckService(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const user = String(request.headers['x-user'])
    const role = request.url === '/check' ? roles.get(user) : undefined
    if (role === undefined) response.writeHead(403, { 'x-reason': `${user} is nobody here` }).end()
    else response.writeHead(200, { 'x-role': role }).end()
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

if (import.meta.main) await startCheckService(20_883)
