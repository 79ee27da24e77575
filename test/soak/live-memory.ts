/**
 * LiveMemory: what a process and its worker threads hold alive, asked of its inspector after everything that can be
 * collected has been. The resident size would tell of the engine's and the allocator's habits as well.
 */
const QUESTIONS = [
  'HeapProfiler.collectGarbage',
  'HeapProfiler.collectGarbage',
  'Runtime.getHeapUsage',
] as const

interface Usage {
  readonly usedSize: number
  readonly backingStorageSize: number
}

interface Answer {
  readonly id?: number
  readonly result?: Usage
  readonly method?: string
  readonly params?: { readonly sessionId?: string; readonly message?: string }
}

export class LiveMemory {
  readonly #socket: WebSocket
  readonly #sessions: string[] = []
  readonly #waiting = new Map<string, (usage: Usage) => void>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)), ''))
  }

  /** `url` is where the process says that its debugger listens. */
  static async connect(url: string): Promise<LiveMemory> {
    const socket = new WebSocket(url)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error(`nothing listens at ${url}`)))
    })
    const memory = new LiveMemory(socket)
    await memory.#ask('', 'NodeWorker.enable', { waitForDebuggerOnStart: false })
    return memory
  }

  /** Of the main thread and of all workers. */
  async bytes(): Promise<number> {
    let bytes = 0
    for (const session of ['', ...this.#sessions]) {
      for (const question of QUESTIONS) {
        const { usedSize = 0, backingStorageSize = 0 } = await this.#ask(session, question)
        bytes += usedSize + backingStorageSize
      }
    }
    return bytes
  }

  close(): void {
    this.#socket.close()
  }

  #ask(session: string, method: string, params: object = {}): Promise<Partial<Usage>> {
    const id = ++this.#lastId
    const message = JSON.stringify({ id, method, params })
    if (session === '') this.#socket.send(message)
    else {
      const carried = { sessionId: session, message }
      this.#socket.send(
        JSON.stringify({ id: ++this.#lastId, method: 'NodeWorker.sendMessageToWorker', params: carried }),
      )
    }
    return new Promise((resolve) => this.#waiting.set(`${session} ${id}`, resolve))
  }

  #hear({ id, result, method, params }: Answer, session: string): void {
    if (method === 'NodeWorker.attachedToWorker' && params?.sessionId !== undefined) {
      this.#sessions.push(params.sessionId)
    } else if (method === 'NodeWorker.receivedMessageFromWorker' && params?.message !== undefined) {
      this.#hear(JSON.parse(params.message), params.sessionId ?? '')
    } else if (id !== undefined) {
      const waiting = this.#waiting.get(`${session} ${id}`)
      this.#waiting.delete(`${session} ${id}`)
      waiting?.(result ?? { usedSize: 0, backingStorageSize: 0 })
    }
  }
}
