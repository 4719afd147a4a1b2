// C5: the one escaper. Nothing that a terminal obeys, that turns a line or cannot be seen comes through; machines read back the same text.
import * as fc from 'fast-check'
import pc from 'picocolors'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import {
  holdsHidden,
  visible,
  visibleJson,
  visibleMarkdown,
  visibleText,
  visibleYaml,
} from '../../../src/domain/basics/visible.ts'
import { cases } from '../../support/cases.ts'
import { spec } from '../../support/spec.ts'

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

// Each hostile piece as people see it, in JSON, and in Markdown.
const TABLE: ReadonlyArray<readonly [name: string, text: string, people: string, json: string, markdown: string]> = [
  ['CSI', '\u001b[2J', '\\u{1b}[2J', '"\\u001b[2J"', '\\\\u\\{1b\\}\\[2J'],
  ['OSC', '\u001b]0;x\u0007', '\\u{1b}]0;x\\u{7}', '"\\u001b]0;x\\u0007"', '\\\\u\\{1b\\}\\]0;x\\\\u\\{7\\}'],
  ['DCS', '\u001bP1$r\u001b\\', '\\u{1b}P1$r\\u{1b}\\', '"\\u001bP1$r\\u001b\\\\"', '\\\\u\\{1b\\}P1$r\\\\u\\{1b\\}\\\\'],
  ['C1', '\u009b2J\u0090', '\\u{9b}2J\\u{90}', '"\\u009b2J\\u0090"', '\\\\u\\{9b\\}2J\\\\u\\{90\\}'],
  [
    'line ends',
    'a\r\nb\u0085c\u2028d\u2029e',
    'a\\r\\nb\\u{85}c\\u{2028}d\\u{2029}e',
    '"a\\r\\nb\\u0085c\\u2028d\\u2029e"',
    'a\\\\r\\\\nb\\\\u\\{85\\}c\\\\u\\{2028\\}d\\\\u\\{2029\\}e',
  ],
  ['tab, NUL, DEL', '\t\0\u007f', '\\t\\u{0}\\u{7f}', '"\\t\\u0000\\u007f"', '\\\\t\\\\u\\{0\\}\\\\u\\{7f\\}'],
  ['bidi', '\u202egpj\u2066', '\\u{202e}gpj\\u{2066}', '"\\u202egpj\\u2066"', '\\\\u\\{202e\\}gpj\\\\u\\{2066\\}'],
  [
    'nothing to see',
    'a\u200b\u00ad\ufeff\u3164b',
    'a\\u{200b}\\u{ad}\\u{feff}\\u{3164}b',
    '"a\\u200b\\u00ad\\ufeff\\u3164b"',
    'a\\\\u\\{200b\\}\\\\u\\{ad\\}\\\\u\\{feff\\}\\\\u\\{3164\\}b',
  ],
  ['tags beyond the first plane', '\u{e0041}', '\\u{e0041}', '"\\udb40\\udc41"', '\\\\u\\{e0041\\}'],
  ['HTML', '<img src=x>&amp;', '<img src=x>&amp;', '"<img src=x>&amp;"', '&lt;img src=x&gt;&amp;amp;'],
  [
    'Markdown',
    '[x](y) | **b** `c` @team #1',
    '[x](y) | **b** `c` @team #1',
    '"[x](y) | **b** `c` @team #1"',
    '\\[x\\]\\(y\\) \\| \\*\\*b\\*\\* \\`c\\` \\@team \\#1',
  ],
  ['a bare link', 'www.a.example', 'www.a.example', '"www.a.example"', 'www<!-- -->.a.example'],
  ['a name of every object', '__proto__', '__proto__', '"__proto__"', '\\_\\_proto\\_\\_'],
  ['what people write', 'Büro 3 – 印刷 ☎', 'Büro 3 – 印刷 ☎', '"Büro 3 – 印刷 ☎"', 'Büro 3 – 印刷 ☎'],
]

spec('text made visible', (test) => {
  for (const [name, text, people, json, markdown] of TABLE) {
    test(name, () => {
      assert.is(visible(text), people)
      assert.is(holdsHidden(text), visible(text) !== text)
      assert.is(visibleJson(JSON.stringify(text)), json)
      assert.is(visibleMarkdown(text), markdown)
      assert.is(JSON.parse(visibleJson(JSON.stringify(text))), text)
      assert.is(parse(visibleYaml(JSON.stringify(text))), text)
    })
  }

  test('the line ends of a document itself stay', () => {
    assert.is(visibleYaml('a: "\u202e"\nb: 1\n'), 'a: "\\u202e"\nb: 1\n')
    assert.is(visibleJson('{\n "a": "\u202e"\n}\n'), '{\n "a": "\\u202e"\n}\n')
  })

  test('whatever the text, nothing hidden comes through, and machines read it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        assert.not.match(visible(text), HIDDEN)
        assert.not.match(visibleMarkdown(text), HIDDEN)
        assert.not.match(visibleJson(JSON.stringify(text)), HIDDEN)
        assert.is(JSON.parse(visibleJson(JSON.stringify(text))), text)
        assert.is(parse(visibleYaml(JSON.stringify(text))), text)
      }),
      cases(2000),
    )
  })

  test('of several lines keeps its lines and colours, and nothing else that a terminal obeys', () => {
    const ours = `a\n${pc.createColors(true).bold(pc.createColors(true).red('b'))} ${pc.createColors(true).dim('c')}\n`
    assert.is(visibleText(ours), ours)
    for (const [theirs, shown] of [
      ['\u001b[8mx', '\\u{1b}[8mx'],
      ['\u001b[2J', '\\u{1b}[2J'],
      ['\u001b[31;8m', '\\u{1b}[31;8m'],
      ['\r\u0007[31m', '\\r\\u{7}[31m'],
      ['\u009b31m', '\\u{9b}31m'],
      ['\u202ea\tb', '\\u{202e}a\\tb'],
    ] as const)
      assert.is(visibleText(`x${theirs}\n`), `x${shown}\n`)
  })
})
