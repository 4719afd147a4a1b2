// The environment that Node obeys before we have a say: what in it would show the key to others, or talk to a service that nobody has
// verified. Such a start is refused, since most of this cannot be taken back once Node runs.

type Env = Readonly<Record<string, string | undefined>>

const FLAGS: ReadonlyArray<readonly [flag: RegExp, why: string]> = [
  [/^--inspect/, 'opens a debugger, through which others can read the API key'],
  [/^--tls-keylog/, 'writes the keys of TLS connections to a file'],
  [/^--tls-(min|max)-v1\.[01]/, 'allows TLS older than 1.2'],
  [/^--tls-cipher-list/, 'allows ciphers that others can read'],
  [/^--openssl-(shared-)?config/, 'lets a file weaken TLS'],
  [/^--trace-tls/, 'writes TLS traffic to standard error'],
  [/^--insecure-http-parser/, 'accepts ill-formed answers'],
  [/^--report-/, 'writes reports that hold the environment'],
  [/^--(heapsnapshot|heap-prof|diagnostic-dir)/, 'writes memory, with the secrets in it, to a file'],
  [/^--use-env-proxy/, 'sends requests through whatever proxy the environment names'],
]

type Weakness = readonly [name: string, isWeak: (value: string) => boolean, why: string]

const isSaid = (value: string): boolean => value !== ''

const VARIABLES: ReadonlyArray<Weakness> = [
  [
    'NODE_TLS_REJECT_UNAUTHORIZED',
    (value) => value === '0',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 switches the verification of the service off, so nothing is sent; unset it, and trust a certificate of your own by NODE_EXTRA_CA_CERTS',
  ],
  ...['NODE_DEBUG', 'NODE_DEBUG_NATIVE'].map(
    (name): Weakness => [
      name,
      isSaid,
      `${name} makes Node print requests with the API key in them; unset it, and use --log-level trace`,
    ],
  ),
  [
    'NODE_USE_ENV_PROXY',
    (value) => value !== '0',
    'NODE_USE_ENV_PROXY sends requests through whatever proxy the environment names; unset it',
  ],
  ['OPENSSL_CONF', isSaid, 'OPENSSL_CONF lets a file weaken TLS; unset it'],
  ['OPENSSL_MODULES', isSaid, 'OPENSSL_MODULES lets a folder put its own code in the place of TLS; unset it'],
]

/** Why the program must not start in this environment, and what to do; `undefined` where it may. */
export const weaknessOf = (env: Env, nodeArguments: ReadonlyArray<string>): string | undefined => {
  for (const [name, isWeak, why] of VARIABLES) {
    const value = env[name]
    if (value !== undefined && isWeak(value)) return why
  }
  const given = [...nodeArguments, ...(env.NODE_OPTIONS ?? '').split(/\s+/)].map((flag) =>
    flag.replaceAll('_', '-').replace(/^["']/, ''),
  )
  for (const [flag, why] of FLAGS) {
    const found = given.find((one) => flag.test(one))
    if (found !== undefined)
      return `the option ${found.split('=')[0]} of Node ${why}; take it out of NODE_OPTIONS or the command line`
  }
  return undefined
}

const PLACES = [
  'SMTP2GO_RECONCILER_CONFIG',
  'STATE_DIRECTORY',
  'XDG_STATE_HOME',
  'HOME',
  'RUNTIME_DIRECTORY',
  'CREDENTIALS_DIRECTORY',
]

/** The environment without empty names of places: such a one counts as unset, and would be taken for the folder of the moment. */
export const withoutEmptyPlaces = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' || !PLACES.includes(name)))
