"""`gorder dead-letters`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_messages import (
    DeadLetterBody,
    DeadLettersDroppedBody,
    DeadLetterShownBody,
    DeadLettersListedBody,
    DeadLettersMovedBody,
    StakeBody,
)
from gorder.currencies import money
from ops.errors import CommandError, ExitCode
from ops.letters import age
from ops.output import counted, print_facts, print_json, print_table, say
from ops.session import AsJson, DryRun, Reason, Yes, confirm, session_of

commands = typer.Typer(
    no_args_is_help=True, help="Messages that could not be processed, and the money at stake."
)
QueueName = Annotated[
    str, typer.Argument(help="payment_link, order_paid, refund, kitchen or catalogue.")
]
MessageId = Annotated[str, typer.Argument(help="The message's id, as `list` shows it.")]
AnyQueue = Annotated[str | None, typer.Argument(help="One queue. Default: all of them.")]
AnyMessage = Annotated[str | None, typer.Argument(help="One message. Default: all of the queue.")]


@commands.command("list")
def list_(
    context: typer.Context,
    queue: AnyQueue = None,
    *,
    order: Annotated[str | None, typer.Option(help="Only messages about this order.")] = None,
    limit: Annotated[int, typer.Option(help="Messages to look at, at most 100.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the messages with the most at stake first, each with why it failed last."""
    listed = session_of(context).ask(
        DeadLettersListedBody, "list_dead_letters", queue=queue, order_id=order, limit=limit
    )
    if as_json:
        print_json(listed)
        return
    columns = ("QUEUE", "MESSAGE", "ABOUT", "AGE", "#AT STAKE", "WHY IT FAILED")
    rows = [_row(letter) for letter in listed.letters]
    print_table(columns, rows, empty="Every dead-letter queue is empty.")
    for count in listed.queues:
        if count.in_use:
            messages = counted(count.in_use, "more message")
            say(f"{count.queue}: another command is using {messages} now.")


def _row(letter: DeadLetterBody) -> tuple[object, ...]:
    return (
        letter.queue,
        letter.message_id,
        _about(letter),
        age(letter.age_seconds),
        _stake(letter.at_stake),
        letter.reason or letter.hint,
    )


def _about(letter: DeadLetterBody) -> str:
    if letter.order_id:
        status = f" ({letter.order_status})" if letter.order_status else ""
        return f"{letter.event_type} of order {letter.order_id}{status}"
    return f"{letter.event_type or 'unreadable'} {letter.product_id or ''}".strip()


def _stake(stake: StakeBody) -> str | None:
    return None if stake.amount is None else money(stake.amount, stake.currency or "")


@commands.command()
def show(
    context: typer.Context, queue: QueueName, message_id: MessageId, *, as_json: AsJson = False
) -> None:
    """Show one message, the stack trace of its last failure, and what it means for money."""
    letter = session_of(context).ask(
        DeadLetterShownBody, "show_dead_letter", queue=queue, message_id=message_id
    )
    if as_json:
        print_json(letter)
        return
    print_facts(
        {
            "Queue": letter.queue,
            "Message": letter.message_id,
            "About": _about(letter),
            "Sent": letter.sent_at,
            "Kept until": letter.kept_until,
            "Received": f"{letter.received} times",
            "At stake": _stake(letter.at_stake),
            "Means": letter.at_stake.text,
            "Failed": letter.failed_at,
            "Why": letter.reason or letter.hint,
        }
    )
    say(f"\n{letter.body}")
    if letter.stack:
        say(f"\n{letter.stack}")


@commands.command()
def redrive(
    context: typer.Context,
    queue: AnyQueue = None,
    message_id: AnyMessage = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Move messages back to their queue: one, those of a queue, or all.

    Remove the cause first. Every consumer is idempotent: a message that was processed in part is
    completed, and one that was processed changes nothing.
    """
    session = session_of(context)
    moved = session.ask(
        DeadLettersMovedBody,
        "redrive_dead_letters",
        queue=queue,
        message_id=message_id,
        by=session.by,
        dry_run=dry_run,
    )
    _print_done(moved, as_json=as_json)


@commands.command()
def drop(
    context: typer.Context,
    queue: QueueName,
    message_id: AnyMessage = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every message of the queue.")] = False,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete a message. It is kept in the log, and with its order a note of who dropped it and why.

    Drop a message only if nothing is left to do: for example, after you have refunded in Stripe's
    dashboard what it is about.
    """
    if everything == (message_id is not None):
        raise CommandError("name one message, or drop every one with --all", ExitCode.USAGE)
    session = session_of(context)
    by = session.by
    if not dry_run:
        what = message_id or "every message"
        confirm(f"Delete {what} of {queue}?", yes=yes)
    dropped = session.ask(
        DeadLettersDroppedBody,
        "drop_dead_letters",
        queue=queue,
        message_id=message_id,
        all=everything,
        reason=reason,
        by=by,
        dry_run=dry_run,
    )
    _print_done(dropped, as_json=as_json)


def _print_done(done: DeadLettersMovedBody | DeadLettersDroppedBody, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    rows = [(each.queue, each.message_id, each.event_type, each.order_id) for each in done.letters]
    if rows:
        print_table(("QUEUE", "MESSAGE", "EVENT", "ORDER"), rows, empty="")
    say(done.text)
    if done.remaining:
        say(f"Left: {counted(done.remaining, 'message')}. Send the same command again.")
