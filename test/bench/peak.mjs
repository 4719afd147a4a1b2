// Loaded before the program: writes its peak memory in MB and its processor time in seconds to $PEAK_FILE when it ends.
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  writeFileSync(process.env.PEAK_FILE, `${maxRSS / 1024} ${(userCPUTime + systemCPUTime) / 1e6}`)
})
