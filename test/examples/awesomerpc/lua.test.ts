/** The configuration of examples/awesomerpc, with its codec in Lua, on real calls through a real weir. */
import { resolve } from 'node:path'
import { afterEach, test } from 'vitest'
import { AwesomeExample } from './awesome-example.ts'

let example: AwesomeExample | undefined
afterEach(() => example?.stop())

test('routes by command, limits, changes the code on the way and answers with errors of the protocol', async () => {
  example = await AwesomeExample.start(resolve('examples/awesomerpc/plugins'))
  await example.expectAllOfIt()
})
