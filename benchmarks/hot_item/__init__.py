"""Many buyers of one product: how many reservations a second, and how long each buyer waits.

Each buyer is a process with connections of its own. It reserves one unit, and again as soon as it
has the answer. The rivals are measured in the same run, in interleaved rounds:

- `raw`: the conditional UPDATE alone, in one round trip. It keeps no reservation.
- `for_update`: BEGIN, SELECT … FOR UPDATE, UPDATE, INSERT, COMMIT.
- `original`: the algorithm of the Go system: a lock in Redis that every waiter tries again after
  10 ms, SELECT, BEGIN, SELECT … FOR UPDATE, UPDATE, COMMIT, unlock. It keeps no reservation.
- `gorder`: `ReserveStockHandler` with its adapters, as in the stock function.

After every run the units in the database are compared with the answers that the buyers got.
"""
