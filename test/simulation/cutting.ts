// One process of several that share the cut points: `node cutting.js PART PARTS [pairs]` tells what came of its plans.
import process from 'node:process'
import { cutAll } from './cuts.ts'

const [part = '0', parts = '1', pairs] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await cutAll(pairs === 'pairs', Number(part), Number(parts))))
