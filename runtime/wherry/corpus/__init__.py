"""The thinking behind `wherry.knowledge` and `wherry.vectordb`: documents, chunks, readers, embedders, vector stores.

Nothing here knows of agents or runs; `wherry.core.agent.retrieval` asks a `Knowledge` by its public methods.
"""
