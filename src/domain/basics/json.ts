// JSON as it comes from elsewhere: a file, a socket, an answer. The parser's own words about it quote what it was given, so none of them get out.

/** What a text says as JSON, which is never `undefined`; `undefined` where it is none. */
export const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
