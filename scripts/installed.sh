#!/bin/sh
# After every installation, by our scripts or by hand: notes which lock file it came from and whether it is the whole, so
# that nothing is installed twice (scripts/prepare.sh).
set -eu
cd "$(dirname "$0")/.."
case " ${npm_config_omit:-} " in
  *dev*) : > node_modules/.without-dev ;;
  *) rm -f node_modules/.without-dev ;;
esac
cp package-lock.json node_modules/.package-lock.stamp
