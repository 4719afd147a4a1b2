// What the page brings along in itself, so that it needs no further request: its style, its script and its icon. The policy that is sent
// with it names these texts by their hash, so that no other inline code is ever obeyed.

/** The style; light and dark as the reader's system says. */
export const STYLE = `:root{color-scheme:light dark;--paper:#fbfaf7;--card:#f4f1eb;--ink:#1f1d1a;--quiet:#625d55;--line:#e3ded5;--good:#1d6b42;--warn:#8a5300;--bad:#a32d1b;--calm:#b9b2a6}
@media (prefers-color-scheme:dark){:root{--paper:#171614;--card:#201e1b;--ink:#ebe6dd;--quiet:#a8a196;--line:#33302b;--good:#82c99f;--warn:#e3b566;--bad:#f2917f;--calm:#6b655c}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.25rem 4rem;max-width:46rem;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1rem;color:var(--quiet);font-size:.875rem}
header p{margin:0}
.name{letter-spacing:.02em}
#away{color:var(--bad)}
h1{position:relative;margin:2.25rem 0 1.5rem;padding-left:.87em;font:400 clamp(1.9rem,1.3rem + 3vw,2.9rem)/1.15 "Iowan Old Style","Palatino Linotype",Palatino,"Noto Serif","DejaVu Serif",Georgia,serif;letter-spacing:-.01em;text-wrap:balance}
h1::before{content:"";position:absolute;left:0;top:.42em;width:.42em;height:.42em;border-radius:50%;background:currentColor}
h1.good::before{background:var(--good)}
h1.warn::before{background:var(--warn)}
h1.bad::before{background:var(--bad)}
h1.quiet::before{background:var(--calm)}
h2{margin:2.75rem 0 .75rem;padding-bottom:.4rem;border-bottom:1px solid var(--line);font-size:.8125rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--quiet)}
p{margin:.5rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem 2rem;margin:0}
.wide{grid-column:1/-1}
.woken{white-space:nowrap}
dt{font-size:.8125rem;color:var(--quiet)}
dd{margin:.1rem 0 0}
ul{list-style:none;margin:0;padding:0}
.rows>li{padding:.65rem 0;border-bottom:1px solid var(--line)}
.rows>li:last-child{border-bottom:0}
b{font-weight:600}
code{font:.875em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:.4rem 0 0;padding:.75rem 1rem;background:var(--card);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap}
pre code{user-select:all}
.release{margin:.6rem 0 0;font-size:.875rem;color:var(--quiet)}
.group+.group{margin-top:1.5rem}
.why{color:var(--quiet);font-size:.875rem}
.fields li{padding:.1rem 0 0 .9rem;font-size:.9375rem;text-indent:-.9rem}
.field{color:var(--quiet);font-size:.875rem}
.change{display:grid;grid-template-columns:1fr auto;gap:0 1.25rem}
.change .fields{grid-column:1/-1}
.end{margin:0;font-size:.875rem}
.tag,.quiet{color:var(--quiet);font-size:.875rem}
.tag{margin-left:.35rem}
.good{color:var(--good)}
.warn{color:var(--warn)}
.bad{color:var(--bad)}
h1.good,h1.warn,h1.bad,h1.quiet{color:var(--ink)}
.problems li{padding:.5rem 0 .5rem .9rem;border-left:2px solid var(--bad);margin:.4rem 0}
.scopes>li{display:grid;grid-template-columns:minmax(7rem,12rem) 1fr auto;gap:.1rem 1.25rem;padding:.65rem 0;border-bottom:1px solid var(--line)}
.scopes>li:last-child{border-bottom:0}
.state::before{content:"";display:inline-block;width:.5em;height:.5em;margin-right:.5em;border-radius:50%;background:currentColor}
.drift{grid-column:1/-1;font-size:.875rem;color:var(--quiet)}
.drift b{font-weight:400;color:var(--ink)}
del{color:var(--quiet);text-decoration-thickness:1px}
ins{text-decoration:none}
svg{display:block;width:100%;height:auto;margin-top:1rem}
.axis{stroke:var(--line)}
.hit{fill:transparent}
g:hover .hit{fill:var(--card)}
rect.made{fill:var(--good)}
rect.held{fill:var(--warn)}
rect.bad{fill:var(--bad)}
circle.calm{fill:var(--calm)}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.8125rem;color:var(--quiet)}
.legend span::before{content:"";display:inline-block;width:.6em;height:.6em;margin-right:.45em;border-radius:1px;background:var(--calm)}
.legend .made::before{background:var(--good)}
.legend .held::before{background:var(--warn)}
.legend .bad::before{background:var(--bad)}
.legend .bad,.legend .calm{color:var(--quiet)}
.legend .calm::before{border-radius:50%}
.legend .reach{margin-left:auto}
.legend .reach::before{display:none}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.8125rem;color:var(--quiet)}
a{color:inherit;text-decoration-color:var(--calm);text-underline-offset:.2em;margin-right:1rem}
a:hover{color:var(--ink)}
:focus-visible{outline:2px solid var(--good);outline-offset:3px;border-radius:2px}
@media (max-width:34rem){body{padding-top:1.5rem}.scopes>li,.change{grid-template-columns:1fr}.end{order:1}.tag{margin-left:0}}
@media print{body{max-width:none}footer{display:none}}
`

/** The script: asks for the page anew every few seconds and exchanges the parts that changed, but none that somebody is reading closely. */
export const SCRIPT = `(() => {
  const away = document.getElementById('away')
  const inUse = (part) => {
    const chosen = getSelection()
    return part.contains(document.activeElement) || (chosen.type === 'Range' && chosen.containsNode(part, true))
  }
  const update = async () => {
    if (document.hidden) return
    try {
      const answer = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(4000) })
      if (!answer.ok) throw new Error('not ok')
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
      for (const part of document.querySelectorAll('[data-part]')) {
        const next = fresh.querySelector('[data-part="' + part.dataset.part + '"]')
        if (next && next.innerHTML !== part.innerHTML && !inUse(part)) part.replaceChildren(...next.childNodes)
      }
      document.title = fresh.title
      away.hidden = true
    } catch {
      away.hidden = false
    }
  }
  setInterval(update, 3000)
  document.addEventListener('visibilitychange', update)
})()
`

/** The icon: two arcs that close on each other. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#2f7d54" stroke-width="3" stroke-linecap="round"><path d="M6 18a10 10 0 0 1 17-9l3 3"/><path d="M26 14a10 10 0 0 1-17 9l-3-3"/></svg>
`
