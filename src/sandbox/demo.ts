// The users that the embedded stand-in starts with: an office with printers and scanners, some of which drifted from what the example config asks.
import type { Seed } from './seed.ts'

const limited = (value: number, period: string) => ({
  custom_ratelimit: true,
  custom_ratelimit_value: value,
  custom_ratelimit_period: period,
})

/** About a dozen users in the account and three in a subaccount. */
export const demoSeed: Seed = {
  account: {
    results: [
      {
        username: 'scanner-3rd-floor@acme.example',
        description: 'Scanner, 3rd floor',
        ...limited(200, '1 day'),
        bounce_notifications: 'drop',
      },
      { username: 'scanner-lobby@acme.example', description: 'Scanner in the lobby', ...limited(5000, '1 hour') },
      { username: 'printer-hr@acme.example', description: 'Printer of human resources', ...limited(500, '1 hour') },
      { username: 'printer-warehouse@acme.example', ...limited(1000, '1 hour'), open_tracking_enabled: true },
      { username: 'fax@acme.example', description: 'Fax gateway' },
      { username: 'crm@acme.example', description: 'Customer relations', open_tracking_enabled: true },
      { username: 'monitoring@acme.example', description: 'Alerts of the monitoring' },
      {
        username: 'newsletter@acme.example',
        feedback_enabled: true,
        feedback_html: '<p>Too much? <a href="%%UNSUBSCRIBE%%">Unsubscribe %%EMAIL%%</a></p>',
        feedback_text: 'Too much? Unsubscribe %%EMAIL%%: %%UNSUBSCRIBE%%',
        bounce_notifications: 'bounces@acme.example',
      },
      { username: 'backup-nas@acme.example', description: 'Nightly backup reports' },
      { username: 'door-access@acme.example', description: 'Door access system', status: 'blocked' },
      { username: 'legacy-erp@acme.example', description: 'Old ERP, being switched off', status: 'blocked' },
      { username: 'new-copier@acme.example', description: 'set up by hand' },
    ],
  },
  subaccounts: {
    GnlKn5: {
      name: 'Acme Branch Office',
      email: 'office@branch.example',
      results: [
        { username: 'till-1@branch.example', description: 'Acme Branch Office' },
        { username: 'till-2@branch.example', description: 'Acme Branch Office' },
        { username: 'branch-scanner@branch.example', description: 'Acme Branch Office' },
      ],
    },
  },
}
