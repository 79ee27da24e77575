/**
 * Frames: the Dubbo requests and replies of the benches, built once. A request is what Dubbo 3 sends for
 * `sayHello(String)` with a caller's usual attachments; a reply carries a string as long as the argument.
 */
import { hessianMap, hessianString } from '../../examples/demo/hessian.ts'

export const HEADER_BYTES = 16
export const BENCH_INTERFACE = 'org.apache.dubbo.samples.DemoService'
export const BENCH_METHOD = 'sayHello'

const MAGIC = 0xdabb
const TWO_WAY_REQUEST = 0xc2
const RESPONSE = 0x02
const STATUS_OK = 20

/** A request whose frame, header included, has exactly this size; the id is zero. `more` is sent with the usual attachments. */
export function requestOfSize(frameBytes: number, more: Readonly<Record<string, string>> = {}): Buffer {
  for (let length = argumentLength(frameBytes, more); length >= 0; length--) {
    const body = requestBody('x'.repeat(length), more)
    if (HEADER_BYTES + body.length === frameBytes) return frame(TWO_WAY_REQUEST, 0, body)
  }
  throw new RangeError(`no request has exactly ${frameBytes} bytes`)
}

/** The reply to a request of this size. */
export function replyToSize(requestBytes: number): Buffer {
  const value = hessianString('y'.repeat(Math.max(0, argumentLength(requestBytes))))
  return frame(
    RESPONSE,
    STATUS_OK,
    Buffer.concat([Buffer.from([0x94]), value, hessianMap({ dubbo: '2.0.2' })]),
  )
}

function argumentLength(frameBytes: number, more = {}): number {
  return frameBytes - HEADER_BYTES - requestBody('', more).length
}

function requestBody(argument: string, more: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat([
    hessianString('2.0.2'),
    hessianString(BENCH_INTERFACE),
    hessianString('0.0.0'),
    hessianString(BENCH_METHOD),
    hessianString('Ljava/lang/String;'),
    hessianString(argument),
    hessianMap({
      path: BENCH_INTERFACE,
      'remote.application': 'bench',
      interface: BENCH_INTERFACE,
      version: '0.0.0',
      timeout: '5000',
      ...more,
    }),
  ])
}

function frame(flag: number, status: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(MAGIC, 0)
  header.writeUInt8(flag, 2)
  header.writeUInt8(status, 3)
  header.writeUInt32BE(body.length, 12)
  return Buffer.concat([header, body])
}
