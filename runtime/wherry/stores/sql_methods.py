"""The methods of SQL databases: each plan as a blocking and as an async method.

Connections are the business of `sqlite` and `postgres`.
"""

from __future__ import annotations

from functools import cached_property
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.stores import plans_approvals as approvals
from wherry.stores import plans_component_writes as component_writes
from wherry.stores import plans_components as components
from wherry.stores import plans_configs as configs
from wherry.stores import plans_evals as evals
from wherry.stores import plans_metrics as metrics
from wherry.stores import plans_records as records
from wherry.stores import plans_runs as run_plans
from wherry.stores import plans_sessions as sessions
from wherry.stores import plans_tables
from wherry.stores import plans_trace_stats as trace_stats
from wherry.stores import plans_traces as traces
from wherry.stores import service_accounts as accounts
from wherry.stores.base_named import Named
from wherry.stores.compactions import BlockingCompactions
from wherry.stores.engines import atable_on, sessions_for, table_on
from wherry.stores.plan import Plan, Tables, blocking, suspending
from wherry.stores.plans_saving import Saved, save_run
from wherry.stores.seeds import seeded_id
from wherry.stores.tables import NAME_ATTRIBUTES
from wherry.stores.tool_results import BlockingResults, SuspendingResults

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date

METRICS_SECONDS = 60
"""Daily metrics that were counted longer ago are counted anew before they are read."""


def tables_of(store: Any, dialect: str, place: str, schema: str = "", create_schema: bool = True) -> Tables:
    """The table names of a store, for plans; two stores of one place are at home in the same."""
    if place != ":memory:":
        store.home = seeded_id(f"{place}#{schema}#{store.session_table_name}")
    raw = {kind: getattr(store, attribute) for kind, attribute in NAME_ATTRIBUTES.items()}
    return Tables(dialect, raw, store.home, schema, create_schema)


_SAVED = frozenset({"sessions", "runs"})


