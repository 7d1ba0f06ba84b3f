#!/bin/sh
# Updates every lock file from its input. Versions change only within what the input allows.
set -eu
cd "$(dirname "$0")/.."
uv=.tools/uv/bin/uv

$uv lock --quiet
for layer in common stripe; do
    devstack/requirements.sh $layer >layers/$layer/requirements.txt
done
for input in devstack/environments/*.in; do
    excludes=${input%.in}.excludes
    [ -e "$excludes" ] || excludes=/dev/null
    $uv pip compile --quiet --generate-hashes --python-version 3.13 --no-header \
        --no-emit-index-url --excludes "$excludes" "$input" --output-file "${input%.in}.txt"
done
