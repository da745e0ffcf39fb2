"""The way of one call through its hooks to the entrypoint: pre-hook, kept result, middleware, call, post-hook.

A `Calling` is made for one call and used once, in the caller's thread (`now`) or on a loop (`later`). Which of the two,
and what becomes of the result, is decided in `calls`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from wherry.core.errors import AgentRunException, RunCancelledException
from wherry.core.hooks import asked_for, hook_name, is_async
from wherry.core.log import log_debug, log_warning
from wherry.core.tools.arguments import checker
from wherry.core.tools.function import FunctionCall, FunctionExecutionResult
from wherry.core.tools.injected import CHANNELS, IDENTITY, MEDIA
from wherry.core.tools.tool_cache import MISSING, CachedCall, detached, snapshot

if TYPE_CHECKING:
    from wherry.core.tools.signature import Declaration
    from wherry.core.waits import Waits

Next = Callable[..., Any]
_STEERS = "AgentRunException"


def steers(error: BaseException) -> bool:
    """Whether an exception steers the run; the reference's own classes count, by name."""
    return isinstance(error, AgentRunException) or any(base.__name__ == _STEERS for base in type(error).__mro__)


def cancels(error: BaseException) -> bool:
    """Whether an exception says that the run was cancelled."""
    name = RunCancelledException.__name__
    return isinstance(error, RunCancelledException) or any(base.__name__ == name for base in type(error).__mro__)


_guard = Lock()


@contextmanager
def guarded(run_context: Any) -> Iterator[None]:
    """Show hooks a copy of the run's list of messages, so that they cannot empty the conversation.

    Hooks of calls made side by side share one copy; the last of them to end puts the list back.
    """
    if getattr(run_context, "messages", None) is None:
        yield
        return
    shown = run_context.__dict__
    with _guard:
        kept = shown.setdefault("_hooks_running", [0, run_context.messages])
        kept[0] += 1
        if kept[0] == 1:
            run_context.messages = list(kept[1])
    try:
        yield
    finally:
        with _guard:
            kept[0] -= 1
            if kept[0] == 0:
                run_context.messages = kept[1]
                del shown["_hooks_running"]


