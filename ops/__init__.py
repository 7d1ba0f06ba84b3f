"""The program `gorder`, for people who run the shop."""
