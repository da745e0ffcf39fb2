"""The support matrix: rows, symbols, the inventory of the reference, evidence, and the compact form for the runtime."""
