/** IsolateMutation: the edits of authors, written into the list as they are made. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateMutationGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly list: IsolateList
}

export interface IsolateMutation {
  readonly shows: object
  /** Whether there is a message that can be changed. */
  allow(editable: boolean): void
}

export function isolateMutation({ abi, engine, values, list }: IsolateMutationGiven): IsolateMutation {
  const { op } = abi
  const { BaseError, freeze } = engine
  const { plain, contents } = values
  const { begin, end, text, sizedText, put } = list
  let editable = false

  function checkEditable(): void {
    if (!editable) throw new BaseError('nothing can be changed here: only a message that is handled can')
  }
  function edit(code: number, key: unknown, value: unknown): void {
    checkEditable()
    const name = plain(key, 'the key')
    const given = plain(value, 'the value')
    begin(code, 0)
    sizedText(name)
    text(given)
    end()
  }
  const shows = freeze({
    set: freeze((key: unknown, value: unknown) => edit(op.set, key, value)),
    add: freeze((key: unknown, value: unknown) => edit(op.add, key, value)),
    remove: freeze((key: unknown) => {
      checkEditable()
      const name = plain(key, 'the key')
      begin(op.remove, 0)
      text(name)
      end()
    }),
    body: freeze((bytes: unknown) => {
      checkEditable()
      const body = contents(bytes, 'the body')
      begin(op.body, 0)
      put(body)
      end()
    }),
  })

  return {
    shows,
    allow: (allowed) => {
      editable = allowed
    },
  }
}
