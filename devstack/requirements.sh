#!/bin/sh
# Prints the layer's requirements as uv.lock has them, without what AWS's runtime has already.
set -eu
cd "$(dirname "$0")/.."
set --
for package in boto3 botocore s3transfer jmespath python-dateutil six urllib3; do
    set -- "$@" --no-emit-package "$package"
done
exec .tools/uv/bin/uv export --quiet --frozen --no-dev --no-emit-project --no-header "$@"
