#!/bin/sh
# Installs .tools/uv (uv itself) and .venv (the project's environment), unless both are as their lock
# files say. Needs Python 3.13 and, on Debian, its venv package.
set -eu
cd "$(dirname "$0")/.."

say() { echo "$*" >&2; }

fail() {
    say "gorder: $*"
    exit 1
}

# Run each candidate, because a version manager's shim may be on PATH and fail.
find_python() {
    old_ifs=$IFS
    IFS=:
    for directory in $PATH; do
        works "$directory/python3.13" && break
    done
    IFS=$old_ifs
    [ -n "${python:-}" ] && return
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
        works "$candidate" && return
    done
    fail "no working python3.13 on PATH: install Python 3.13 (Debian: apt-get install python3.13-venv)"
}

works() {
    [ -x "$1" ] && python=$("$1" -c 'import sys; print(sys.executable)' 2>/dev/null)
}

make_venv() {
    rm -rf .tools/uv
    "$python" -m venv .tools/uv 2>/dev/null && return
    command -v apt-get >/dev/null || fail "$python has no venv module: install it, then try again"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    say "  … install python3.13-venv"
    $sudo apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 \
            install python3.13-venv >/dev/null ||
        fail "apt-get install python3.13-venv failed: run it as root, then try again"
    rm -rf .tools/uv
    "$python" -m venv .tools/uv || fail "$python -m venv failed; see above"
}

# make and MariaDB's scripts split such a path, or take a character in it for one of their own.
case "$PWD$(pwd -P)" in
*[][[:space:]:\;\&\|\<\>\(\)\{\}\*\?\!\$\#\%\\\"\'\`]*)
    fail "the path $(pwd -P) has a space or a special character: move the project to a path without"
    ;;
esac

wanted=$(cat devstack/environments/uv.txt pyproject.toml uv.lock devstack/bootstrap.sh | cksum)
wanted="$wanted $PWD"
stamp=.tools/bootstrap-stamp
if [ -x .venv/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

mkdir -p .tools
exec 9>.tools/bootstrap-lock
flock 9 # another make may be installing
if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

find_python
say "  … install uv with $python"
make_venv
.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement devstack/environments/uv.txt >&2
say "  … install the project's environment"
.tools/uv/bin/uv sync --quiet --frozen --python "$python" >&2
echo "$wanted" >$stamp
say "  ✓ Python, uv and .venv are ready"