class BlockingSql(BlockingResults, BlockingCompactions, Named):
    """Methods of a blocking SQL database; `_execute` is the wire."""

    tables: Tables
    db_engine: Any
    _metrics_counted = 0.0

    def _execute(self, plan: Plan[Any]) -> Any:
        """Run a plan on a connection, in one transaction when it begins one."""
        raise NotImplementedError

    def run_plan(self, plan: Callable[..., Plan[Any]], *args: Any, **given: Any) -> Any:
        """Run a plan; its tables are looked for first, and created when it writes to them."""
        needed: Any = plan
        self.ensure(needed.reads, needed.writes)
        return self._execute(plan(self.tables, *args, **given))

    def ensure(self, reads: Collection[str], writes: Collection[str]) -> None:
        """See to it that the tables to write exist, and that those to read are known."""
        present = self.tables.present
        if present.issuperset(reads) and present.issuperset(writes):
            return
        present |= self._execute(plans_tables.survey(self.tables))
        plans_tables.refuse_outdated(self.tables, {*reads, *writes})
        if not present.issuperset(writes):
            present |= self._execute(plans_tables.create(self.tables, writes))

    @cached_property
    def Session(self) -> Any:  # noqa: N802  Agno's name
        """A SQLAlchemy `scoped_session` on `db_engine`, made when first asked for."""
        return sessions_for(self.db_engine)

    def _create_all_tables(self) -> None:
        """Create every table that the store knows."""
        self.ensure((), self.tables.raw)

    def _get_table(self, table_type: str, create_table_if_not_found: bool | None = False) -> Any:
        """A table that exists, or that has just been created, for `Session`; for code that Agno's users wrote."""
        self.ensure({table_type}, {table_type} if create_table_if_not_found else ())
        if table_type not in self.tables.present:
            return None
        return table_on(self.db_engine, self.tables.raw[table_type], self.tables.schema)

    def _create_table(self, table_name: str, table_type: str) -> Any:
        """Create one of the store's tables, under the name that the store has for it; see `_get_table`."""
        if table_name != self.tables.raw[table_type]:
            raise ConfigurationError(
                f"The table of {table_type!r} is called {self.tables.raw[table_type]!r}, not {table_name!r}.",
                hint="Name tables when the database is made, for example session_table=….",
            )
        return self._get_table(table_type, create_table_if_not_found=True)

    def load_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`."""
        session = self.run_plan(sessions.load_run_context, session_id, session_type, user_id, last_runs)
        if session is not None and session.loaded_runs().window is not None:
            session.loaded_runs().loader = lambda: self.run_plan(run_plans.session_runs, session_id)
        return session

    def save_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`."""
        return self._told_of(self._execute(self.saving(session, runs, overwrite_state)), session)

    def saving(self, session: Any, runs: Sequence[Any], overwrite_state: bool) -> Plan[Saved]:
        """The plan that ends a run; its tables are there."""
        self.ensure(_SAVED, _SAVED)
        return save_run(
            self.tables, session, runs, overwrite_state=overwrite_state, keep_stored=self.on_conflict == "raise"
        )

    def _told_of(self, saved: Saved, session: Any) -> Saved:
        return self._told(saved, session) if saved.conflicts or saved.refused else saved

    def calculate_metrics(self) -> list[dict[str, Any]] | None:
        """Count the days since the last complete one; see `plans_metrics.calculate_metrics`."""
        self._metrics_counted = time()
        found: list[dict[str, Any]] | None = self.run_plan(metrics.calculate_metrics)
        return found

    def get_metrics(
        self, starting_date: date | None = None, ending_date: date | None = None, user_id: str | None = None
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Daily metrics, one row for each owner and day; counted anew when that was not done for a minute.

        Args:
            starting_date: From this day on.
            ending_date: Up to this day.
            user_id: Of this user.

        Returns:
            The rows, and when one of this user's (or any) was last counted.
        """
        if time() - self._metrics_counted >= METRICS_SECONDS:
            self.calculate_metrics()
        found: tuple[list[dict[str, Any]], int | None]
        found = self.run_plan(metrics.read_metrics, starting_date, ending_date, user_id)
        return found

    table_exists = blocking(plans_tables.table_exists)
    get_latest_schema_version = blocking(records.get_latest_schema_version)
    upsert_schema_version = blocking(records.upsert_schema_version)
    get_session = blocking(sessions.get_session)
    get_sessions = blocking(sessions.get_sessions)
    upsert_session = blocking(sessions.upsert_session)
    upsert_sessions = blocking(sessions.upsert_sessions)
    rename_session = blocking(sessions.rename_session)
    reassign_session_owner = blocking(sessions.reassign_session_owner)
    get_run = blocking(run_plans.get_run)
    get_runs = blocking(run_plans.get_runs)
    upsert_run = blocking(run_plans.upsert_run)
    delete_run = blocking(run_plans.delete_run)
    delete_runs = blocking(run_plans.delete_runs)
    cancel_pending_run = blocking(run_plans.cancel_pending_run)
    get_user_memory = blocking(records.get_user_memory)
    get_user_memories = blocking(records.get_user_memories)
    get_user_memory_stats = blocking(records.get_user_memory_stats)
    get_all_memory_topics = blocking(records.get_all_memory_topics)
    upsert_user_memory = blocking(records.upsert_user_memory)
    upsert_memories = blocking(records.upsert_memories)
    delete_user_memory = blocking(records.delete_user_memory)
    delete_user_memories = blocking(records.delete_user_memories)
    clear_memories = blocking(records.clear_memories)
    get_knowledge_content = blocking(records.get_knowledge_content)
    get_knowledge_contents = blocking(records.get_knowledge_contents)
    upsert_knowledge_content = blocking(records.upsert_knowledge_content)
    delete_knowledge_content = blocking(records.delete_knowledge_content)
    create_approval = blocking(approvals.create_approval)
    get_approval = blocking(approvals.get_approval)
    get_approvals = blocking(approvals.get_approvals)
    update_approval = blocking(approvals.update_approval)
    delete_approval = blocking(approvals.delete_approval)
    get_pending_approval_count = blocking(approvals.get_pending_approval_count)
    update_approval_run_status = blocking(approvals.update_approval_run_status)
    get_component = blocking(components.get_component)
    list_components = blocking(components.list_components)
    get_config = blocking(components.get_config)
    get_current_config = blocking(components.get_current_config)
    get_latest_config = blocking(components.get_latest_config)
    get_latest_configs = blocking(components.get_latest_configs)
    list_configs = blocking(components.list_configs)
    get_links = blocking(components.get_links)
    get_dependents = blocking(components.get_dependents)
    resolve_version = blocking(components.resolve_version)
    load_component_graph = blocking(components.load_component_graph)
    upsert_component = blocking(component_writes.upsert_component)
    create_component_with_config = blocking(component_writes.create_component_with_config)
    upsert_config = blocking(configs.upsert_config)
    set_current_version = blocking(component_writes.set_current_version)
    delete_config = blocking(configs.delete_config)
    delete_component = blocking(component_writes.delete_component)
    restore_component = blocking(component_writes.restore_component)
    create_eval_run = blocking(evals.create_eval_run)
    get_eval_run = blocking(evals.get_eval_run)
    get_eval_runs = blocking(evals.get_eval_runs)
    rename_eval_run = blocking(evals.rename_eval_run)
    update_eval_run_user_id = blocking(evals.update_eval_run_user_id)
    delete_eval_run = blocking(evals.delete_eval_run)
    delete_eval_runs = blocking(evals.delete_eval_runs)
    upsert_trace = traces.forgiving(blocking(traces.upsert_trace))
    create_span = traces.forgiving(blocking(traces.create_span))
    create_spans = traces.forgiving(blocking(traces.create_spans))
    get_trace = blocking(traces.get_trace)
    get_traces = blocking(traces.get_traces)
    get_span = blocking(traces.get_span)
    get_spans = blocking(traces.get_spans)
    get_trace_stats = blocking(trace_stats.get_trace_stats)
    get_span_stats = blocking(trace_stats.get_span_stats)
    create_service_account = blocking(accounts.create_service_account)
    get_service_account = blocking(accounts.get_service_account)
    get_service_account_by_token_hash = blocking(accounts.get_service_account_by_token_hash)
    get_service_account_by_name = blocking(accounts.get_service_account_by_name)
    get_service_accounts = blocking(accounts.get_service_accounts)
    update_service_account = blocking(accounts.update_service_account)
    delete_service_account = blocking(accounts.delete_service_account)


