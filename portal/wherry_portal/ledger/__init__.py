"""`wherry ledger`: one row for each behaviour of Agno that a code base depends on, with its state and its proof."""
