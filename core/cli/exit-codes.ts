/** Exit codes: what `weir` tells the shell. They are an interface: a number never changes its meaning. */

export const exitCodes = {
  ok: { code: 0, about: 'done; for run: stopped on request, everything in flight was finished' },
  failed: {
    code: 1,
    about: 'failed at run time, such as an address that is taken, or a test that does not hold',
  },
  usage: { code: 2, about: 'the command line is wrong' },
  invalid: { code: 3, about: 'the configuration, or a file of tests, is invalid or cannot be read' },
} as const satisfies Record<string, { readonly code: number; readonly about: string }>
