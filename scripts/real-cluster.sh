#!/usr/bin/env bash
# Brings up a cluster for the tests, with the images of samples/shop.
#   scripts/real-cluster.sh               prints its kubeconfig's path on the last line
#   scripts/real-cluster.sh COMMAND…      runs the command with KUBECONFIG set to it
# A KUBECONFIG that is set already is used as it is. Exits with 3, saying why, on a machine that cannot.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cluster=${LOCALPROCESS_CLUSTER:-$root/../shared/cluster}
refuse() { echo "The real cluster cannot be brought up here: $*" >&2; exit 3; }

if [ -z "${KUBECONFIG:-}" ]; then
  [ "$(id -u)" = 0 ] || refuse 'it needs root.'
  command -v go >/dev/null || refuse 'it needs Go.'
  [ -x "$cluster/cluster" ] || refuse "there is no \"$cluster/cluster\"; name its folder in LOCALPROCESS_CLUSTER."
  KUBECONFIG=$("$cluster/cluster" up | tail -n 1)
  archives=$("$root/test/real/support/images.sh")
  for archive in $archives; do "$cluster/cluster" load "$archive"; done
fi
export KUBECONFIG
if [ $# -gt 0 ]; then exec "$@"; else echo "$KUBECONFIG"; fi
