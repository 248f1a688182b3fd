import Kernel
import Model

/// Traces in the JSON that the user interface of Jaeger downloads and uploads: `{"data": [trace, ...]}`.
///
/// Times are whole microseconds there: beginnings and ends are cut to them, so children still lie within
/// their parents. Exact times are in OTLP.
/// Source: https://github.com/jaegertracing/jaeger-ui, `packages/jaeger-ui/src/types/trace.tsx`
extension TraceExport {
    /// Hands out the text of `traces.jaeger.json`, in pieces of some ten thousand bytes. O(spans).
    package func writeJaeger<Failure: Error>(
        _ sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var text = JSONText()
        text.raw("{\"data\":[")
        for (index, trace) in traces.enumerated() {
            text.line(isFirst: index == 0)
            write(trace, to: &text)
            try flush(&text, sink)
        }
        text.raw("\n],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n")
        try sink(text.bytes)
    }

    private func write(_ trace: Trace, to text: inout JSONText) {
        let identity = traceID(trace)
        var processes: [Resource] = []
        text.begin("{")
        text.key("traceID")
        text.value(identity)
        text.key("spans")
        text.begin("[")
        for span in trace.spans {
            let resource = resource(of: span)
            let process = processes.firstIndex(of: resource) ?? processes.count
            if process == processes.count { processes.append(resource) }
            write(span, of: trace, in: identity, process: "p\(process + 1)", to: &text)
        }
        text.end("]")
        text.key("processes")
        text.begin("{")
        for (index, process) in processes.enumerated() {
            text.key("p\(index + 1)")
            text.begin("{")
            text.key("serviceName")
            text.value(process.service)
            text.key("tags")
            text.begin("[")
            if let instance = process.instance {
                writeTag("service.instance.id", .text(instance), to: &text)
            }
            text.end("]")
            text.end("}")
        }
        text.end("}")
        text.end("}")
    }

    private func write(
        _ span: Span, of trace: Trace, in identity: String, process: String,
        to text: inout JSONText
    ) {
        let start = Self.unixNanoseconds(span.start) / 1000
        text.begin("{")
        text.key("traceID")
        text.value(identity)
        text.key("spanID")
        text.value(Self.hexadecimal(span.id))
        text.key("flags")
        text.value(1 as Int64)
        text.key("operationName")
        text.value(name(of: span))
        text.key("references")
        text.begin("[")
        if let parent = span.parent {
            text.begin("{")
            text.key("refType")
            text.value(span.kind == .consumer ? "FOLLOWS_FROM" : "CHILD_OF")
            text.key("traceID")
            text.value(identity)
            text.key("spanID")
            text.value(Self.hexadecimal(parent))
            text.end("}")
        }
        text.end("]")
        text.key("startTime")
        text.value(start)
        text.key("duration")
        text.value(Self.unixNanoseconds(span.end) / 1000 - start)
        text.key("tags")
        text.begin("[")
        for (key, value) in attributes(of: span, in: trace) { writeTag(key, value, to: &text) }
        writeTag("span.kind", .text(Self.word(for: span.kind)), to: &text)
        if span.ending.isFailure { writeErrorTag(to: &text) }
        text.end("]")
        text.key("logs")
        text.begin("[")
        for note in notes(of: span) {
            text.begin("{")
            text.key("timestamp")
            text.value(Self.unixNanoseconds(note.instant) / 1000)
            text.key("fields")
            text.begin("[")
            writeTag("event", .text(note.text), to: &text)
            text.end("]")
            text.end("}")
        }
        text.end("]")
        text.key("processID")
        text.value(process)
        text.raw(",\"warnings\":null")
        text.end("}")
    }

    private func writeTag(_ key: StaticString, _ value: Value, to text: inout JSONText) {
        text.begin("{")
        text.key("key")
        text.value(key.description)
        text.key("type")
        switch value {
        case .text(let words):
            text.value("string")
            text.key("value")
            text.value(words)
        case .integer(let number):
            text.value("int64")
            text.key("value")
            text.value(number)
        }
        text.end("}")
    }

    /// What makes the user interface show a span in red.
    private func writeErrorTag(to text: inout JSONText) {
        text.begin("{")
        text.key("key")
        text.value("error")
        text.key("type")
        text.value("bool")
        text.key("value")
        text.value(true)
        text.end("}")
    }

    private static func word(for kind: Span.Kind) -> String {
        switch kind {
        case .server: "server"
        case .client, .user: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}
