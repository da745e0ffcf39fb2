"""The records of the stores, one module a family; `wherry.learn.schemas` has them under Agno's path."""
