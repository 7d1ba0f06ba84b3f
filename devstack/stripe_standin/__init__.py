"""A local substitute for Stripe: the part of its API, webhooks and pay page that gorder uses.

README.md in this folder lists what it serves. `controls` has the test controls.
"""
