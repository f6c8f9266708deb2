#!/usr/bin/env bash
# Makes the images of samples/shop for the test cluster, which pulls nothing: Python from this machine's own,
# the Go service from its source; and one for a test. Cached by content. Prints the archives, one a line.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
cluster=${LOCALPROCESS_CLUSTER:-$root/../shared/cluster}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/localprocess-k8s-test
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the programs given load, copied into the folder given first.
libraries() {
  local image=$1
  shift
  ldd "$@" 2>/dev/null | grep -o '/[^ :]*\.so[^ :]*' | sort -u | while read -r library; do
    case $library in "$image"*) continue ;; esac
    mkdir -p "$image$(dirname "$library")" && cp -L "$library" "$image$library"
  done
}

cached() { [ -f "$cache/$1.tar" ] && [ "$(cat "$cache/$1.stamp" 2>/dev/null)" = "$2" ]; }

python=$(python3 -c 'import sys; print(sys.executable)')
recipe=$(cat "${BASH_SOURCE[0]}" "$cluster/images/make-image")
stamp=$({ echo "$recipe"; "$python" -VV; } | sha256sum)
if ! cached python "$stamp"; then
  image=$work/python
  mkdir -p "$image"/{bin,etc,tmp,dev,proc,sys,usr/bin,usr/lib}
  chmod 1777 "$image/tmp"
  printf 'root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n' >"$image/etc/passwd"
  echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
  name=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  cp -L "$(readlink -f "$python")" "$image/usr/bin/python3"
  cp -L "$(command -v busybox)" "$image/bin/sh"
  cp -r "$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" "$image/usr/lib/$name"
  (cd "$image/usr/lib/$name" && rm -rf test site-packages idlelib tkinter lib2to3 ensurepip config-* turtledemo && find . -name __pycache__ -prune -exec rm -rf {} +)
  mapfile -t programs < <(find "$image/usr/bin/python3" "$image/bin/sh" "$image/usr/lib/$name/lib-dynload" -type f)
  libraries "$image" "${programs[@]}"
  # Looked up by name at run time, so that ldd does not see them.
  for library in /lib/x86_64-linux-gnu/libnss_{dns,files}.so.2 /lib/x86_64-linux-gnu/libresolv.so.2; do
    mkdir -p "$image$(dirname "$library")" && cp -L "$library" "$image$library"
  done
  "$cluster/images/make-image" docker.io/library/python:3-alpine "$image" "$cache/python.tar" --cmd python3
  echo "$stamp" >"$cache/python.stamp"
fi

stamp=$({ echo "$recipe"; go version; cat "$root"/samples/shop/stock/*.go; } | sha256sum)
if ! cached stock "$stamp"; then
  mkdir -p "$work/stock"/{etc,tmp,dev,proc,sys}
  (cd "$root/samples/shop/stock" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/stock/stock" .)
  "$cluster/images/make-image" localhost/shop-stock:1 "$work/stock" "$cache/stock.tar" --cmd /stock
  echo "$stamp" >"$cache/stock.stamp"
fi
# An image that sets variables of its own, of which test/real/environment.test.ts reads what became of them.
stamp=$({ echo "$recipe"; command -v busybox; } | sha256sum)
if ! cached baked "$stamp"; then
  mkdir -p "$work/baked"/{bin,etc,tmp,dev,proc,sys}
  for applet in sh cat sleep; do cp -L "$(command -v busybox)" "$work/baked/bin/$applet"; done
  libraries "$work/baked" "$work/baked/bin/sh"
  "$cluster/images/make-image" localhost/baked:1 "$work/baked" "$cache/baked.tar" \
    --env 'BAKED=line one
line "two" = '\''three'\'' $(HOME) \' --env BAKED_EMPTY= --env 'BAKED_UNICODE=Grüße, 世界 🎉' \
    --env GREETING=image --env JAVA_HOME=/opt/java --env NODE_OPTIONS=--max-http-header-size=20000 \
    --cmd /bin/sleep 1000000
  echo "$stamp" >"$cache/baked.stamp"
fi
printf '%s\n' "$cache/python.tar" "$cache/stock.tar" "$cache/baked.tar"
