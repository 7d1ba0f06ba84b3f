#!/bin/sh
# Prints a layer's requirements as uv.lock has them: devstack/requirements.sh common|stripe
set -eu
cd "$(dirname "$0")/.."
case $1 in
common)
    # AWS's runtime has boto3 and what it needs. dnspython is for mongodb+srv, which DocumentDB lacks.
    set -- --no-default-groups --no-emit-project \
        --prune boto3 --prune botocore --prune jmespath --prune dnspython
    ;;
stripe)
    # AWS's runtime has urllib3, the common layer typing-extensions.
    set -- --only-group stripe --prune urllib3 --prune typing-extensions
    ;;
esac
exec .tools/uv/bin/uv export --quiet --frozen --no-header "$@"
