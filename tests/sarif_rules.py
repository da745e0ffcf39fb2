"""The rules of SARIF 2.1.0 for the part of it that the report writes: closed objects, required members, value ranges.

The specification's own schema lets members come that a report never writes; here nothing may come that is not listed,
so that a misspelt member fails as it would there.
"""

from typing import Any


def _object(required: str = "", /, **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": members, "additionalProperties": False}


def _list(item: dict[str, Any], **limits: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **limits}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
ADDRESS = {"type": "string", "format": "uri"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = _object("text", text=TEXT)
ARTIFACT = _object("uri uriBaseId", uri={"type": "string", "format": "uri-reference"}, uriBaseId={"const": "ROOT"})
REGION = _object("startLine startColumn", startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT)
PLACE = _object(
    "physicalLocation",
    physicalLocation=_object("artifactLocation", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations=_list(_object("name", name=TEXT, kind=TEXT), minItems=1),
)
REPLACEMENT = _object("deletedRegion", deletedRegion=REGION, insertedContent=_object("text", text={"type": "string"}))
CHANGE = _object(
    "artifactLocation replacements", artifactLocation=ARTIFACT, replacements=_list(REPLACEMENT, minItems=1)
)
RESULT = _object(
    "ruleId level message locations partialFingerprints",
    ruleId=TEXT,
    level=LEVEL,
    message=MESSAGE,
    locations=_list(PLACE, minItems=1, maxItems=1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    fixes=_list(_object("artifactChanges", description=MESSAGE, artifactChanges=_list(CHANGE, minItems=1)), minItems=1),
    properties={"type": "object"},
)
RULE = _object("id", id=TEXT, shortDescription=MESSAGE, helpUri=ADDRESS)
DRIVER = _object(
    "name version rules", name=TEXT, version=TEXT, informationUri=ADDRESS, rules=_list(RULE, uniqueItems=True)
)
NOTICE = _object("message", level=LEVEL, message=MESSAGE, locations=_list(PLACE))
INVOCATION = _object(
    "executionSuccessful", executionSuccessful={"type": "boolean"}, toolExecutionNotifications=_list(NOTICE)
)
RUN = _object(
    "tool results",
    tool=_object("driver", driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds=_object("ROOT", ROOT=_object("uri", uri={**ADDRESS, "pattern": "/$"})),
    results=_list(RESULT),
    invocations=_list(INVOCATION),
)
SARIF = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        "version runs $schema", **{"$schema": ADDRESS, "version": {"const": "2.1.0"}, "runs": _list(RUN, minItems=1)}
    ),
}
