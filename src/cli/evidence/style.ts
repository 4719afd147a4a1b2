// The style of the evidence: one sheet for screen, phone and paper, with nothing from elsewhere.

/** The style. */
export const STYLE = `:root{color-scheme:light;--paper:#fff;--wash:#f6f4ef;--ink:#1d1c1a;--quiet:#625d55;--line:#ddd7cc;--good:#1d6b42;--warn:#8a5300;--bad:#a32d1b;--bar:#7fb795;--off:#d9952f;--none:#b9b2a6}
*{box-sizing:border-box}
html{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{margin:0 auto;padding:3rem 1.5rem 4rem;max-width:62rem;background:var(--paper);color:var(--ink);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
header p{margin:0;color:var(--quiet)}
header .name{letter-spacing:.04em;font-size:.8125rem}
h1{margin:1.25rem 0 .5rem;font:400 clamp(1.7rem,1.2rem + 2.4vw,2.6rem)/1.15 "Iowan Old Style","Palatino Linotype",Palatino,"Noto Serif","DejaVu Serif",Georgia,serif;letter-spacing:-.01em;text-wrap:balance}
h1::before{content:"";display:inline-block;width:.4em;height:.4em;margin-right:.45em;border-radius:50%;background:var(--good);vertical-align:.12em}
h1.warn::before{background:var(--off)}
h1.bad::before{background:var(--bad)}
h2{margin:2.5rem 0 .25rem;font:400 1.3rem/1.3 "Iowan Old Style","Palatino Linotype",Palatino,"Noto Serif","DejaVu Serif",Georgia,serif;break-after:avoid}
h2+p{margin-top:0}
p{margin:.5rem 0;max-width:46rem}
.quiet,.none{color:var(--quiet)}
.none{margin:.25rem 0}
dl{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;margin:1.75rem 0 1.25rem;background:var(--line);border:1px solid var(--line)}
dl div{background:var(--paper);padding:.75rem .9rem;break-inside:avoid}
dt{font-size:.75rem;color:var(--quiet)}
dd{margin:.1rem 0 0;font-size:1.25rem;line-height:1.25;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.75rem;color:var(--quiet)}
.check{margin:1.25rem 0;padding:.75rem 1rem;background:var(--wash);border-left:3px solid var(--good)}
.check.bad{border-color:var(--bad)}
.check p{margin:.15rem 0;max-width:none}
code{font:.8125rem/1.45 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
table{width:100%;margin:.75rem 0 0;border-collapse:collapse;font-size:.8125rem;line-height:1.4}
thead{display:table-header-group}
th{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--ink);font-weight:600;text-align:left;vertical-align:bottom}
td{min-width:5rem;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr{break-inside:avoid}
td:last-child,th:last-child{padding-right:0}
time,.n{font-variant-numeric:tabular-nums;white-space:nowrap}
.n{text-align:right}
th.n,td.n{padding-left:.75rem}
.n,.seq{min-width:0}
.seq{color:var(--quiet);font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
b{font-weight:600}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
h1.good,h1.warn,h1.bad{color:var(--ink)}
.course{display:grid;grid-template-columns:minmax(7rem,13rem) 1fr;gap:.3rem 1rem;align-items:center;margin:.9rem 0 .25rem}
.course svg{display:block;width:100%;height:14px;background:var(--wash)}
.course .axis{grid-column:2;display:flex;justify-content:space-between;font-size:.75rem;color:var(--quiet)}
.in_sync{fill:var(--bar)}.out_of_sync{fill:var(--off)}.unobserved{fill:url(#hatch)}.drift{fill:var(--bad)}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.75rem;color:var(--quiet)}
.legend svg{display:inline-block;width:14px;height:10px;margin-right:.4em;vertical-align:-1px}
footer{margin-top:3rem;padding-top:.75rem;border-top:1px solid var(--line);font-size:.75rem;color:var(--quiet)}
footer p{max-width:none}
@media (max-width:40rem){body{padding:1.5rem 1rem 3rem}.course{grid-template-columns:1fr}.course .axis{grid-column:1}dl{grid-template-columns:1fr 1fr}thead{display:none}tr,td{display:block}tr{padding:.5rem 0;border-bottom:1px solid var(--line)}td{padding:.05rem 0;border:0}td.n,td.seq{text-align:left;padding-left:0}td:empty{display:none}td[data-of]::before{content:attr(data-of) " ";color:var(--quiet)}time{white-space:normal}}
@page{size:A4;margin:16mm 14mm 18mm}
@media print{body{max-width:none;padding:0;font-size:9.5pt}table{font-size:8pt}h1{margin-top:6mm}h2{margin-top:7mm}dl{grid-template-columns:repeat(4,1fr)}time{white-space:normal}a{color:inherit;text-decoration:none}}
`
