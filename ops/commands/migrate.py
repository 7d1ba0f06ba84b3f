"""`gorder migrate`."""

import typer

from ops.output import counted, print_json, say, waiting
from ops.session import AsJson, session_of


def migrate(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring both databases to the newest schema.

    A deployment does this by itself. It is needed by hand after a backup was restored.
    """
    with waiting("migrating …"):
        done = session_of(context).transport.migrate()
    if as_json:
        print_json(done)
        return
    say("\n".join(f"applied {name}" for name in done["applied"]) or "nothing to apply")
    for name in done.get("indexes", ()):
        say(f"index {name}")
    if watched := done.get("watched"):
        say(f"watching {counted(watched, 'paid order')} of an earlier release")
    if dated := done.get("dated"):
        say(f"dating {counted(dated, 'order')} of an earlier release")
    if money_days := done.get("money_days"):
        say(f"setting the days of payments and refunds on {counted(money_days, 'order')}")
    if changes_dated := done.get("changes_dated"):
        say(f"dating the last change of {counted(changes_dated, 'order')} of an earlier release")
