/** Together: who wants to know which of the answers that come later come at once, to do what comes of them in one go. */
export interface Together {
  /** Answers follow, and then the end, whatever becomes of them. */
  begin(): void
  end(): void
}
