/**
 * BatchViews: the buffers that batches are written into, as words. They are the same few all day, lent to one connection
 * after the other, and a view costs more to make than it saves on one frame.
 */

export class BatchViews {
  #bytes: Uint8Array | undefined = undefined
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** No view outlives its buffer. */
  readonly #views = new WeakMap<Uint8Array, DataView>()

  /** The view whose offsets are those of `bytes`. */
  of(bytes: Uint8Array): DataView {
    return bytes === this.#bytes ? this.#view : this.#look(bytes)
  }

  #look(bytes: Uint8Array): DataView {
    const view = this.#views.get(bytes) ?? this.#make(bytes)
    this.#bytes = bytes
    this.#view = view
    return view
  }

  #make(bytes: Uint8Array): DataView {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#views.set(bytes, view)
    return view
  }
}
