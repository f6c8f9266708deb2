#!/usr/bin/env bash
# Runs a command with WORKBENCH set to the program that serves a real VS Code to a browser, which it builds if need be.
#   scripts/real-workbench.sh COMMAND…
# Exits with 3, saying why, on a machine that cannot.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export WORKBENCH=${LOCALPROCESS_WORKBENCH:-$root/../shared/workbench}/workbench
refuse() { echo "The real workbench cannot be brought up here: $*" >&2; exit 3; }

[ -x "$WORKBENCH" ] || refuse "there is no \"$WORKBENCH\"; name its folder in LOCALPROCESS_WORKBENCH."
"$WORKBENCH" build || refuse 'it could not be built, see above.'
exec "$@"
