#!/bin/sh
# Prints the requirements of a layer, from uv.lock: devstack/requirements.sh common|stripe
set -eu
cd "$(dirname "$0")/.."
case $1 in
common)
    # AWS's runtime has boto3 with its dependencies. dnspython is for mongodb+srv, which DocumentDB
    # does not support.
    set -- --no-default-groups --no-emit-project \
        --prune boto3 --prune botocore --prune jmespath --prune dnspython
    ;;
stripe)
    # AWS's runtime has urllib3, and the common layer has typing-extensions.
    set -- --only-group stripe --prune urllib3 --prune typing-extensions
    ;;
esac
exec .tools/uv/bin/uv export --quiet --frozen --no-header "$@"
