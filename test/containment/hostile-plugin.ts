/** HostilePlugin: an item of the attack catalogue as a file of the plugin folder, with what has to come of it. */
export interface HostilePlugin {
  /** Its number in the catalogue, and what it does. */
  readonly name: string
  readonly bytes: string | Uint8Array
  /**
   * `refused`: it never goes live, and the version before it stays; `trapped`: its calls fail by its policy;
   * `parked`: it holds its call until that is answered with an error; `harmless`: its calls pass.
   */
  readonly fate: 'refused' | 'trapped' | 'parked' | 'harmless'
  /** Calls that come all at once, behind those that come one by one. */
  readonly burst?: number
}
