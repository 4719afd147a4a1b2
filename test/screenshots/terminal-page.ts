// What a terminal got, as a page that looks like one.

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['1', 'bold'],
  ['2', 'dim'],
  ['31', 'red'],
  ['32', 'green'],
  ['33', 'yellow'],
  ['36', 'cyan'],
])
const STYLE = `:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1f1d1a;--dim:#767068;--red:#a32d1b;--green:#1d6b42;--yellow:#8a5300;--cyan:#0b6477}
@media (prefers-color-scheme:dark){:root{--paper:#171614;--ink:#ebe6dd;--dim:#8f887d;--red:#f2917f;--green:#82c99f;--yellow:#e3b566;--cyan:#7cc4d4}}
body{margin:0;padding:20px 24px;background:var(--paper);color:var(--ink)}
pre{margin:0;font:12.5px/1.45 "DejaVu Sans Mono",monospace}
.bold{font-weight:700}.dim,.prompt{color:var(--dim)}.red{color:var(--red)}.green{color:var(--green)}.yellow{color:var(--yellow)}.cyan{color:var(--cyan)}`

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** A page that shows a command and what it printed. */
export const terminalPage = (command: string, raw: string): string => {
  let on: ReadonlyArray<string> = []
  const spans = lastWritten(raw)
    .split(/(\p{Cc}\[[0-9;]*m)/u)
    .map((part) => {
      const code = /^\p{Cc}\[([0-9;]*)m$/u.exec(part)?.[1]
      if (code === undefined) return part === '' ? '' : `<span class="${on.join(' ')}">${escaped(part)}</span>`
      on =
        code === '39' ? on.filter(isShade) : code === '22' ? on.filter((one) => !isShade(one)) : [...on, CLASSES.get(code) ?? '']
      return ''
    })
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><pre><span class="prompt">$</span> ${escaped(command)}\n${spans.join('')}</pre>`
}

const isShade = (name: string): boolean => name === 'bold' || name === 'dim'

/** Each line as it was written last. */
const lastWritten = (raw: string): string =>
  raw
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n')
    .replace(/\p{Cc}\[K/gu, '')
