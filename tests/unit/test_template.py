"""The order of template.yaml: shared values first, then the sections that its head lists."""

import re

from devstack.state import ROOT

TEXT = (ROOT / "template.yaml").read_text()
HEAD, _, BODY = TEXT.partition("\nMetadata:\n")
ANCHOR = re.compile(r"(?:: |- )&(\w+)")


def test_a_shared_value_is_defined_in_metadata() -> None:
    shared, _, rest = BODY.partition("\nParameters:\n")

    assert ANCHOR.findall(shared)
    assert ANCHOR.findall(rest) == []


def test_every_shared_value_is_used() -> None:
    anchors = ANCHOR.findall(BODY)

    assert [name for name in anchors if not re.search(rf"\*{name}\b", BODY)] == []


def test_the_head_lists_every_section() -> None:
    table = "\n".join(re.findall(r"^#   .*", HEAD, re.MULTILINE))
    listed = re.findall(r"(\d+) (?:the )?(\w+)", table)
    sections = re.findall(r"^  # --- (\d+) (?:The )?(\w+)", BODY, re.MULTILINE)

    assert sorted((int(number), word.lower()) for number, word in listed) == [
        (int(number), word.lower()) for number, word in sections
    ]
