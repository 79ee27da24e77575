/** A greeting of each side, then lines; a caller that has said `listen` is told what nobody asked for. */
import { Affinity, Bytes, codec, Correlation, FOR_EVER, Frame, Kind, LocalError, message } from 'weir/codec'
import { Outgoing, passed, Reader, setState, Writer } from 'weir/codec'

codec({ correlation: Correlation.InOrder, affinity: true, pushes: true })

export function encodePreface(request: bool, w: Writer): void {
  w.bytes(request ? 'READY 1\n' : 'HELLO 1\n')
}

export function decode(r: Reader): Frame {
  if (r.state.size == 0) {
    setState(Bytes.of('greeted'))
    r.magic(r.request ? 'HELLO ' : 'READY ')
    r.line(8)
    return passed()
  }
  const line = r.line(100)
  if (line.is('bye')) return message(Kind.Drain)
  const frame = message(r.request ? Kind.Request : Kind.Response).operation(line)
  if (line.is('listen')) return frame.affinity(Affinity.Own).waitMs(FOR_EVER)
  return line.is('leave') ? frame.affinity(Affinity.Release) : frame
}

export function encodeDrainReply(_drain: Outgoing, w: Writer): void {
  w.bytes('farewell\n')
}

export function encodeError(_request: Outgoing, _error: LocalError, w: Writer): void {
  w.bytes('ERR\n')
}
