"""The constraints that every service and the command line apply to ids, units, addresses.

Standard library only, so that a model can import it. Those of amounts are in `currencies.py`, by
currency. `contracts/fields.py` has the same constraints
as field types.
"""

from typing import Final

# The id of a customer, an order or a product. It has no space and no control character because
# MySQL ignores trailing spaces when it compares keys.
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
ID_FORM: Final = "1 to 64 letters, digits and the characters ._- with a letter or a digit first"
CURRENCY_PATTERN: Final = r"^[a-z]{3}$"  # an ISO 4217 code, as Stripe writes it
# The number of a delivery. It ends without a space, which MySQL would ignore: a second delivery
# would count as booked.
RECEIPT_ID_PATTERN: Final = r"^[A-Za-z0-9]([A-Za-z0-9 ._/#:-]{0,62}[A-Za-z0-9._/#:-])?$"
RECEIPT_ID_FORM: Final = (
    "1 to 64 letters, digits, spaces and the characters ._/#:- with a letter or a digit first and "
    "no space last"
)
# Who asked: a name, an e-mail address or an ARN.
PERSON_PATTERN: Final = r"^[!-~]([ -~]{0,126}[!-~])?$"
# A reason in the words of staff, in one line.
WORDS_PATTERN: Final = r"^[^\s\p{C}]([^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}])?$"
MAX_WORDS_LENGTH: Final = 500
# Where an audit goes on: at a time in seconds, or after an order id.
AUDIT_PLACE_PATTERN: Final = (
    r"^(payments:[0-9]{1,11}|(reservations|orders):([A-Za-z0-9][A-Za-z0-9._-]{0,63})?)$"
)

MAX_LINES: Final = 50  # in an order, which has one line per product
MAX_UNITS_PER_LINE: Final = 1000
MAX_UNITS: Final = 1_000_000_000  # of a product in one message or receipt, and in stock
# The largest integer that JSON readers, MySQL and MongoDB all keep exactly.
MAX_INTEGER: Final = 2**53 - 1

_NAME: Final = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_PORT: Final = (
    r"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
)
# Without TLS it is a server on a developer's machine.
_ORIGIN: Final = rf"(https://{_NAME}(\.{_NAME})*|http://(localhost|127\.0\.0\.1))(:({_PORT}))?"
STRIPE_API_BASE_PATTERN: Final = f"^{_ORIGIN}$"
MAX_STRIPE_API_BASE_LENGTH: Final = 255
# The page of the shop after a payment. It may name the order or Stripe's session, and not both:
# Stripe fills in the session in the address after the payment only.
_PLAIN: Final = "[!-z|~]*"  # visible ASCII without braces
_NAMED: Final = rf"(\{{order_id\}}{_PLAIN})*|(\{{CHECKOUT_SESSION_ID\}}{_PLAIN})*"
RETURN_URL_PATTERN: Final = f"^{_ORIGIN}([/?#]{_PLAIN}({_NAMED}))?$"
MAX_RETURN_URL_LENGTH: Final = 2048
MAX_DESCRIPTION_LENGTH: Final = 500  # of a product on the menu
MAX_CATEGORY_LENGTH: Final = 60
IMAGE_URL_PATTERN: Final = f"^{_ORIGIN}([/?#][!-~]*)?$"  # the picture of a product
MAX_IMAGE_URL_LENGTH: Final = 2048
