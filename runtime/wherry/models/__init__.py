"""Models; public path of `agno.models`. Importing a model imports no HTTP client and no SDK."""
