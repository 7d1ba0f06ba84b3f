#!/bin/sh
# Renews every lock file from what it is made of. Versions move only within what those allow.
set -eu
cd "$(dirname "$0")/.."
uv=.tools/uv/bin/uv

$uv lock --quiet
for layer in common stripe; do
    devstack/requirements.sh $layer >layers/$layer/requirements.txt
done
for input in devstack/environments/*.in; do
    $uv pip compile --quiet --generate-hashes --python-version 3.13 --no-header \
        --no-emit-index-url "$input" --output-file "${input%.in}.txt"
done
