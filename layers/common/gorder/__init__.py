"""gorder: an order backend for a shop or a kitchen.

A layer says in `built-for` what machine it was built for (layers/layer.mk); elsewhere there is no
such file.

Raises:
    ImportError: that is not the machine it runs on.
"""

import os
from pathlib import Path

_BUILT_FOR = Path(__file__).with_name("built-for")
if _BUILT_FOR.exists() and (built_for := _BUILT_FOR.read_text().strip()) != os.uname().machine:
    raise ImportError(
        f"The layer was built for {built_for} and runs on {os.uname().machine}: give `sam build` "
        "and `sam deploy` the same parameter Architecture"
    )
