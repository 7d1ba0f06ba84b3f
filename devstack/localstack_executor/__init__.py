"""Runs LocalStack's Lambda functions as local processes: a pool of runtime clients per function.

`runtime_api` implements the Lambda Runtime API, `process` manages one function process, `pool`
shares a few processes among LocalStack's environments, and `xray` sends a segment for each
invocation to the X-Ray daemon. `executor` and `plugin` integrate them into LocalStack.
"""
