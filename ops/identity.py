"""The user of this process, as the one who asks."""

import os
import pwd
import re
from contextlib import suppress

from gorder.constraints import PERSON_PATTERN


def user_name() -> str:
    """Return the name of the user of this process, or its number if the name cannot be kept."""
    uid = os.getuid()
    with suppress(KeyError):
        name = f"{pwd.getpwuid(uid).pw_name} (command line)"
        if re.fullmatch(PERSON_PATTERN, name):
            return name
    return f"uid {uid} (command line)"
