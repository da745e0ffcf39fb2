"""What Agno's database helpers offer to code outside Agno, under their path."""

from wherry.core.agent.restoring import db_from_dict
from wherry.core.agent.restoring import resolve_db as resolve_db_from_config
from wherry.core.matrix import module_getattr
from wherry.core.sessions.session_history import SKIPPED_STATUSES
from wherry.core.sessions.session_workflow import run_type as get_run_type
from wherry.stores.daily_metrics import metrics_starting_date_from_days, metrics_starting_date_from_records
from wherry.stores.dictionaries import get_sort_value
from wherry.stores.learning_search import learning_search_patterns
from wherry.stores.metric_rows import (
    aggregate_metrics_by_date,
    drop_legacy_metrics,
    identify_metrics_by_owner,
    is_legacy_metric,
    metric_bucket_key,
    metric_record_day,
)
from wherry.stores.row_reading import (
    CustomJSONEncoder,
    build_run_rows_for_session,
    canonical_run_status,
    deserialize_session,
    deserialize_sessions,
    json_serializer,
    owner_key,
    resolve_session_type,
)
from wherry.stores.rows import check_page as validate_pagination
from wherry.stores.rows import context_runs as filter_context_runs
from wherry.stores.rows import detect_kind as detect_session_type
from wherry.stores.rows import merge_legacy as merge_runs_table_with_legacy_blob
from wherry.stores.rows import run_from as deserialize_run
from wherry.stores.rows import run_row as build_single_run_row
from wherry.stores.rows import session_from as deserialize_session_by_type

HISTORY_SKIP_STATUSES = list(SKIPPED_STATUSES)

__all__ = [
    "HISTORY_SKIP_STATUSES",
    "CustomJSONEncoder",
    "aggregate_metrics_by_date",
    "build_run_rows_for_session",
    "build_single_run_row",
    "canonical_run_status",
    "db_from_dict",
    "deserialize_run",
    "deserialize_session",
    "deserialize_session_by_type",
    "deserialize_sessions",
    "detect_session_type",
    "drop_legacy_metrics",
    "filter_context_runs",
    "get_run_type",
    "get_sort_value",
    "identify_metrics_by_owner",
    "is_legacy_metric",
    "json_serializer",
    "learning_search_patterns",
    "merge_runs_table_with_legacy_blob",
    "metric_bucket_key",
    "metric_record_day",
    "metrics_starting_date_from_days",
    "metrics_starting_date_from_records",
    "owner_key",
    "resolve_db_from_config",
    "resolve_session_type",
    "validate_pagination",
]

__getattr__ = module_getattr(__name__, "agno.db.utils")
