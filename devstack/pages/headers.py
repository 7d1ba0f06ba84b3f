"""The header fields of every page. A test compares them with template.yaml."""

from devstack.pages.messages import Fields

_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: https://files.stripe.com; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY: Fields = (
    ("Content-Security-Policy", _CONTENT),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
)
