"""A Stripe that runs on this computer: the part of its API, webhooks and pay page that gorder uses.

See README.md in this folder for what it serves and `controls` for the test controls.
"""
