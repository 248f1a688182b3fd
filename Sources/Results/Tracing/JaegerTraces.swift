package import Foundation
import Kernel
import Model

/// Traces in the JSON that the user interface of Jaeger downloads and uploads: `{"data": [trace, ...]}`.
///
/// Times are whole microseconds there: beginnings and ends are cut to them, so children still lie within
/// their parents. Exact times are in OTLP.
/// Source: https://github.com/jaegertracing/jaeger-ui, `packages/jaeger-ui/src/types/trace.tsx`
extension TraceExport {
    /// The text of `traces.jaeger.json`. O(spans log spans).
    package func jaegerJSON() -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = Data("{\"data\":[".utf8)
        for (index, trace) in traces.enumerated() {
            text += Data((index == 0 ? "\n" : ",\n").utf8)
            // Strings and integers are always encodable.
            text += (try? encoder.encode(jaegerTrace(trace))) ?? Data()
        }
        return text
            + Data("\n],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n".utf8)
    }

    private func jaegerTrace(_ trace: Trace) -> Jaeger.Trace {
        let identity = traceID(trace)
        var names: [Resource: String] = [:]
        var processes: [String: Jaeger.Process] = [:]
        let spans = trace.spans.map { span in
            let resource = resource(of: span)
            let process = names[resource] ?? "p\(names.count + 1)"
            if names[resource] == nil {
                names[resource] = process
                processes[process] = Jaeger.Process(
                    serviceName: resource.service,
                    tags: resource.instance.map {
                        [Jaeger.Tag("service.instance.id", .text($0))]
                    } ?? [])
            }
            return jaegerSpan(span, of: trace, in: identity, process: process)
        }
        return Jaeger.Trace(traceID: identity, spans: spans, processes: processes)
    }

    private func jaegerSpan(
        _ span: Span, of trace: Trace, in identity: String, process: String
    ) -> Jaeger.Span {
        let start = Self.unixNanoseconds(span.start) / 1000
        var tags = attributes(of: span, in: trace).map { Jaeger.Tag($0.key, $0.value) }
        tags.append(Jaeger.Tag("span.kind", .text(Jaeger.kind(span.kind))))
        if span.ending.isFailure { tags.append(Jaeger.Tag(flag: "error")) }
        let parent = span.parent.map {
            Jaeger.Reference(
                refType: span.kind == .consumer ? "FOLLOWS_FROM" : "CHILD_OF", traceID: identity,
                spanID: Self.hexadecimal($0))
        }
        return Jaeger.Span(
            traceID: identity, spanID: Self.hexadecimal(span.id), operationName: name(of: span),
            references: parent.map { [$0] } ?? [], startTime: start,
            duration: Self.unixNanoseconds(span.end) / 1000 - start, tags: tags,
            logs: notes(of: span).map {
                Jaeger.Log(
                    timestamp: Self.unixNanoseconds($0.instant) / 1000,
                    fields: [Jaeger.Tag("event", .text($0.text))])
            }, processID: process)
    }
}

/// The objects of the format.
private enum Jaeger {
    struct Trace: Encodable {
        var traceID: String
        var spans: [Span]
        var processes: [String: Process]
    }
    struct Span: Encodable {
        var traceID: String
        var spanID: String
        var flags = 1
        var operationName: String
        var references: [Reference]
        var startTime: Int64
        var duration: Int64
        var tags: [Tag]
        var logs: [Log]
        var processID: String
        var warnings: [String] = []
    }
    struct Reference: Encodable {
        var refType: String
        var traceID: String
        var spanID: String
    }
    struct Log: Encodable {
        var timestamp: Int64
        var fields: [Tag]
    }
    struct Process: Encodable {
        var serviceName: String
        var tags: [Tag]
    }
    struct Tag: Encodable {
        private enum Keys: CodingKey { case key, type, value }
        private enum Content {
            case value(TraceExport.Value)
            case yes
        }
        private var key: String
        private var content: Content

        init(_ key: String, _ value: TraceExport.Value) {
            self.key = key
            content = .value(value)
        }
        init(flag key: String) {
            self.key = key
            content = .yes
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(key, forKey: .key)
            switch content {
            case .value(.text(let text)):
                try container.encode("string", forKey: .type)
                try container.encode(text, forKey: .value)
            case .value(.integer(let number)):
                try container.encode("int64", forKey: .type)
                try container.encode(number, forKey: .value)
            case .yes:
                try container.encode("bool", forKey: .type)
                try container.encode(true, forKey: .value)
            }
        }
    }

    static func kind(_ kind: Results.Span.Kind) -> String {
        switch kind {
        case .server: "server"
        case .client, .user: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}
