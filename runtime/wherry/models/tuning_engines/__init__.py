"""Models of Tuning Engines; public path of `agno.models.tuning_engines`."""

from __future__ import annotations

from wherry.models.tuning_engines.tuning_engines import TuningEngines

__all__ = ["TuningEngines"]