class SuspendingSql(Named):
    """Methods of an async SQL database; `_aexecute` is the wire."""

    tables: Tables
    # Runs that will be asked for are read while one may wait; where waiting is no gain, when they are asked for.
    _reads_ahead = True
    _metrics_counted = 0.0

    async def _aexecute(self, plan: Plan[Any]) -> Any:
        """Run a plan on a connection, in one transaction when it begins one."""
        raise NotImplementedError

    async def arun_plan(self, plan: Callable[..., Plan[Any]], *args: Any, **given: Any) -> Any:
        """Run a plan; its tables are looked for first, and created when it writes to them."""
        needed: Any = plan
        await self.aensure(needed.reads, needed.writes)
        return await self._aexecute(plan(self.tables, *args, **given))

    async def aensure(self, reads: Collection[str], writes: Collection[str]) -> None:
        """See to it that the tables to write exist, and that those to read are known."""
        present = self.tables.present
        if present.issuperset(reads) and present.issuperset(writes):
            return
        present |= await self._aexecute(plans_tables.survey(self.tables))
        plans_tables.refuse_outdated(self.tables, {*reads, *writes})
        if not present.issuperset(writes):
            present |= await self._aexecute(plans_tables.create(self.tables, writes))

    async def aload_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`."""
        session = await self.arun_plan(sessions.load_run_context, session_id, session_type, user_id, last_runs)
        if session is not None and session.loaded_runs().window is not None:
            keeper = session.loaded_runs()
            keeper.aloader = lambda: self.arun_plan(run_plans.session_runs, session_id)
            keeper.loader = lambda: self.read_blocking(run_plans.session_runs(self.tables, session_id))
            if last_runs is None and self._reads_ahead:
                await session.aload_runs()
        return session

    def read_blocking(self, plan: Plan[Any]) -> Any:
        """Run a reading plan without a loop, for `session.runs`, which cannot be awaited."""
        raise NotImplementedError

    async def asave_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`."""
        await self.aensure(_SAVED, _SAVED)
        keep = self.on_conflict == "raise"
        plan = save_run(self.tables, session, runs, overwrite_state=overwrite_state, keep_stored=keep)
        saved = await self._asave(plan)
        return self._told(saved, session) if saved.conflicts or saved.refused else saved

    async def _asave(self, plan: Plan[Saved]) -> Saved:
        """Run the plan that ends a run."""
        saved: Saved = await self._aexecute(plan)
        return saved


class AsyncSql(SuspendingResults, SuspendingSql):
    """Agno's method names as coroutines."""

    db_engine: Any

    async def _create_all_tables(self) -> None:
        """Create every table that the store knows."""
        await self.aensure((), self.tables.raw)

    async def _get_table(self, table_type: str, create_table_if_not_found: bool | None = False) -> Any:
        """See `BlockingSql._get_table`."""
        await self.aensure({table_type}, {table_type} if create_table_if_not_found else ())
        if table_type not in self.tables.present:
            return None
        return await atable_on(self.db_engine, self.tables.raw[table_type], self.tables.schema)

    load_run_context = SuspendingSql.aload_run_context
    save_run = SuspendingSql.asave_run

    async def calculate_metrics(self) -> list[dict[str, Any]] | None:
        """See `BlockingSql.calculate_metrics`."""
        self._metrics_counted = time()
        found: list[dict[str, Any]] | None = await self.arun_plan(metrics.calculate_metrics)
        return found

    async def get_metrics(
        self, starting_date: date | None = None, ending_date: date | None = None, user_id: str | None = None
    ) -> tuple[list[dict[str, Any]], int | None]:
        """See `BlockingSql.get_metrics`."""
        if time() - self._metrics_counted >= METRICS_SECONDS:
            await self.calculate_metrics()
        found: tuple[list[dict[str, Any]], int | None]
        found = await self.arun_plan(metrics.read_metrics, starting_date, ending_date, user_id)
        return found

    table_exists = suspending(plans_tables.table_exists)
    get_latest_schema_version = suspending(records.get_latest_schema_version)
    upsert_schema_version = suspending(records.upsert_schema_version)
    get_session = suspending(sessions.get_session)
    get_sessions = suspending(sessions.get_sessions)
    upsert_session = suspending(sessions.upsert_session)
    upsert_sessions = suspending(sessions.upsert_sessions)
    rename_session = suspending(sessions.rename_session)
    reassign_session_owner = suspending(sessions.reassign_session_owner)
    get_run = suspending(run_plans.get_run)
    get_runs = suspending(run_plans.get_runs)
    upsert_run = suspending(run_plans.upsert_run)
    delete_run = suspending(run_plans.delete_run)
    delete_runs = suspending(run_plans.delete_runs)
    cancel_pending_run = suspending(run_plans.cancel_pending_run)
    get_user_memory = suspending(records.get_user_memory)
    get_user_memories = suspending(records.get_user_memories)
    get_user_memory_stats = suspending(records.get_user_memory_stats)
    get_all_memory_topics = suspending(records.get_all_memory_topics)
    upsert_user_memory = suspending(records.upsert_user_memory)
    upsert_memories = suspending(records.upsert_memories)
    delete_user_memory = suspending(records.delete_user_memory)
    delete_user_memories = suspending(records.delete_user_memories)
    clear_memories = suspending(records.clear_memories)
    get_knowledge_content = suspending(records.get_knowledge_content)
    get_knowledge_contents = suspending(records.get_knowledge_contents)
    upsert_knowledge_content = suspending(records.upsert_knowledge_content)
    delete_knowledge_content = suspending(records.delete_knowledge_content)
    create_approval = suspending(approvals.create_approval)
    get_approval = suspending(approvals.get_approval)
    get_approvals = suspending(approvals.get_approvals)
    update_approval = suspending(approvals.update_approval)
    delete_approval = suspending(approvals.delete_approval)
    get_pending_approval_count = suspending(approvals.get_pending_approval_count)
    update_approval_run_status = suspending(approvals.update_approval_run_status)
    create_eval_run = suspending(evals.create_eval_run)
    get_eval_run = suspending(evals.get_eval_run)
    get_eval_runs = suspending(evals.get_eval_runs)
    rename_eval_run = suspending(evals.rename_eval_run)
    update_eval_run_user_id = suspending(evals.update_eval_run_user_id)
    delete_eval_run = suspending(evals.delete_eval_run)
    delete_eval_runs = suspending(evals.delete_eval_runs)
    upsert_trace = traces.aforgiving(suspending(traces.upsert_trace))
    create_span = traces.aforgiving(suspending(traces.create_span))
    create_spans = traces.aforgiving(suspending(traces.create_spans))
    get_trace = suspending(traces.get_trace)
    get_traces = suspending(traces.get_traces)
    get_span = suspending(traces.get_span)
    get_spans = suspending(traces.get_spans)
    get_trace_stats = suspending(trace_stats.get_trace_stats)
    get_span_stats = suspending(trace_stats.get_span_stats)
    create_service_account = suspending(accounts.create_service_account)
    get_service_account = suspending(accounts.get_service_account)
    get_service_account_by_token_hash = suspending(accounts.get_service_account_by_token_hash)
    get_service_account_by_name = suspending(accounts.get_service_account_by_name)
    get_service_accounts = suspending(accounts.get_service_accounts)
    update_service_account = suspending(accounts.update_service_account)
    delete_service_account = suspending(accounts.delete_service_account)
