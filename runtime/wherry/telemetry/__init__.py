"""Telemetry: envelopes of run events, recorded in a database of the user's own, exported on request.

Nothing here opens a connection that the user did not configure. `Recorder` listens to the event stream of every
run; `query` reads what it stored; `otel` exports to OpenTelemetry.
"""

from wherry.telemetry.envelope import Envelope, envelope_of
from wherry.telemetry.recorder import Recorder
from wherry.telemetry.redaction import Redactor
from wherry.telemetry.storage import TelemetryStore

__all__ = ["Envelope", "Recorder", "Redactor", "TelemetryStore", "envelope_of"]
