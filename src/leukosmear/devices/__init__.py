"""The accelerators of a machine, and how one training is spread over them."""
