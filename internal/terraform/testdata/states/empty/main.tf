# A state of nothing.
