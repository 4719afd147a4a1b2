// The heap of a process that runs for months. What a request is made of hangs on weak references, so that it stays until everything is collected,
// and V8 puts that off until the heap is several times as large as what is alive: all that time it is held, and then nobody else has a turn for as long
// as clearing it takes.
import { setFlagsFromString } from 'node:v8'

/** Lets the heap grow to about twice what is alive in it before everything is collected. */
export const keepHeapSmall = (): void => setFlagsFromString('--heap-growing-percent=100')
