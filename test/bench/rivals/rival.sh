#!/usr/bin/env bash
# What a skilled person would write with curl and jq: one view, a comparison, then the edits and adds, so many at once as CONCURRENCY says.
# Reads users (username, description) of config.yaml in the current folder; API is the address up to /v3, BENCH_KEY the key.
set -euo pipefail
want=$(mktemp) && live=$(mktemp) && trap 'rm -f "$want" "$live"' EXIT
yq -c '[.users[] | {username, description}]' config.yaml > "$want"
headers=(-H "X-Smtp2go-Api-Key: $BENCH_KEY" -H 'Content-Type: application/json')
curl -fsS "${headers[@]}" -d '{}' "$API/users/smtp/view" > "$live"
# Each change becomes two lines of a curl config, so that a few curl processes make them all over kept connections.
jq -rn --slurpfile want "$want" --slurpfile live "$live" --arg api "$API" '
  ($live[0].data.results | INDEX(.username)) as $now
  | $want[0][]
  | . as $user
  | if $now[.username] == null then "POST add" elif $now[.username].description != .description then "PATCH edit" else empty end
  | split(" ") as [$method, $path]
  | "next", "request = \($method)", "url = \($api)/users/smtp/\($path)", "data = \($user | tojson | tojson)",
    "header = \"Content-Type: application/json\"", "header = \"X-Smtp2go-Api-Key: \(env.BENCH_KEY)\"", "output = /dev/null"
' | sed '1d' | curl -fsS --parallel --parallel-max "$CONCURRENCY" --config - || [ ! -s "$want" ]
