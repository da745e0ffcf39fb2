"""The desk over HTTP: ask, ask with a stream of events, read a session."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator

from agno.run.agent import RunEvent
from agno.session import AgentSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from desk.agent import desk_agent, quote_agent

desk = desk_agent(os.environ.get("DESK_DB", "desk.db"))
quotes = quote_agent()


async def ask(request: Request) -> Response:
    """Answer one question; the session in the body keeps the conversation."""
    body = await request.json()
    run = await desk.arun(body["question"], session_id=body["session"], user_id=body.get("user"))
    used = [tool.tool_name for tool in run.tools or []]
    return JSONResponse({"answer": run.content, "status": run.status.value, "tools": used, "state": run.session_state})


async def stream(request: Request) -> Response:
    """Answer one question as lines of JSON: each tool as it starts, each piece of text as it comes."""
    body = await request.json()

    async def lines() -> AsyncIterator[str]:
        async for event in desk.arun(body["question"], session_id=body["session"], stream=True, stream_events=True):
            if event.event == RunEvent.tool_call_started.value:
                yield json.dumps({"tool": event.tool.tool_name}) + "\n"
            elif event.event == RunEvent.run_content.value and event.content:
                yield json.dumps({"text": event.content}) + "\n"

    return StreamingResponse(lines(), media_type="application/jsonl")


async def quote(request: Request) -> Response:
    """Turn a wish into a price."""
    run = await quotes.arun((await request.json())["wish"])
    return JSONResponse(run.content.model_dump())


async def session(request: Request) -> Response:
    """What is kept of a conversation."""
    found: AgentSession | None = desk.get_session(session_id=request.path_params["session"])
    if found is None:
        return JSONResponse({"error": "there is no such session"}, status_code=404)
    messages = [{"role": one.role, "content": one.content} for one in found.get_messages()]
    return JSONResponse({"messages": messages, "state": (found.session_data or {}).get("session_state", {})})


app = Starlette(
    routes=[
        Route("/ask", ask, methods=["POST"]),
        Route("/stream", stream, methods=["POST"]),
        Route("/quote", quote, methods=["POST"]),
        Route("/sessions/{session}", session),
    ]
)
