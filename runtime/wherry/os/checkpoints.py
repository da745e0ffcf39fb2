"""`agno.os.checkpoints`: from where a stored run can go on, and how it was there."""

from wherry.api.agentos_checkpoints import build_run_checkpoint_snapshot, list_run_checkpoints

__all__ = ["build_run_checkpoint_snapshot", "list_run_checkpoints"]
