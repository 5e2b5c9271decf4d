"""WHERE FROM: one module per platform. `fetch` talks to the network; `split` and `parse` are pure."""
