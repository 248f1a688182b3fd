package import Foundation
import Kernel
import Model

/// Traces as OTLP/JSON: an `ExportTraceServiceRequest` of the OpenTelemetry protocol 1.x.
///
/// As its JSON mapping says: identities in lower-case hexadecimal digits, 64-bit integers as decimal
/// strings, enumerations as numbers.
/// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
extension TraceExport {
    /// The text of `traces.otlp.json`. O(spans log spans).
    package func openTelemetryJSON() -> Data {
        var groups: [Resource: [OTLP.Span]] = [:]
        var order: [Resource] = []
        for trace in traces {
            let identity = traceID(trace)
            for span in trace.spans {
                let resource = resource(of: span)
                if groups[resource] == nil { order.append(resource) }
                groups[resource, default: []].append(
                    openTelemetrySpan(span, of: trace, in: identity))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = Data("{\"resourceSpans\":[".utf8)
        for (index, resource) in order.enumerated() {
            text += Data((index == 0 ? "\n" : ",\n").utf8)
            let group = OTLP.ResourceSpans(
                resource: OTLP.Resource(attributes: attributes(of: resource)),
                scopeSpans: [
                    OTLP.ScopeSpans(
                        scope: OTLP.Scope(name: "topple", version: version),
                        spans: groups[resource] ?? [])
                ])
            // Strings and integers are always encodable.
            text += (try? encoder.encode(group)) ?? Data()
        }
        return text + Data("\n]}\n".utf8)
    }

    private func attributes(of resource: Resource) -> [OTLP.Attribute] {
        var found: [OTLP.Attribute] = [
            OTLP.Attribute("service.name", .text(resource.service)),
            OTLP.Attribute("service.namespace", .text(model.name)),
        ]
        if let instance = resource.instance {
            found.append(OTLP.Attribute("service.instance.id", .text(instance)))
        }
        return found
    }

    private func openTelemetrySpan(
        _ span: Span, of trace: Trace, in identity: String
    ) -> OTLP.Span {
        OTLP.Span(
            traceId: identity, spanId: Self.hexadecimal(span.id),
            parentSpanId: span.parent.map { Self.hexadecimal($0) }, name: name(of: span),
            kind: OTLP.kind(span.kind),
            startTimeUnixNano: String(Self.unixNanoseconds(span.start)),
            endTimeUnixNano: String(Self.unixNanoseconds(span.end)),
            attributes: attributes(of: span, in: trace).map { OTLP.Attribute($0.key, $0.value) },
            events: notes(of: span).map {
                OTLP.Event(
                    timeUnixNano: String(Self.unixNanoseconds($0.instant)), name: $0.text)
            },
            status: span.ending.isFailure
                ? OTLP.Status(code: 2, message: span.ending.word) : OTLP.Status())
    }
}

/// The messages of the protocol, as far as they are written.
private enum OTLP {
    struct ResourceSpans: Encodable {
        var resource: Resource
        var scopeSpans: [ScopeSpans]
    }
    struct Resource: Encodable {
        var attributes: [Attribute]
    }
    struct ScopeSpans: Encodable {
        var scope: Scope
        var spans: [Span]
    }
    struct Scope: Encodable {
        var name: String
        var version: String
    }
    struct Span: Encodable {
        var traceId: String
        var spanId: String
        var parentSpanId: String?
        var name: String
        var kind: Int
        var startTimeUnixNano: String
        var endTimeUnixNano: String
        var attributes: [Attribute]
        var events: [Event]
        var status: Status
    }
    struct Event: Encodable {
        var timeUnixNano: String
        var name: String
    }
    struct Status: Encodable {
        var code: Int?
        var message: String?
    }
    struct Attribute: Encodable {
        struct AnyValue: Encodable {
            var stringValue: String?
            var intValue: String?
        }
        var key: String
        var value: AnyValue

        init(_ key: String, _ value: TraceExport.Value) {
            self.key = key
            switch value {
            case .text(let text): self.value = AnyValue(stringValue: text)
            case .integer(let number): self.value = AnyValue(intValue: String(number))
            }
        }
    }

    static func kind(_ kind: Results.Span.Kind) -> Int {
        switch kind {
        case .server: 2
        case .client, .user: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
