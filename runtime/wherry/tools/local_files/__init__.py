"""What the toolkits over a folder share: which names they pass over, and how they find and show texts."""
