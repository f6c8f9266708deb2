#!/bin/sh
# Installs the debuggers that the tests use, inside this folder: debugpy into .venv, delve into .tools.
# js-debug comes with "npm install". Doing it twice does nothing.
set -eu
cd "$(dirname "$0")/.."

if ! .venv/bin/python -c 'import debugpy' 2>/dev/null; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check debugpy
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
