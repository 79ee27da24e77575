/** Mutations: what changes, what stays, and what is refused by name. */
import { describe, expect, test } from 'vitest'
import {
  changed,
  decodeOne,
  document,
  encoded,
  frame,
  hex,
  jsonbMap,
  jsonbRequestBody,
  map,
  problemOf,
  requestBody,
  string,
} from './wire.ts'

const entries = [
  ['path', 'demo.Greet'],
  ['interface', 'demo.Greet'],
  ['version', '1.0.0'],
  ['group', 'blue'],
] as const

const formats = [
  { name: 'hessian2', bytes: frame(requestBody([string('arg')], map(entries))) },
  { name: 'fastjson2', bytes: frame(jsonbRequestBody([hex('4c617267')], jsonbMap(entries)), { flag: 0xd7 }) },
]

describe.each(formats)('a $name request', ({ bytes }) => {
  test('takes edits in their order', () => {
    const message = changed(bytes, (mutation) => {
      mutation.set('group', 'green')
      mutation.remove('group')
      mutation.set('x', '1')
      mutation.set('x', '2')
      mutation.add('y', '3')
    })
    const again = decodeOne(encoded(message))
    expect(again.get('group')).toBeUndefined()
    expect(again.get('x')).toBe('2')
    expect(again.get('y')).toBe('3')
    expect(again.keys()).toEqual([
      'serialization',
      'dubbo',
      'interface',
      'path',
      'version',
      'method',
      'parameter-types',
      'attachment.path',
      'attachment.interface',
      'attachment.version',
      'x',
      'y',
    ])
  })

  test('has a new path in its head and in its attachments', () => {
    for (const key of ['path', 'interface']) {
      const again = decodeOne(encoded(changed(bytes, (mutation) => mutation.set(key, 'demo.Other'))))
      expect(again.operation).toBe('demo.Other/greet')
      expect(again.get('attachment.path')).toBe('demo.Other')
      expect(again.get('attachment.interface')).toBe('demo.Other')
      expect(again.get('conflict')).toBeUndefined()
      expect(again.get('group')).toBe('blue')
    }
  })

  test('has a new version, method and protocol version', () => {
    const message = changed(bytes, (mutation) => {
      mutation.set('version', '2.0.0')
      mutation.set('method', 'a'.repeat(40))
      mutation.set('dubbo', '2.0.3')
    })
    const again = decodeOne(encoded(message))
    expect(again.get('version')).toBe('2.0.0')
    expect(again.get('attachment.version')).toBe('2.0.0')
    expect(again.get('method')).toBe('a'.repeat(40))
    expect(again.get('dubbo')).toBe('2.0.3')
    expect(again.get('parameter-types')).toBe('Ljava/lang/Object;')
  })

  test('loses its version in its head and in its attachments', () => {
    const again = decodeOne(encoded(changed(bytes, (mutation) => mutation.remove('version'))))
    expect(again.get('version')).toBeUndefined()
    expect(again.get('attachment.version')).toBeUndefined()
  })

  test.each(['serialization', 'parameter-types', 'conflict'])('keeps its %s and says so', (key) => {
    expect(problemOf(changed(bytes, (mutation) => mutation.set(key, 'x')))).toBe(
      `"${key}" cannot be set: it follows from the rest of the message`,
    )
  })

  test.each(['interface', 'method', 'dubbo'])('cannot do without its %s nor have two', (key) => {
    expect(problemOf(changed(bytes, (mutation) => mutation.remove(key)))).toContain(
      `"${key}" cannot be removed`,
    )
    expect(problemOf(changed(bytes, (mutation) => mutation.add(key, 'x')))).toContain(
      `"${key}" cannot be added`,
    )
  })

  test('reaches attachments that are named like its own properties', () => {
    const message = changed(bytes, (mutation) => {
      mutation.set('attachment.method', 'm')
      mutation.remove('attachment.path')
      mutation.set('attachment.attachment.x', 'y')
    })
    const again = decodeOne(encoded(message))
    expect(again.get('method')).toBe('greet')
    expect(again.get('attachment.method')).toBe('m')
    expect(again.get('attachment.path')).toBeUndefined()
    expect(again.get('path')).toBe('demo.Greet')
    expect(again.keys()).toContain('attachment.attachment.x')
    expect(again.get('attachment.attachment.x')).toBe('y')
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s as a key like any other',
    (key) => {
      expect(decodeOne(bytes).get(key)).toBeUndefined()
      const again = decodeOne(encoded(changed(bytes, (mutation) => mutation.set(key, 'v'))))
      expect(again.get(key)).toBe('v')
      expect(again.keys()).toContain(key)
      expect(Object.keys({})).toEqual([])
    },
  )

  test('keeps texts of every size and script', () => {
    const texts = ['', 'x'.repeat(31), 'x'.repeat(32), 'y'.repeat(47), 'y'.repeat(48), 'z'.repeat(1023)]
    texts.push(
      'z'.repeat(1024),
      'z'.repeat(2048),
      'é'.repeat(300_000),
      '\u{1f600}'.repeat(40_000),
      '\ud800',
      '\0\r\n',
    )
    texts.push(`x${'\u{1f600}'.repeat(40_000)}`, 'q'.repeat(65_535), 'q'.repeat(65_536), 'q'.repeat(98_304))
    for (const text of texts) {
      const again = decodeOne(encoded(changed(bytes, (mutation) => mutation.set(text.slice(0, 50), text))))
      expect(again.get(text.slice(0, 50)) === text, `${text.length} units of ${text.slice(0, 2)}`).toBe(true)
    }
  })

  test('has its body replaced, and then edits mean the new one', () => {
    const other = decodeOne(changed(bytes, () => {}).bytes)
    const body = Buffer.from(other.body)
    const replaced = changed(bytes, (mutation) => mutation.body(body))
    expect(encoded(replaced).equals(bytes)).toBe(true)
    const both = changed(bytes, (mutation) => {
      mutation.set('x', '1')
      mutation.body(body)
    })
    expect(decodeOne(encoded(both)).get('x')).toBe('1')
    const short = encoded(changed(bytes, (mutation) => mutation.body(Buffer.from('N'))))
    expect(short.toString('hex', 12)).toBe('000000014e')
  })

  test('is written the same way twice', () => {
    const message = changed(bytes, (mutation) => mutation.set('x', '1'))
    expect(encoded(message).equals(encoded(message))).toBe(true)
  })
})

describe.each([
  {
    name: 'hessian2',
    flag: 0x02,
    value: string('v'),
    form: (form: number) => Buffer.from([0x90 + form]),
    make: map,
    wrap: (x: Buffer) => x,
  },
  {
    name: 'fastjson2',
    flag: 0x17,
    value: document('v'),
    form: (form: number) => document(Uint8Array.of(0xbd, form)),
    make: jsonbMap,
    wrap: document,
  },
])('a $name reply', ({ flag, value, form, make, wrap }) => {
  test.each([
    [0, 3],
    [1, 4],
    [2, 5],
  ])('of form %i gains a map and becomes form %i', (without, withMap) => {
    const parts = without === 2 ? [] : [value]
    const bytes = frame(Buffer.concat([form(without), ...parts]), { flag, status: 20 })
    const wanted = frame(Buffer.concat([form(withMap), ...parts, wrap(make([['k', 'v']]))]), {
      flag,
      status: 20,
    })
    expect(encoded(changed(bytes, (mutation) => mutation.set('k', 'v'))).equals(wanted)).toBe(true)
    expect(encoded(changed(bytes, (mutation) => mutation.remove('k'))).equals(bytes)).toBe(true)
    expect(decodeOne(wanted).get('exception')).toBe(without === 0 ? 'true' : undefined)
    expect(decodeOne(bytes).get('exception')).toBe(without === 0 ? 'true' : undefined)
  })

  test('of a form that Dubbo does not have is refused by name', () => {
    const bytes = frame(Buffer.concat([form(9), value]), { flag, status: 20 })
    expect(problemOf(changed(bytes, (mutation) => mutation.set('k', 'v')))).toContain(
      'the form of the result is 9',
    )
    expect(encoded(decodeOne(bytes)).equals(bytes)).toBe(true)
  })

  test('keeps what stands behind its map', () => {
    const body = [form(4), value, wrap(make([['a', 'b']])), Buffer.from('N')]
    const bytes = frame(Buffer.concat(body), { flag, status: 20 })
    body[2] = wrap(make([['a', 'c']]))
    const wanted = frame(Buffer.concat(body), { flag, status: 20 })
    expect(encoded(changed(bytes, (mutation) => mutation.set('a', 'c'))).equals(wanted)).toBe(true)
  })

  test.each(['status', 'exception', 'error', 'serialization'])('keeps its %s and says so', (key) => {
    const bytes = frame(Buffer.concat([form(1), value]), { flag, status: 20 })
    expect(problemOf(changed(bytes, (mutation) => mutation.set(key, 'x')))).toContain(
      `"${key}" cannot be set`,
    )
  })
})

test('an error reply has no attachments and says so', () => {
  const bytes = frame(string('no such service'), { flag: 0x02, status: 60 })
  expect(decodeOne(bytes).get('error')).toBe('no such service')
  expect(decodeOne(bytes).get('group')).toBeUndefined()
  expect(decodeOne(bytes).keys()).toEqual(['serialization', 'status', 'error'])
  expect(problemOf(changed(bytes, (mutation) => mutation.set('k', 'v')))).toBe(
    '"k" cannot be set: a reply of status 60 is a text and has no attachments',
  )
})

test.each([
  [0xc8, '"k" cannot be changed: serialization 8 (kryo) is not readable'],
  [0xc3, '"k" cannot be changed: serialization 3 (java) is not readable'],
  [0xdf, '"k" cannot be changed: serialization 31 is not readable'],
])('a request of flag %i passes by its header and says why it cannot be read or changed', (flag, problem) => {
  const bytes = frame(Buffer.from('anything'), { flag, id: 5n })
  const message = decodeOne(bytes)
  expect(encoded(message, 0, 5).equals(bytes)).toBe(true)
  expect(message.get('serialization')).toBe(problem.match(/\((\w+)\)/)?.[1] ?? '31')
  expect(message.problem).toBeUndefined()
  expect(message.get('interface')).toBeUndefined()
  expect(problem).toContain(message.problem)
  expect(problemOf(changed(bytes, (mutation) => mutation.set('k', 'v')))).toBe(problem)
  expect(
    encoded(changed(bytes, (mutation) => mutation.body(Buffer.from('other'))))
      .subarray(16)
      .toString(),
  ).toBe('other')
})

test('a request without attachments, or with null in their place, gains a map', () => {
  const wanted = frame(requestBody([], map([['k', 'v']])))
  for (const attachments of [Buffer.alloc(0), hex('4e')]) {
    const bytes = frame(requestBody([], attachments))
    expect(encoded(changed(bytes, (mutation) => mutation.set('k', 'v'))).equals(wanted)).toBe(true)
  }
  const json = frame(jsonbRequestBody([], hex('af')), { flag: 0xd7 })
  const again = encoded(changed(json, (mutation) => mutation.set('k', 'v')))
  expect(again.equals(frame(jsonbRequestBody([], jsonbMap([['k', 'v']])), { flag: 0xd7 }))).toBe(true)
})

describe('an attachment that holds an object', () => {
  const list = hex('79 90')
  const bytes = frame(
    requestBody(
      [],
      map([
        ['first', list],
        ['k', 'v'],
        ['second', hex('51 91')],
      ]),
    ),
  )

  test('is not taken from under another that may point at it', () => {
    const text = '"first" cannot be changed: it holds an object and attachments behind it hold some, too'
    expect(problemOf(changed(bytes, (mutation) => mutation.remove('first')))).toBe(text)
    expect(problemOf(changed(bytes, (mutation) => mutation.set('first', 'x')))).toBe(text)
  })

  test('stays where only texts change', () => {
    const wanted = frame(
      requestBody(
        [],
        map([
          ['first', list],
          ['k', 'w'],
          ['second', hex('51 91')],
          ['n', 'm'],
        ]),
      ),
    )
    const message = changed(bytes, (mutation) => {
      mutation.set('k', 'w')
      mutation.set('n', 'm')
    })
    expect(encoded(message).equals(wanted)).toBe(true)
  })

  test('goes when the ones behind it go as well', () => {
    const message = changed(bytes, (mutation) => {
      mutation.remove('first')
      mutation.remove('second')
    })
    expect(encoded(message).equals(frame(requestBody([], map([['k', 'v']]))))).toBe(true)
  })
})

describe('an attachment that is there twice', () => {
  const bytes = frame(
    requestBody(
      [],
      map([
        ['k', 'a'],
        ['x', 'y'],
        ['k', 'b'],
      ]),
    ),
  )

  test('reads as both, and the message has a problem', () => {
    const message = decodeOne(bytes)
    expect(message.getAll('k')).toEqual(['a', 'b'])
    expect(message.problem).toBe('attachment "k" is there more than once')
    expect(message.keys().filter((key) => key === 'k')).toHaveLength(1)
  })

  test('is there once when it was set, and not at all when it was removed', () => {
    const set = encoded(changed(bytes, (mutation) => mutation.set('k', 'c')))
    expect(
      set.equals(
        frame(
          requestBody(
            [],
            map([
              ['k', 'c'],
              ['x', 'y'],
            ]),
          ),
        ),
      ),
    ).toBe(true)
    const removed = encoded(changed(bytes, (mutation) => mutation.remove('k')))
    expect(removed.equals(frame(requestBody([], map([['x', 'y']]))))).toBe(true)
  })
})

test('a head that its attachments contradict is told apart', () => {
  const conflict = (entry: readonly [string, string]) =>
    decodeOne(frame(requestBody([], map([entry])))).get('conflict')
  expect(conflict(['path', 'demo.Secret'])).toBe('path')
  expect(conflict(['version', '9.9.9'])).toBe('version')
  expect(conflict(['path', 'demo.Greet'])).toBeUndefined()
})

test('a key in another form than the shortest is the same key', () => {
  for (const key of ['30 01 6b', '53 00 01 6b', '52 00 00 01 6b']) {
    const attachments = Buffer.concat([Buffer.from('H'), hex(key), string('v'), Buffer.from('Z')])
    const message = decodeOne(frame(requestBody([], attachments)))
    expect(message.get('k')).toBe('v')
    expect(message.keys()).toContain('k')
  }
})

test('1,024 attachments are read and one more is refused', () => {
  const many = (count: number) =>
    decodeOne(frame(requestBody([], map(Array.from({ length: count }, (_, i) => [`k${i}`, 'v'] as const)))))
  expect(many(1024).get('k1023')).toBe('v')
  const more = many(1025)
  expect(more.get('k0')).toBeUndefined()
  expect(more.problem).toBe('there are more than 1024 attachments')
})

test('parameter types that are no descriptor leave the head readable', () => {
  const head = ['2.0.2', 'demo.Greet', '', 'greet', 'no descriptor'].map(string)
  const message = decodeOne(frame(Buffer.concat([...head, map([['k', 'v']])])))
  expect(message.get('version')).toBeUndefined()
  expect(message.get('method')).toBe('greet')
  expect(message.get('k')).toBeUndefined()
  expect(message.problem).toBe('the parameter types "no descriptor" are no descriptor')
})

test('an entry whose key is no string has no name and stays where it is', () => {
  const attachments = (value: string) =>
    Buffer.concat([Buffer.from('H'), hex('91 92'), string('k'), string(value), hex('5a')])
  const message = decodeOne(frame(requestBody([], attachments('v'))))
  expect(message.get('1')).toBeUndefined()
  expect(message.keys().at(-1)).toBe('k')
  const set = encoded(changed(frame(requestBody([], attachments('v'))), (mutation) => mutation.set('k', 'w')))
  expect(set.equals(frame(requestBody([], attachments('w'))))).toBe(true)
})
