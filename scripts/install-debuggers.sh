#!/bin/sh
# Installs the debuggers that the tests use: debugpy and gdb into .venv, delve into .tools, inside this folder; and
# lldb-dap, Perl::LanguageServer, rdbg and a browser as Debian packages, where there is Debian and the right to install
# them.
# js-debug and CodeLLDB come with "npm install"; the editors that the tests drive with install-editors.sh, at the end, and
# tmux, the terminal of one of them, as a Debian package. Doing it twice does nothing.
set -eu
cd "$(dirname "$0")/.."

if ! .venv/bin/python -c 'import debugpy' 2>/dev/null; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check debugpy
fi

# A gdb that speaks DAP (Debian 12 has 13): only for Linux and the Python that it was built for.
if [ "$(uname)" = Linux ] && [ ! -x .venv/bin/gdb ]; then
  .venv/bin/pip install --quiet --disable-pip-version-check gdb-for-pwndbg==18.1.0.post1 ||
    echo 'Skipped gdb: there is none for this Python.' >&2
fi

# 1.25 does not know Go 1.26.
delve=v1.26.2
if ! .tools/dlv version 2>/dev/null | grep -q "${delve#v}"; then
  if command -v go >/dev/null; then
    GOBIN="$PWD/.tools" go install "github.com/go-delve/delve/cmd/dlv@$delve"
  else
    echo 'Skipped delve: "go" is not installed.' >&2
  fi
fi

missing=
command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
command -v lldb-dap >/dev/null || command -v lldb-dap-19 >/dev/null || missing="$missing lldb-19"
command -v ruby >/dev/null || missing="$missing ruby"
command -v chromium-headless-shell >/dev/null || missing="$missing chromium-headless-shell"
command -v tmux >/dev/null || missing="$missing tmux"
perl -e 'for (@INC) { exit 0 if -e "$_/Perl/LanguageServer.pm" } exit 1' 2>/dev/null ||
  missing="$missing libperl-languageserver-perl"
if [ -n "$missing" ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
      echo "Skipped$missing: not all of these packages are to be had here." >&2
  else
    echo "Skipped$missing: install these packages, or what they are called here." >&2
  fi
fi

scripts/install-editors.sh || echo 'Skipped some editors: they are not to be had here.' >&2
