// The news of a run, as a document for machines and as a text for a chat.
import type { News, Transition } from '../../daemon/transitions.ts'
import { visible } from '../../domain/basics/visible.ts'
import { printJson } from './json.ts'

const MOST_NAMED = 10
const TITLES: { readonly [K in Transition['kind']]: string } = {
  drift_found: 'drift found',
  repaired: 'repaired',
  held: 'held, waits for you',
  guard_tripped: 'stopped by a guard',
  failed: 'failed',
  unreachable: 'cannot be reached',
  recovered: 'recovered',
  finding_opened: 'finding',
  finding_raised: 'finding, graver now',
  finding_resolved: 'finding resolved',
  config_broken: 'config broken',
  config_good: 'config good again',
}

/** The body that a webhook is sent. */
export const notificationBody = (news: News, format: 'generic' | 'slack'): string =>
  format === 'slack'
    ? printJson({ text: chat(newsText(news)) })
    : printJson({
        format: 'smtp2go-reconciler/notification@1',
        at: news.at,
        text: newsText(news),
        transitions: news.transitions.map(({ kind, scope, users, message }) => ({
          kind,
          scope: scope ?? null,
          users: users.slice(0, MOST_NAMED),
          count: users.length,
          message,
        })),
      })

/** One line for each transition. */
const newsText = ({ transitions }: News): string =>
  transitions.map((one) => `${TITLES[one.kind]}${where(one)}: ${visible(one.message)}${who(one)}`).join('\n')

const where = ({ scope }: Transition): string => (scope === undefined ? '' : ` in ${visible(scope)}`)

const who = ({ users }: Transition): string => {
  const named = users.slice(0, MOST_NAMED).map(visible).join(', ')
  const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : ''
  return users.length === 0 ? '' : ` (${named}${more})`
}

// What calls everybody, in a chat that obeys it in plain text as well; a name may be so. In an address it does not.
const CALL = /(?<![\p{L}\p{N}])@(?=(?:here|channel|all|everyone)(?![\p{L}\p{N}]))/giu

// Three characters start what such chats take for a command. What breaks a call cannot be seen.
const chat = (text: string): string =>
  `*smtp2go-reconciler*\n${text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(CALL, '@\u200b')}`
