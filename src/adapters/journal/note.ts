// The note of the journal's last line, `journal.head`: its seq and hash, written after the line is durable, since no later line vouches for it
// yet. It may lag behind, never run ahead.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Noted } from '../../domain/journal/chain.ts'
import { codeOf, noteInPlace } from '../system.ts'

const FILE = 'journal.head'
const LENGTH = 112
const NOTE = /^\{"seq":([1-9]\d{0,15}),"sha256":"([0-9a-f]{64})"\} *\n$/

/** Notes the last line, where that can be done. */
export const note = (dir: string, noted: Noted): Promise<void> => noteInPlace(join(dir, FILE), noted, LENGTH)

/** The last line that was noted; nothing where there is no note, or none of ours. */
export const notedIn = async (dir: string): Promise<Noted | undefined> => {
  const text = await readFile(join(dir, FILE), 'latin1').catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return ''
    throw thrown
  })
  const [, seq, sha256] = NOTE.exec(text) ?? []
  return seq === undefined || sha256 === undefined ? undefined : { seq: Number(seq), sha256 }
}
