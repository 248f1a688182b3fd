"""Reads traces in the JSON that Jaeger's user interface downloads and uploads.

As strict as the interface's types: https://github.com/jaegertracing/jaeger-ui, src/types/trace.tsx.
"""

import json
import re

TAG_TYPES = {"string": str, "bool": bool, "int64": int, "float64": (int, float), "binary": str}


class FormatError(Exception):
    """What is wrong, and where."""


def require(condition, where, what):
    if not condition:
        raise FormatError(f"{where}: {what}")


def field(container, name, kind, where):
    require(isinstance(container, dict), where, "is no object")
    require(name in container, where, f"lacks `{name}`")
    value = container[name]
    wrong_bool = isinstance(value, bool) and kind is not bool
    require(isinstance(value, kind) and not wrong_bool, where, f"`{name}` is {value!r}")
    return value


def read_tags(tags, where):
    found = {}
    for tag in tags:
        key = field(tag, "key", str, where)
        kind = field(tag, "type", str, where)
        require(kind in TAG_TYPES, where, f"tag `{key}` is of type {kind}")
        # Some writers leave numbers in strings.
        require("value" in tag, where, f"tag `{key}` has no value")
        require(
            isinstance(tag["value"], (TAG_TYPES[kind], str)), where, f"tag `{key}` is {tag['value']!r}"
        )
        found[key] = tag["value"]
    return found


def read_span(span, trace_id, processes, where):
    identity = field(span, "spanID", str, where)
    require(re.fullmatch("[0-9a-f]{1,16}", identity), where, f"`spanID` is {identity!r}")
    where = f"{where}, span {identity}"
    require(field(span, "traceID", str, where) == trace_id, where, "is of another trace")
    require(field(span, "processID", str, where) in processes, where, "names no process")
    parents = []
    for reference in field(span, "references", list, where):
        require(
            field(reference, "refType", str, where) in ("CHILD_OF", "FOLLOWS_FROM"), where, "refType"
        )
        field(reference, "traceID", str, where)
        parents.append(field(reference, "spanID", str, where))
    for log in field(span, "logs", list, where):
        field(log, "timestamp", int, where)
        read_tags(field(log, "fields", list, where), where)
    start = field(span, "startTime", int, where)
    duration = field(span, "duration", int, where)
    require(start >= 0 and duration >= 0, where, "begins or lasts less than nothing")
    return {
        "id": identity,
        "parents": parents,
        "name": field(span, "operationName", str, where),
        "process": processes[span["processID"]],
        "start": start,
        "end": start + duration,
        "tags": read_tags(field(span, "tags", list, where), where),
    }


def read_trace(trace):
    identity = field(trace, "traceID", str, "a trace")
    where = f"trace {identity}"
    require(re.fullmatch("[0-9a-f]{1,32}", identity), where, "is no identity")
    processes = {}
    for key, process in field(trace, "processes", dict, where).items():
        # Older services leave the tags out.
        read_tags(process.get("tags") or [], f"{where}, process {key}")
        processes[key] = field(process, "serviceName", str, f"{where}, process {key}")
    spans = [read_span(span, identity, processes, where) for span in field(trace, "spans", list, where)]
    return {"id": identity, "spans": spans}


def read_traces(path):
    """The traces of a file: a list of `id` and `spans`."""
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    data = field(document, "data", list, path)
    return [read_trace(trace) for trace in data]
