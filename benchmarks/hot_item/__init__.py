"""Many buyers of one product: see docs/performance.md."""
