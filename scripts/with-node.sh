#!/bin/sh
# Runs a program under the project's own Node (24), whatever Node npm itself runs on.
set -eu
cd "$(dirname "$0")/.."
. scripts/prepare.sh
exec node_modules/.bin/node --disable-warning=ExperimentalWarning "$@"
