#!/bin/sh
# `npm test`: prepares everything that the tests need, then runs them. `npm test -- unit telephony/menu` runs a part.
set -eu
cd "$(dirname "$0")/.."
. scripts/prepare.sh

# Programs that only the tests use, as Debian packages: SIPp plays callers, Chromium is the agent's browser.
missing=
command -v sipp > /dev/null || missing="$missing sip-tester"
command -v chromium > /dev/null || missing="$missing chromium"
[ -n "$(command -v fc-list > /dev/null && fc-list :lang=zh family)" ] || missing="$missing fontconfig fonts-wqy-microhei"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then as_root=
  elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then as_root=sudo
  else
    echo "The tests need these packages, and installing them needs root:$missing" >&2
    echo "Run once as root:  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  fi
  echo "Installing what the tests need:$missing ..." >&2
  # shellcheck disable=SC2086 # a list of words
  if ! { $as_root apt-get -qq update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing > /dev/null; }; then
    echo "These packages could not be installed:$missing. Is the Debian mirror reachable?" >&2
    exit 1
  fi
fi

exec node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/test.ts "$@"
