// Scheduling: the one trigger that the config itself names, replaced when the config names another.
import type { Schedule } from '../domain/wanted/desired.ts'
import type { Stop, Trigger, WokenBy } from '../ports.ts'

export type Scheduling = {
  readonly follow: (schedule: Schedule) => void
  readonly current: () => Schedule | undefined
  readonly stop: Stop
}

type Parts = { readonly scheduled: (schedule: Schedule) => Trigger | undefined; readonly wake: (by: WokenBy) => void }

export const scheduling = ({ scheduled, wake }: Parts): Scheduling => {
  let current: Schedule | undefined
  let stop: Stop | undefined
  return {
    follow: (schedule) => {
      if (current?.cron === schedule.cron && current?.timezone === schedule.timezone) return
      current = schedule
      void stop?.()
      stop = scheduled(schedule)?.((by) => wake(by))
    },
    current: () => current,
    stop: async () => stop?.(),
  }
}
