/**
 * Whether a filter's answer lets the message go on. A text is seen to be one before it is compared: comparing what may be an
 * object as well is a call into the engine, 2 ns each time.
 */
export function goesOn(answer: unknown): answer is undefined | 'continue' {
  return answer === undefined || (typeof answer === 'string' && answer === 'continue')
}
