#!/usr/bin/env bash
# Brings up the cluster for `npm run test:real`, with the images of samples/shop; prints its kubeconfig's path
# on the last line. Exits with 3, saying why, on a machine that cannot.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cluster=${LOCALPROCESS_CLUSTER:-$root/../shared/cluster}
refuse() { echo "The real cluster cannot be brought up here: $*" >&2; exit 3; }
[ "$(id -u)" = 0 ] || refuse 'it needs root.'
command -v go >/dev/null || refuse 'it needs Go.'
[ -x "$cluster/cluster" ] || refuse "there is no \"$cluster/cluster\"; name its folder in LOCALPROCESS_CLUSTER."

kubeconfig=$("$cluster/cluster" up | tail -n 1)
archives=$("$root/test/real/support/images.sh")
while read -r archive; do "$cluster/cluster" load "$archive"; done <<<"$archives"
echo "$kubeconfig"
