"""Service accounts, under Agno's path."""

from wherry.stores.service_accounts import (
    SERVICE_ACCOUNT_MUTABLE_COLUMNS,
    SERVICE_ACCOUNT_PRINCIPAL_PREFIX,
    SERVICE_ACCOUNT_SORTABLE_COLUMNS,
    ServiceAccount,
    resolve_service_account_sort_column,
    validate_service_account_update,
)

__all__ = [
    "SERVICE_ACCOUNT_MUTABLE_COLUMNS",
    "SERVICE_ACCOUNT_PRINCIPAL_PREFIX",
    "SERVICE_ACCOUNT_SORTABLE_COLUMNS",
    "ServiceAccount",
    "resolve_service_account_sort_column",
    "validate_service_account_update",
]
