"""How every network is trained: data, loop, scores and accelerators."""
