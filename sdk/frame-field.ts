/** FrameField: a part of a frame that has a name, for people who look at bytes. */
export interface FrameField {
  readonly name: string
  /** From the frame's first byte. */
  readonly at: number
  readonly size: number
}
