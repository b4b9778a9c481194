#!/bin/sh
# Runs a program of the hotline's on what the hotline itself runs on, without what only tests need.
set -eu
cd "$(dirname "$0")/.."
need=run
. scripts/prepare.sh
exec node_modules/.bin/node --disable-warning=ExperimentalWarning "$@"
