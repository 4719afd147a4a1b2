// Loaded before the program: writes its peak memory in MB to $PEAK_FILE when it ends.
import { writeFileSync } from 'node:fs'

process.on('exit', () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS / 1024)))
