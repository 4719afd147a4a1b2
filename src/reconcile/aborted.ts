// Aborted: that a signal says so, as something to wait for.

/** Resolves when it is aborted; `over` ends the listening. */
export const whenAborted = (signal: AbortSignal | undefined, over?: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve(undefined)
    else
      signal?.addEventListener('abort', () => resolve(undefined), { once: true, ...(over === undefined ? {} : { signal: over }) })
  })
