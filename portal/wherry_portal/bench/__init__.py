"""`wherry bench`: what a run costs on Wherry, as ratios to Agno measured in turns on one machine."""

from wherry_portal.bench.measure import Measured, measure
from wherry_portal.bench.scenarios import Scenario, load_scenarios

__all__ = ["Measured", "Scenario", "load_scenarios", "measure"]
