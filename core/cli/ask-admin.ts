/** AskAdmin: one request to the admin API of a weir that runs, over TCP or a unix socket. */
import { request } from 'node:http'
import { parseAddress } from '../net/address.ts'
import type { AdminAnswer } from './host.ts'
import { WrongUsage } from './wrong-usage.ts'

const TIMEOUT_MS = 15_000
const ANSWER_BYTES_MAX = 16 * 1_048_576

/** Rejects with a sentence when nobody answers there. */
export function askAdmin(
  address: string,
  method: 'GET' | 'POST',
  path: string,
  body = '',
): Promise<AdminAnswer> {
  const target = parseAddress(address)
  if (typeof target === 'string') return Promise.reject(new WrongUsage(`${address}: ${target}`))
  const where =
    target.kind === 'unix' ? { socketPath: target.path } : { host: target.host, port: target.port }
  const { promise, resolve, reject } = Promise.withResolvers<AdminAnswer>()
  const fail = (text: string) => reject(new Error(`no weir answers on ${address}: ${text}`))
  const asked = request({ ...where, method, path, timeout: TIMEOUT_MS }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      if (text.length > ANSWER_BYTES_MAX) asked.destroy(new Error('the answer has no end'))
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(text) }))
    response.on('error', (error) => fail(error.message))
  })
  asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
  asked.on('error', (error) => fail(error.message))
  asked.end(body)
  return promise
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
