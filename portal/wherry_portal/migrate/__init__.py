"""`wherry migrate`: applies the edits of the very findings that `wherry assess` prints, and can take them back."""
