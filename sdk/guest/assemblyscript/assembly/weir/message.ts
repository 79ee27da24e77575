/** Message: one that the filter makes itself, to answer a caller or to ask a cluster. */
import { Answer } from './answer'
import { Bytes } from './bytes'

const NONE: u32 = 0xffff_ffff

@final
export class Message {
  private keys: string[] = []
  private values: Bytes[] = []
  private payload: Bytes | null = null

  /** Appends a value, a text, bytes or a number. */
  add<T>(key: string, value: T): Message {
    this.keys.push(key)
    this.values.push(bytesOf<T>(value))
    return this
  }

  body<T>(value: T): Message {
    this.payload = bytesOf<T>(value)
    return this
  }

  /** For the kit. */
  write(to: Answer): void {
    const payload = this.payload
    to.u32(changetype<usize>(payload) == 0 ? NONE : changetype<Bytes>(payload).size)
    to.u32(this.keys.length)
    for (let i = 0; i < this.keys.length; i++) {
      const key = Bytes.of(this.keys[i])
      const value = this.values[i]
      to.u32(key.size)
      to.u32(value.size)
      to.bytes(key.at, key.size)
      to.bytes(value.at, value.size)
    }
    if (changetype<usize>(payload) != 0) to.bytes(changetype<Bytes>(payload).at, changetype<Bytes>(payload).size)
  }
}

function bytesOf<T>(value: T): Bytes {
  if (isString<T>()) return Bytes.of(changetype<string>(changetype<usize>(value)))
  if (isInteger<T>() || isFloat<T>()) return Bytes.of(value.toString())
  if (changetype<usize>(value) == 0) throw new TypeError('the value is null')
  return changetype<Bytes>(changetype<usize>(value))
}
