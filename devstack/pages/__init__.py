"""The local address of the shop: the pages of web/, and the API on the same origin."""
