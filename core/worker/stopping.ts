/** Stopping: a change came too late, or was under way, when weir was asked to stop: nothing is wrong with it. */
export class Stopping extends Error {
  constructor() {
    super('the proxy is stopping')
  }
}
