#!/bin/sh
# `npm start`: installs what is missing, then becomes the launcher, so that signals to npm reach it.
set -eu
cd "$(dirname "$0")/.."
need=run
. scripts/prepare.sh
exec node_modules/.bin/node --disable-warning=ExperimentalWarning src/launcher.ts "$@"
