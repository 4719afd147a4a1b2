// Freshness: whether what a run goes by is still what the config says. A run that is at work when the config changes makes no new change, so that
// a mistake that somebody has mended is not carried out to its end; but never two in a row, so that a file that changes all the time keeps
// no run from its end.

export type Freshness = {
  /** The config was changed. */
  readonly changed: () => void
  /** A run takes the config as it is; gives whether it has been changed since, so that no new change of this run may start. */
  readonly taken: () => () => boolean
}

/** Nothing has changed yet. */
export const freshness = (): Freshness => {
  let isOld = false
  let wasCut = false
  return {
    changed: () => {
      isOld = true
    },
    taken: () => {
      const mayBeCut = !wasCut
      isOld = false
      wasCut = false
      return () => {
        wasCut ||= isOld && mayBeCut
        return wasCut
      }
    },
  }
}
