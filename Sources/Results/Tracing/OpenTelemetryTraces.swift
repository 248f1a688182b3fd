import Kernel
import Model

/// Traces as OTLP/JSON: an `ExportTraceServiceRequest` of the OpenTelemetry protocol 1.x.
///
/// As its JSON mapping says: identities in lower-case hexadecimal digits, 64-bit integers as decimal
/// strings, enumerations as numbers.
/// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
extension TraceExport {
    /// Hands out the text of `traces.otlp.json`, in pieces of some ten thousand bytes. O(spans).
    package func writeOpenTelemetry<Failure: Error>(
        _ sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var groups: [Resource: Int] = [:]
        var resources: [Resource] = []
        // By resource: its spans by their places.
        var members: [[(trace: Int, span: Int)]] = []
        for (number, trace) in traces.enumerated() {
            for (index, span) in trace.spans.enumerated() {
                let resource = resource(of: span)
                let group = groups[resource] ?? resources.count
                if group == resources.count {
                    groups[resource] = group
                    resources.append(resource)
                    members.append([])
                }
                members[group].append((number, index))
            }
        }
        var text = JSONText()
        text.raw("{\"resourceSpans\":[")
        for (group, resource) in resources.enumerated() {
            text.line(isFirst: group == 0)
            text.begin("{")
            write(resource, to: &text)
            text.key("scopeSpans")
            text.begin("[")
            text.begin("{")
            text.key("scope")
            text.begin("{")
            text.key("name")
            text.value("topple")
            text.key("version")
            text.value(version)
            text.end("}")
            text.key("spans")
            text.begin("[")
            for member in members[group] {
                let trace = traces[member.trace]
                write(trace.spans[member.span], of: trace, to: &text)
                try flush(&text, sink)
            }
            text.end("]")
            text.end("}")
            text.end("]")
            text.end("}")
        }
        text.raw("\n]}\n")
        try sink(text.bytes)
    }

    private func write(_ resource: Resource, to text: inout JSONText) {
        text.key("resource")
        text.begin("{")
        text.key("attributes")
        text.begin("[")
        writeAttribute("service.name", .text(resource.service), to: &text)
        writeAttribute("service.namespace", .text(model.name), to: &text)
        if let instance = resource.instance {
            writeAttribute("service.instance.id", .text(instance), to: &text)
        }
        text.end("]")
        text.end("}")
    }

    private func write(_ span: Span, of trace: Trace, to text: inout JSONText) {
        text.begin("{")
        text.key("traceId")
        text.value(traceID(trace))
        text.key("spanId")
        text.value(Self.hexadecimal(span.id))
        if let parent = span.parent {
            text.key("parentSpanId")
            text.value(Self.hexadecimal(parent))
        }
        text.key("name")
        text.value(name(of: span))
        text.key("kind")
        text.value(Self.number(of: span.kind))
        text.key("startTimeUnixNano")
        text.quoted(Self.unixNanoseconds(span.start))
        text.key("endTimeUnixNano")
        text.quoted(Self.unixNanoseconds(span.end))
        text.key("attributes")
        text.begin("[")
        for (key, value) in attributes(of: span, in: trace) {
            writeAttribute(key, value, to: &text)
        }
        text.end("]")
        text.key("events")
        text.begin("[")
        for note in notes(of: span) {
            text.begin("{")
            text.key("timeUnixNano")
            text.quoted(Self.unixNanoseconds(note.instant))
            text.key("name")
            text.value(note.text)
            text.end("}")
        }
        text.end("]")
        text.key("status")
        text.begin("{")
        if span.ending.isFailure {
            text.key("code")
            text.value(2 as Int64)
            text.key("message")
            text.value(span.ending.word)
        }
        text.end("}")
        text.end("}")
    }

    private func writeAttribute(_ key: StaticString, _ value: Value, to text: inout JSONText) {
        text.begin("{")
        text.key("key")
        text.value(key.description)
        text.key("value")
        text.begin("{")
        switch value {
        case .text(let words):
            text.key("stringValue")
            text.value(words)
        case .integer(let number):
            text.key("intValue")
            text.quoted(number)
        }
        text.end("}")
        text.end("}")
    }

    /// The protocol's `SpanKind`.
    private static func number(of kind: Span.Kind) -> Int64 {
        switch kind {
        case .server: 2
        case .client, .user: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
