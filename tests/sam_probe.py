"""Print how SAM reads command lines, without running them. Run it with SAM's own Python.

It reads the arguments of each command from stdin as JSON:
`[["local", "start-api", "--port", "3000"]]`.
"""

import json
import sys
from importlib import import_module
from typing import Any

import click
from samcli.commands.local.cli_common.invoke_context import InvokeContext
from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

type Json = dict[str, Any]

COMMANDS = {
    "build": "samcli.commands.build.command",
    "deploy": "samcli.commands.deploy.command",
    "validate": "samcli.commands.validate.validate",
    "start-api": "samcli.commands.local.start_api.cli",
    "invoke": "samcli.commands.local.invoke.cli",
}


def read_command(arguments: list[str]) -> Json:
    """Return the options as SAM reads them, and the options of samconfig.toml that it ignores."""
    parent = click.Context(click.Command("sam"), info_name="sam")
    command, *rest = arguments
    if command == "local":
        parent = click.Context(click.Command("local"), info_name="local", parent=parent)
        command, *rest = rest
    cli = import_module(COMMANDS[command]).cli
    context = cli.make_context(command, rest, parent=parent)
    unknown = (context.default_map or {}).keys() - {option.name for option in cli.params}
    found = {"options": context.params, "unknown": sorted(unknown)}
    return found | (_local(context.params) if parent.parent else {})


def _local(options: Json) -> Json:
    """Return the content of each function's container, and the API's routes."""
    stacks, _ = SamLocalStackProvider.get_stacks(
        options["template_file"], parameter_overrides=options["parameter_overrides"]
    )
    functions = SamFunctionProvider(stacks)
    variables = InvokeContext._get_env_vars_value(options["env_vars"])  # noqa: SLF001 - SAM's own parser of the file
    runner = LocalLambdaRunner(None, functions, cwd="", real_path="", env_vars_values=variables)
    return {
        "functions": {
            function.name: _container(runner, function) for function in functions.get_all()
        },
        "routes": [
            [method, route.path, route.function_name]
            for route in ApiProvider(stacks).api.routes
            for method in route.methods
        ],
    }


def _container(runner: LocalLambdaRunner, function: Any) -> Json:
    settings = runner.get_invoke_config(function)
    return {
        "code": settings.code_abs_path,
        "layers": [layer.codeuri for layer in settings.layers],
        "handler": settings.handler,
        "architecture": settings.architecture,
        "environment": settings.env_vars.resolve(),
    }


if __name__ == "__main__":
    readings = [read_command(arguments) for arguments in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(readings, default=str))
