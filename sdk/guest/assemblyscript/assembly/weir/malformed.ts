/** Malformed: why a connection cannot be understood any further. */
export enum Malformed {
  Magic = 1,
  Version,
  FrameSize,
  Header,
  Body,
  Checksum,
  Unexpected,
}
