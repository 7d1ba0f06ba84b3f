"""`make trace` shows segments that any process of this machine may have sent."""

from devstack.trace import plain


def test_control_characters_do_not_reach_the_terminal() -> None:
    shown = plain("create_order\x1b]0;title\x07\r\x9b2J\n  ▒▒ é")

    assert shown == "create_order�]0;title���2J\n  ▒▒ é"
