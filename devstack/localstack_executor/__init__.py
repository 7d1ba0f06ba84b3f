"""LocalStack's Lambda functions as local processes: a pool of real runtime clients per function.

`runtime_api` speaks the Lambda Runtime API, `process` is one function process, `pool` shares a few
of them among LocalStack's environments, `xray` tells the X-Ray daemon of each invocation,
`executor` and `plugin` fit that into LocalStack.
"""
