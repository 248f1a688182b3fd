"""Loads a run's traces and metrics as the programs that they are written for do, and compares."""

import base64
import collections
import json
import math
import os
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from jaeger import read_traces

IDENTITIES = ("traceId", "spanId", "parentSpanId")


def load_otlp(path):
    """An ExportTraceServiceRequest; unknown fields are errors.

    OTLP writes identities in hexadecimal digits where protobuf's own JSON has base64.
    """

    def translate(value):
        if isinstance(value, dict):
            return {
                key: base64.b64encode(bytes.fromhex(item)).decode()
                if key in IDENTITIES
                else translate(item)
                for key, item in value.items()
            }
        return [translate(item) for item in value] if isinstance(value, list) else value

    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    return json_format.Parse(json.dumps(translate(document)), ExportTraceServiceRequest())


def spans_of(request):
    """By trace, then by span: the span and the name of its service."""
    traces = collections.defaultdict(dict)
    for group in request.resource_spans:
        attributes = {item.key: item.value.string_value for item in group.resource.attributes}
        for scope in group.scope_spans:
            assert scope.scope.name == "topple" and scope.scope.version
            for span in scope.spans:
                assert len(span.trace_id) == 16 and len(span.span_id) == 8
                assert span.span_id not in traces[span.trace_id], "an identity twice"
                traces[span.trace_id][span.span_id] = (span, attributes["service.name"])
    return traces


def check_otlp(traces):
    """Every trace has one root, every parent is there, nothing ends before it begins."""
    for spans in traces.values():
        roots = [span for span, _ in spans.values() if not span.parent_span_id]
        assert len(roots) == 1, f"{len(roots)} roots"
        for span, _ in spans.values():
            assert span.start_time_unix_nano <= span.end_time_unix_nano
            assert span.kind != Span.SPAN_KIND_UNSPECIFIED and span.name
            for event in span.events:
                assert span.start_time_unix_nano <= event.time_unix_nano
            has_failed = any(item.key == "error.type" for item in span.attributes)
            assert has_failed == (span.status.code == Status.STATUS_CODE_ERROR)
            steps = 0
            while span.parent_span_id:
                parent = spans[span.parent_span_id][0]
                assert span.start_time_unix_nano >= parent.start_time_unix_nano
                span = parent
                steps += 1
                assert steps <= len(spans), "a circle"


def check_agreement(traces, jaeger):
    """Both formats hold the same spans."""
    assert len(traces) == len(jaeger)
    for trace in jaeger:
        spans = traces[bytes.fromhex(trace["id"])]
        assert len(spans) == len(trace["spans"])
        for own in trace["spans"]:
            span, service = spans[bytes.fromhex(own["id"])]
            assert own["parents"] == ([span.parent_span_id.hex()] if span.parent_span_id else [])
            assert own["name"] == span.name and own["process"] == service
            assert own["start"] == span.start_time_unix_nano // 1000
            assert own["end"] == span.end_time_unix_nano // 1000
            assert own["tags"]["span.kind"] == Span.SpanKind.Name(span.kind)[10:].lower()
            attributes = {
                item.key: getattr(item.value, item.value.WhichOneof("value"))
                for item in span.attributes
            }
            shared = {key: own["tags"][key] for key in attributes}
            assert attributes == shared, (attributes, shared)


def check_metrics(text, summary):
    """Names, help and types are as promtool wants them; counters never fall and end with the summary."""
    families = list(parse_prometheus(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a metric in two places"
    last = {}
    for family in families:
        assert family.documentation and family.type in ("counter", "gauge"), family
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample
            assert math.isfinite(sample.value)
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in last:
                assert sample.timestamp > last[key].timestamp, sample
                assert family.type == "gauge" or sample.value >= last[key].value, sample
            last[key] = sample
    for service in summary["services"]:
        labels = (("service", service["name"]),)
        assert last["topple_requests_total", labels].value == service["requests"]
        assert last["topple_requests_in_service", labels].value == service["inFlight"]
        success = (("outcome", "success"), *labels)
        assert last["topple_responses_total", success].value == service["successes"]
    for edge in summary["edges"]:
        labels = (("from", edge["from"]), ("to", edge["to"]))
        assert last["topple_calls_total", labels].value == edge["calls"]
        assert last["topple_attempts_total", labels].value == edge["requests"]
    return last


def check_openmetrics(text, last):
    """The strict parser takes it, and it ends where the other one does."""
    ends = {}
    for family in parse_openmetrics(text):
        for sample in family.samples:
            ends[sample.name, tuple(sorted(sample.labels.items()))] = sample
    assert ends.keys() == last.keys()
    for key, sample in ends.items():
        assert sample.value == last[key].value
        assert abs(float(sample.timestamp) - last[key].timestamp) < 0.001


def main():
    folder, prometheus, openmetrics = sys.argv[1:]
    traces = spans_of(load_otlp(os.path.join(folder, "traces.otlp.json")))
    assert traces, "there are no traces"
    check_otlp(traces)
    # Also as protobuf's own JSON takes it, with nothing translated.
    with open(os.path.join(folder, "traces.otlp.json"), encoding="utf-8") as file:
        json_format.Parse(file.read(), ExportTraceServiceRequest())
    jaeger = read_traces(os.path.join(folder, "traces.jaeger.json"))
    check_agreement(traces, jaeger)
    with open(os.path.join(folder, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    with open(prometheus, encoding="utf-8") as file:
        last = check_metrics(file.read(), summary)
    with open(openmetrics, encoding="utf-8") as file:
        check_openmetrics(file.read(), last)
    spans = sum(len(own) for own in traces.values())
    print(f"{len(traces)} traces with {spans} spans, {len(last)} series: all loaded, all agree.")


if __name__ == "__main__":
    main()
