// Text that must not be seen. It prints as `[secret]` everywhere and is opened with `reveal()` only under adapters/.
import { isLoopback } from '../basics/loopback.ts'
import { entropyBits } from './password.ts'

const FILLING = /[*•●]{2,}|[xX.-]{3,}|…/g

/** A password or key, wrapped from the moment it is read; `unsaved` names the file it must be stored in before it is sent. */
export class Secret {
  readonly #text: string
  readonly unsaved: string | undefined
  /** Whether it stands for one that is declared and was not fetched: it shows like any other, and is like none. */
  readonly isUnfetched: boolean

  constructor(text: string, unsaved?: string, isUnfetched = false) {
    this.#text = text
    this.unsaved = unsaved
    this.isUnfetched = isUnfetched
  }

  /** Stands for a secret that is declared and was not fetched. */
  static unfetched(): Secret {
    return new Secret('', undefined, true)
  }

  /** The text itself: for request bodies, headers, files and keyed hashes, under adapters/ only. */
  reveal(): string {
    if (this.isUnfetched) throw new Error('a secret that was not fetched cannot be had')
    return this.#text
  }

  equals(other: Secret): boolean {
    return this === other || (this.#text === other.#text && !this.isUnfetched && !other.isUnfetched)
  }

  /** Whether its text is as asked, for what compares and shows nothing. */
  is(asked: (text: string) => boolean): boolean {
    return !this.isUnfetched && asked(this.#text)
  }

  /** Whether another text is this one with a part hidden, such as `ab…yz`: what it shows besides stands in this one at that end. */
  isHiddenIn(other: Secret): boolean {
    if (this.equals(other)) return false
    return [...other.#text.matchAll(FILLING)].some((run) => {
      const [before, after] = [other.#text.slice(0, run.index), other.#text.slice(run.index + run[0].length)]
      return before.length + after.length < this.#text.length && this.#text.startsWith(before) && this.#text.endsWith(after)
    })
  }

  /** Estimated strength in bits: length times Shannon entropy per character. */
  get bits(): number {
    return entropyBits(this.#text)
  }

  /** Size in UTF-8 bytes. */
  get bytes(): number {
    return new TextEncoder().encode(this.#text).length
  }

  /** What kind of web address the text is; undefined where it is none, or one with a user or password in it. */
  get address(): 'https' | 'loopback' | 'http' | undefined {
    if (!URL.canParse(this.#text)) return undefined
    const { protocol, hostname, username, password } = new URL(this.#text)
    if (username !== '' || password !== '') return undefined
    if (protocol === 'https:') return 'https'
    if (protocol !== 'http:') return undefined
    return isLoopback(hostname) ? 'loopback' : 'http'
  }

  /** Whether an HTTP header can carry it: visible ASCII only. */
  get fitsHeader(): boolean {
    return /^[\x21-\x7e]+$/.test(this.#text)
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
