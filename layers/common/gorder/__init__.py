"""gorder: an order backend for a shop or a kitchen.

The build of a layer writes the machine's architecture into `built-for` (layers/layer.mk). Outside
a layer the file does not exist.

Raises:
    ImportError: the layer was built for another architecture.
"""

import os
from pathlib import Path

_BUILT_FOR = Path(__file__).with_name("built-for")
if _BUILT_FOR.exists() and (built_for := _BUILT_FOR.read_text().strip()) != os.uname().machine:
    raise ImportError(
        f"The layer was built for {built_for} and runs on {os.uname().machine}: give `sam build` "
        "and `sam deploy` the same parameter Architecture"
    )
