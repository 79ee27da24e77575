/** The codec of greeting.ts, which looks at everything that is there instead of reading on. */
import { Affinity, Bytes, codec, Correlation, FOR_EVER, Frame, Kind, LocalError, Malformed, message } from 'weir/codec'
import { Outgoing, Sink, Writer } from 'weir/codec'

codec({ correlation: Correlation.InOrder, pushes: true })

export function encodePreface(request: bool, w: Writer): void {
  w.bytes(request ? 'READY 1\n' : 'HELLO 1\n')
}

export function decodeChunk(bytes: Bytes, sink: Sink): void {
  for (let rest = bytes; ; ) {
    let size = 0
    while (size < rest.size && rest[size] != 0x0a) size++
    if (size++ == rest.size) return
    const line = rest.slice(0, size - 1)
    rest = rest.slice(size)
    if (sink.state.size == 0 && !line.startsWith(sink.request ? 'HELLO ' : 'READY ')) {
      sink.malformed(Malformed.Magic, 'no greeting')
      return
    }
    if (sink.state.size == 0) {
      sink.passed(size)
      sink.setState(Bytes.of('greeted'))
    } else sink.message(said(line, sink.request).size(size).headerSize(size))
  }
}

function said(line: Bytes, request: bool): Frame {
  if (line.is('bye')) return message(Kind.Drain)
  const frame = message(request ? Kind.Request : Kind.Response).operation(line)
  if (line.is('listen')) return frame.affinity(Affinity.Own).waitMs(FOR_EVER)
  return line.is('leave') ? frame.affinity(Affinity.Release) : frame
}

export function encodeDrainReply(_drain: Outgoing, w: Writer): void {
  w.bytes('farewell\n')
}

export function encodeError(_request: Outgoing, _error: LocalError, w: Writer): void {
  w.bytes('ERR\n')
}