class Calling:
    """One call on its way.

    Attributes:
        call: The request; its `arguments` lose what only the framework may fill.
        injected: What the framework fills.
        bare: Nothing stands between the call and its entrypoint.
    """

    __slots__ = ("bare", "call", "declared", "injected", "kept", "raw", "scope")

    def __init__(self, call: FunctionCall, scope: Any, declared: Declaration | None) -> None:
        function = call.function
        self.call, self.scope, self.declared = call, scope, declared
        self.injected = _injected(call, scope, declared) if declared is not None and declared.injected else {}
        if call.arguments and declared is not None and (declared.reserved or self.injected):
            _drop_overrides(call, declared, self.injected)
        self.kept: CachedCall | None = None
        self.raw: list[Any] = []
        self.bare = not (
            function.tool_hooks is not None or function.pre_hook or function.post_hook or function.cache_results
        )

    # --- the entrypoint --------------------------------------------------------------------------------------------

    def enter(self) -> Any:
        """Check the arguments and call the entrypoint; what it returns may have to be awaited or iterated."""
        arguments = self.call.arguments or {}
        entrypoint: Callable[..., Any] = self.call.function.entrypoint  # type: ignore[assignment]
        if self.declared is None or self.call.function.taken_as_it_is():
            return entrypoint(**self.injected, **arguments)
        args, kwargs = checker(self.declared)(arguments, self.injected)
        return entrypoint(*args, **kwargs)

    def has_async_parts(self) -> bool:
        """Whether a loop has to carry the call step by step instead of in one go on a thread."""
        function = self.call.function
        if self.declared is not None and self.declared.kind in ("coroutine", "async_generator"):
            return True
        if self.bare:
            return False
        hooks = [*(function.tool_hooks or ()), function.pre_hook, function.post_hook]
        return any(hook is not None and is_async(hook) for hook in hooks)

    # --- in one go -------------------------------------------------------------------------------------------------

    def now(self) -> FunctionExecutionResult:
        """Run everything in this thread.

        Raises:
            AgentRunException: Raised by the tool or a hook to steer the run.
        """
        function = self.call.function
        self._hook_now("pre_hook", function.pre_hook)
        self._look_up()
        try:
            result = self._middleware_now()
            self._keep(result)
            return succeeded(self.call, self.injected, result)
        except Exception as error:  # noqa: BLE001 - a tool may raise anything; the model is told
            return failed(self.call, error)
        finally:
            self._hook_now("post_hook", function.post_hook)

    def _hook_now(self, kind: str, hook: Callable[..., Any] | None) -> None:
        if hook is None:
            return
        if is_async(hook):
            log_warning(f"The {kind} {hook_name(hook)!r} is asynchronous and is left out; use arun().")
            return
        try:
            with guarded(self.scope.run_context):
                hook(**self._offered(hook))
        except Exception as error:  # noqa: BLE001 - judged in the next line
            self._hook_failed(kind, hook, error)

    def _middleware_now(self) -> Any:
        hooks = self.call.function.tool_hooks
        if hooks is None:
            return self._entered()
        chain: Callable[[dict[str, Any]], Any] = lambda _arguments: self._entered()  # noqa: E731 - the innermost link
        for hook in reversed(hooks):
            if is_async(hook):
                log_warning(f"The tool hook {hook_name(hook)!r} is asynchronous and is left out; use arun().")
            else:
                chain = self._link_now(hook, chain)
        return chain(self.call.arguments or {})

    def _link_now(self, hook: Callable[..., Any], inner: Callable[[dict[str, Any]], Any]) -> Any:
        def proceed(**arguments: Any) -> Any:
            return inner(arguments)

        def link(arguments: dict[str, Any]) -> Any:
            with guarded(self.scope.run_context):
                return hook(**self._middleware_offer(hook, proceed, arguments))

        return link

    def _entered(self) -> Any:
        found = self._found()
        if found is not MISSING:
            return found
        slot = self._claim()
        result = self.enter()
        self._record(slot, result)
        return result

    # --- step by step ----------------------------------------------------------------------------------------------

    async def later(self, waits: Waits) -> FunctionExecutionResult:
        """Run everything on a loop: async parts are awaited, a sync entrypoint gets a thread.

        Raises:
            AgentRunException: Raised by the tool or a hook to steer the run.
        """
        function = self.call.function
        await self._hook_later("pre_hook", function.pre_hook, waits)
        self._look_up()
        try:
            result = await self._middleware_later(waits)
            self._keep(result)
            return succeeded(self.call, self.injected, result)
        except Exception as error:  # noqa: BLE001 - a tool may raise anything; the model is told
            return failed(self.call, error)
        finally:
            await self._hook_later("post_hook", function.post_hook, waits)

    async def _hook_later(self, kind: str, hook: Callable[..., Any] | None, waits: Waits) -> None:
        if hook is None:
            return
        try:
            with guarded(self.scope.run_context):
                await waits.call(hook, **self._offered(hook))
        except Exception as error:  # noqa: BLE001 - judged in the next line
            self._hook_failed(kind, hook, error)

    async def _middleware_later(self, waits: Waits) -> Any:
        async def innermost(_arguments: dict[str, Any]) -> Any:
            found = self._found()
            if found is not MISSING:
                return found
            slot = self._claim()
            kind = self.declared.kind if self.declared is not None else "plain"
            result = await waits.work(self.enter) if kind == "plain" else self.enter()
            if kind == "coroutine":
                result = await result
            self._record(slot, result)
            return result

        chain: Callable[[dict[str, Any]], Awaitable[Any]] = innermost
        for hook in reversed(self.call.function.tool_hooks or ()):
            chain = self._link_later(hook, chain, waits)
        return await chain(self.call.arguments or {})

    def _link_later(self, hook: Callable[..., Any], inner: Any, waits: Waits) -> Any:
        async def proceed(**arguments: Any) -> Any:
            return await inner(arguments)

        async def link(arguments: dict[str, Any]) -> Any:
            with guarded(self.scope.run_context):
                return await waits.call(hook, **self._middleware_offer(hook, proceed, arguments))

        return link

    # --- what hooks are offered ------------------------------------------------------------------------------------

    def _offered(self, hook: Callable[..., Any]) -> dict[str, Any]:
        scope = self.scope
        offered = {"agent": scope.agent, "team": scope.team, "run_context": scope.run_context, "fc": self.call}
        names, _ = asked_for(hook)
        return {name: value for name, value in offered.items() if name in names}

    def _middleware_offer(self, hook: Callable[..., Any], proceed: Next, arguments: dict[str, Any]) -> dict[str, Any]:
        scope = self.scope
        name = self.call.function.name
        offered = {"agent": scope.agent, "team": scope.team, "run_context": scope.run_context}
        offered |= dict.fromkeys(("name", "function_name"), name)
        offered |= dict.fromkeys(("function", "func", "function_call"), proceed)
        offered |= dict.fromkeys(("args", "arguments"), arguments)
        names, _ = asked_for(hook)
        return {key: value for key, value in offered.items() if key in names}

    def _hook_failed(self, kind: str, hook: Callable[..., Any], error: Exception) -> None:
        if steers(error):
            self.call.error = str(error)
            raise error
        if cancels(error):
            raise error
        log_warning(f"The {kind} {hook_name(hook)!r} of tool {self.call.function.name!r} failed: {error!r}")

    # --- kept results ----------------------------------------------------------------------------------------------

    def _look_up(self) -> None:
        function = self.call.function
        if not function.cache_results or self.declared is None or self.declared.kind.endswith("generator"):
            return
        if any(self.injected.get(name) for name in MEDIA):
            return  # media are input that no key can name
        try:
            self.kept = CachedCall(function, self.injected, self.call.arguments)
        except Exception as error:  # noqa: BLE001 - an unusable cache costs the caching, never the call
            log_warning(f"Results of {function.name!r} are not kept: {error}")

    def _found(self) -> Any:
        kept = self.kept
        if kept is None or kept.value is MISSING:
            return MISSING
        hooked = self.call.function.tool_hooks is not None
        if hooked and kept.moved(self.injected, self.call.arguments):
            return MISSING
        return detached(kept.value) if hooked else kept.value

    def _claim(self) -> int:
        self.raw.append(MISSING)
        return len(self.raw) - 1

    def _record(self, slot: int, result: Any) -> None:
        if self.kept is not None:
            hooked = self.call.function.tool_hooks is not None
            self.raw[slot] = snapshot(result) if hooked else result

    def _keep(self, result: Any) -> None:
        """Keep what the entrypoint returned, when it ran exactly once and was asked what the key says."""
        kept = self.kept
        if kept is None or kept.value is not MISSING:
            return
        if len(self.raw) != 1 or self.raw[0] is MISSING or hasattr(self.raw[0], "__next__"):
            return
        if kept.moved(self.injected, self.call.arguments):
            log_debug(f"A result of {self.call.function.name!r} is not kept: the call changed what it was asked")
            return
        kept.save(self.raw[0])


