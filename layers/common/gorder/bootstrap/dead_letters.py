"""Build what the back office does with dead letters."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gorder.back_office.messages import MessageOffice
from gorder.bootstrap.settings import DeadLetterSettings, load
from gorder.clients.aws import dead_letter_client, logs_client
from gorder.dead_letters.adapters.cloudwatch_failures import CloudWatchFailures
from gorder.dead_letters.adapters.sqs_dead_letters import QueueUrls, SqsDeadLetters
from gorder.dead_letters.appraisal import Appraiser
from gorder.dead_letters.commands.drop_dead_letters import DropDeadLettersHandler
from gorder.dead_letters.commands.redrive_dead_letters import RedriveDeadLettersHandler
from gorder.dead_letters.model import OrderMoney, Queue
from gorder.dead_letters.ports import DeadLetterQueues, FailureLog
from gorder.dead_letters.queries.list_dead_letters import ListDeadLettersHandler
from gorder.dead_letters.queries.show_dead_letter import ShowDeadLetterHandler
from gorder.errors import GorderError, LaterReleaseError, TransientError
from gorder.order.commands.note_order import NoteOrder, NoteOrderHandler
from gorder.order.ports import OrderRepository
from gorder.order.store_errors import OrderMissingError
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import observed
from gorder.runtime.observability import telemetry


@dataclass(frozen=True, slots=True)
class StoredOrders:
    """Implements `dead_letters.ports.OrderRecords` with the order service."""

    orders: OrderRepository
    keep_note: Callable[[NoteOrder], None]

    def money(self, order_id: str) -> OrderMoney | None:
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            return None
        due: Counter[str] = Counter()
        for payment in order.refunds_due:
            due[payment.currency] += payment.refund_due
        return OrderMoney(order.status.value, order.currency, order.amount_total, due)

    def note(self, order_id: str, command: str, by: str, text: str) -> bool:
        try:
            self.keep_note(NoteOrder(order_id, command, by, text))
        except LaterReleaseError:
            return False
        except TransientError:
            raise
        except GorderError:
            return False
        return True


def build(
    letters: DeadLetterQueues, failures: FailureLog, orders: OrderRepository
) -> MessageOffice:
    note = NoteOrderHandler(orders=orders, clock=utc_now, telemetry=telemetry)
    book = StoredOrders(orders, note)
    appraiser = Appraiser(book, failures, utc_now)
    listing = ListDeadLettersHandler(letters=letters, appraiser=appraiser, clock=utc_now)
    showing = ShowDeadLetterHandler(letters=letters, appraiser=appraiser, clock=utc_now)
    redrive = RedriveDeadLettersHandler(letters=letters, clock=utc_now, telemetry=telemetry)
    drop = DropDeadLettersHandler(letters=letters, orders=book, clock=utc_now, telemetry=telemetry)
    return MessageOffice(
        listing=observed("ListDeadLetters", listing),
        show=observed("ShowDeadLetter", showing),
        redrive=observed("RedriveDeadLetters", redrive),
        drop=observed("DropDeadLetters", drop),
        clock=utc_now,
    )


def deployed(orders: OrderRepository) -> MessageOffice:
    """Build it for the queues and the log that the function's variables name."""
    settings = load(DeadLetterSettings)
    urls = {
        Queue.PAYMENT_LINK: QueueUrls(settings.payment_link, settings.payment_link_dead_letters),
        Queue.ORDER_PAID: QueueUrls(settings.order_paid, settings.order_paid_dead_letters),
        Queue.REFUND: QueueUrls(settings.refund, settings.refund_dead_letters),
        Queue.KITCHEN: QueueUrls(settings.kitchen, settings.kitchen_dead_letters),
        Queue.CATALOGUE: QueueUrls(settings.catalogue, settings.catalogue_dead_letters),
    }
    return build(sqs_dead_letters(urls), cloudwatch_failures(settings.log_group), orders)


def sqs_dead_letters(urls: Mapping[Queue, QueueUrls]) -> SqsDeadLetters:
    """Return the dead-letter queues with these URLs."""
    return SqsDeadLetters(dead_letter_client(), urls, telemetry)


def cloudwatch_failures(log_group: str) -> CloudWatchFailures:
    """Return the log of a stack's functions."""
    return CloudWatchFailures(logs_client(), log_group, utc_now)
