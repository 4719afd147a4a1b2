// The whole program in a simulated world, part 1: whatever goes wrong on the way, what must never happen never does, and in the end all is as the
// config says.
import { part } from './lives.ts'

part(0)