def _injected(call: FunctionCall, scope: Any, declared: Declaration) -> dict[str, Any]:
    """Values of the injected parameters; one that has a default keeps it when nothing is there to give."""
    values: dict[str, Any] = {}
    for name, sources in declared.injected.items():
        if sources == ("fc",):
            values[name] = call
            continue
        found = next((value for source in sources if (value := getattr(scope, source)) is not None), None)
        by_annotation = name in declared.owned and name not in IDENTITY
        if found is not None or not by_annotation or name not in declared.defaults:
            values[name] = found
    return values


def _drop_overrides(call: FunctionCall, declared: Declaration, injected: dict[str, Any]) -> None:
    """Take out arguments that only the framework may fill; one the schema offers is the model's, identity excepted."""
    properties = call.function.properties()
    arguments = call.arguments or {}
    owned = declared.owned | IDENTITY
    dropped = {
        name
        for name in arguments
        if name in CHANNELS
        or ((name in declared.reserved or name in injected) and (name not in properties or name in owned))
    }
    if dropped:
        # A new dict: the started event already shows what the model sent.
        call.arguments = {name: value for name, value in arguments.items() if name not in dropped}
        log_warning(
            f"Tool {call.function.name!r}: arguments that only the framework fills are ignored: {sorted(dropped)}"
        )
    for name in call.arguments.keys() & injected.keys() & properties.keys() if call.arguments else ():
        del injected[name]


def succeeded(call: FunctionCall, injected: dict[str, Any], result: Any) -> FunctionExecutionResult:
    """The outcome of a call that returned."""
    call.result = result
    context = (injected.get("run_context") or injected.get("_agno_run_context")) if injected else None
    if context is None or hasattr(result, "__next__") or hasattr(result, "__anext__"):
        return FunctionExecutionResult("success", result)
    state = getattr(context, "session_state", None)
    return FunctionExecutionResult("success", result, updated_session_state=state if isinstance(state, dict) else None)


def failed(call: FunctionCall, error: Exception) -> FunctionExecutionResult:
    """The outcome of a call that raised; what steers or cancels the run is raised again."""
    if cancels(error):
        raise error
    call.error = str(error)
    if steers(error):
        raise error
    log_warning(f"Tool call {call.get_call_str()} failed: {error}")
    return FunctionExecutionResult("failure", error=call.error)
