"""What entity memory does with entities in memory: names, changes, forgetting, showing. Its rows are in `stores`."""
