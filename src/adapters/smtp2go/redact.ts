// Redaction: the service's own words, without anything that was sent in confidence. A service may repeat a password cut off, in other
// letters or encoded, so every eight characters in a row of any form of a secret are taken out, and what touches them.

/** Text that may hold secrets or parts of them, made free of them. */
export const redactor = (secrets: ReadonlyArray<string>): ((text: string) => string) => {
  const needles = new Set(secrets.flatMap(formsOf).flatMap(partsOf))
  const lengths = [...new Set([...needles].map(({ length }) => length))]
  return (text) => {
    // Letter by letter, since lower case may have another length.
    const lower = [...text]
      .map((letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter))
      .join('')
    let clean = ''
    let hiddenTo = 0
    for (let at = 0; at < text.length; at += 1) {
      const length = lengths.filter((one) => needles.has(lower.slice(at, at + one))).reduce((most, one) => Math.max(most, one), 0)
      if (length > 0) {
        if (at >= hiddenTo) clean += '[secret]'
        hiddenTo = Math.max(hiddenTo, at + length)
      }
      if (at >= hiddenTo) clean += text.charAt(at)
    }
    return clean
  }
}

const WINDOW = 8

const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  const shifted = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]))
  // The neighbours of a secret change the first and last characters of its base64.
  const inBase64 = (['base64', 'base64url'] as const).flatMap((encoding) =>
    shifted.map((whole, shift) =>
      whole
        .toString(encoding)
        .replace(/=+$/, '')
        .slice(shift === 0 ? 0 : shift + 1, -1),
    ),
  )
  const inHtml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    inHtml,
    bytes.toString('hex'),
    ...inBase64,
  ].map((form) => form.toLowerCase())
}

const partsOf = (form: string): ReadonlyArray<string> =>
  form.length <= WINDOW
    ? form === ''
      ? []
      : [form]
    : Array.from({ length: form.length - WINDOW + 1 }, (_, at) => form.slice(at, at + WINDOW))
