/** Tests of single functions; run with: weir plugin test. Whole calls are in plugin-name.test.yaml. */

export function testWhoIsBannedIsRefused() {
  configure({ banned: 'spy' })
  expect(request({ properties: { caller: 'spy' } }).error).toBe('denied')
  expect(request({ properties: { caller: 'shop' } }).verdict).toBe('continue')
}
