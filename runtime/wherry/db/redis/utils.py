"""Metrics of a day from rows of sessions; public path of `agno.db.redis.utils`."""

from wherry.core.matrix import module_getattr
from wherry.stores.session_metrics import days_until_today as get_dates_to_calculate_metrics_for
from wherry.stores.session_metrics import records_of_hashes as calculate_date_metrics
from wherry.stores.session_metrics import sessions_by_day as fetch_all_sessions_data

__all__ = ["calculate_date_metrics", "fetch_all_sessions_data", "get_dates_to_calculate_metrics_for"]

__getattr__ = module_getattr(__name__, "agno.db.redis.utils")
