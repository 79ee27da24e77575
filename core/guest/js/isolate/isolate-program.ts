/**
 * IsolateProgram: the author's view in JavaScript. It reads blocks and writes lists of operations where they lie, in two pieces
 * of memory that the host shares with the isolate; only numbers cross otherwise. It runs inside of the isolate, beside
 * the plugin, and so is given to it as text with all of its parts ({@link ./isolate-source.ts}): they may use nothing but
 * their arguments and JavaScript itself, and of that only what they took hold of before the plugin ran. A trusted plugin
 * has it in the worker.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { childFrame } from '../child/child-frame.ts'
import type { IsolateCodec, IsolateCodecGiven } from './isolate-codec.ts'
import type { isolateControl } from './isolate-control.ts'
import type { IsolateParts } from './isolate-parts.ts'
import type { IsolateStoreGiven } from './isolate-store.ts'

export interface IsolateGiven {
  readonly abi: typeof Abi
  readonly parts: IsolateParts
  readonly frame: typeof childFrame
  readonly control: typeof isolateControl
  /** The file's name, which the lines of a stack are looked up by. */
  readonly file: string
  /** Keys that the source names. */
  readonly keys: readonly string[]
  /** Bits of `abi.want` that the source shows. */
  readonly wants: number
  readonly linesMax: number
  readonly lineBytesMax: number
  readonly answerBytesMax: number
  readonly errorBytesMax: number
  /** Blocks are written to the one and answers to the other. */
  readonly input: ArrayBufferLike
  readonly output: ArrayBufferLike
  /** How the key-value store is asked; absent where there is none to be asked. */
  readonly store?: Omit<IsolateStoreGiven, 'texts'> | undefined
  /** What a codec says and is asked; absent where the plugin is a filter. */
  readonly codec?: ((given: IsolateCodecGiven) => IsolateCodec) | undefined
  /** Whether the globals are the plugin's own: they are cleared of what it may not have, and given what it may. */
  readonly alone: boolean
}

/** What the host calls. Numbers only; texts lie in the output. */
export interface IsolateCalls {
  /** Another piece of memory for blocks. */
  room(input: ArrayBufferLike): void
  /** The module's exports. */
  begin(namespace: unknown): void
  /** Works through the frames that the control words name, and says in them how far it has come. */
  run(): void
  /**
   * One block is at the beginning of the input. Answers the size of the list behind the control words, 0 for none, or below 0
   * the size of what is told about a failure; it lies behind the list: a byte for its kind (0 error, 1 stack, 2 budget),
   * and text.
   */
  call(): number
  /** The manifest as JSON, likewise. */
  manifest(): number
  /** What the author calls by name. */
  readonly globals: Readonly<Record<string, unknown>>
}

export function isolateProgram(given: IsolateGiven): IsolateCalls {
  const { abi, parts, frame, control, file, keys, wants } = given
  const { header, phase, configure, op } = abi
  const engine = parts.engine()
  const texts = parts.text()
  const values = parts.values({ engine, texts, most: abi.none })
  const block = parts.block({ frame, engine, texts, input: given.input })
  const output = new engine.Bytes(given.output)
  const list = parts.list({ engine, texts, values, output, bytesMax: given.answerBytesMax })
  const store = given.store === undefined ? undefined : parts.store({ ...given.store, texts })
  const grants = parts.grants({ abi, engine, values, block, store })
  const { linesMax, lineBytesMax, errorBytesMax } = given
  const log = parts.log({ abi, engine, values, list, linesMax, lineBytesMax })
  const failure = parts.failure({ engine, texts, values, list, output, file, errorBytesMax })
  const exported = parts.exports({ engine, values })
  const metadata = parts.metadata({ abi, engine, block })
  const extra = parts.extra({ abi, engine, block, metadata })
  const mutation = parts.mutation({ abi, engine, values, list })
  const verdicts = parts.verdicts({ abi, engine, values, list })
  const declaration = parts.declaration({ abi, engine, values, list, metadata, exported, keys, wants })
  const filter = parts.filter({ abi, values, block, list, metadata, extra, mutation, verdicts, declaration })
  const codec = given.codec?.({ abi, engine, texts, values, block, list, output, exported })
  if (codec !== undefined) list.interruptBy(codec.interrupt)

  function configureWith(): void {
    const size = block.word(configure.configSize)
    grants.begin(block.word(configure.grants))
    const number = block.word(header.version) >>> 16
    const json = block.text(configure.config, size)
    const config: unknown = json === '' ? {} : engine.parse(json)
    if (number === 0) metadata.forgetKeys()
    metadata.configs[number] = config
    const refusal = exported.handler('onConfigure')?.(config)
    if (refusal === undefined || refusal === null) {
      if (codec === undefined) declaration.declare()
      else codec.declare()
      return
    }
    const why = values.plain(refusal, 'what onConfigure returned')
    list.begin(op.refuse, 0)
    list.text(why)
    list.end()
  }
  function handle(): void {
    const during = (block.word(header.version) >>> 8) & 0xff
    if (during === phase.configure) configureWith()
    else if (codec === undefined) filter.handle(during)
    else codec.handle(during)
  }
  function manifest(): void {
    const carried = exported.value('manifest')
    if (carried !== undefined) list.text(engine.stringify(carried) ?? '')
  }
  /** Runs something whose failure is told in words. */
  function told(work: () => void): number {
    block.begin(0)
    list.reset(control.bytes)
    log.reset()
    try {
      work()
      const size = list.at() - control.bytes
      return size === 4 ? 0 : size
    } catch (thrown) {
      filter.over()
      return -failure.tell(thrown)
    } finally {
      filter.over()
    }
  }

  const run = parts.batch({
    abi,
    frame,
    control,
    engine,
    block,
    list,
    handle,
    failed: failure.tell,
    reset: log.reset,
    over: filter.over,
  })

  const textOf = engine.freeze((value: unknown) => {
    const bytes = values.asBytes(value)
    if (bytes === undefined)
      throw new engine.WrongType(`textOf wants a Uint8Array and was given ${values.shown(value)}`)
    return texts.read(bytes, 0, bytes.length)
  })
  const bytesOf = engine.freeze(
    (value: unknown) => new engine.Bytes(values.bytesIn(values.plain(value, 'what bytesOf was given'))),
  )
  const globals: Readonly<Record<string, unknown>> = {
    textOf,
    bytesOf,
    ...log.globals,
    ...(codec === undefined ? { ...verdicts.globals, store: grants.store } : codec.globals),
  }
  if (given.alone) {
    grants.tame()
    for (const name of engine.ownKeys(globals)) {
      engine.defineProperty(engine.G, name, { value: globals[name], configurable: true, writable: true })
    }
  }

  return {
    room: block.room,
    begin: exported.begin,
    run,
    call: () => told(handle),
    manifest: () => told(manifest),
    globals,
  }
}
