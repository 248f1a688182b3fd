import Kernel
package import Model

/// What both formats of traces need besides the spans: names, and where simulated time begins.
package struct TraceExport: Sendable {
    /// Simulated time 0 is 2025-01-01 00:00:00 UTC: seconds since 1970.
    package static let epochSeconds: Int64 = 1_735_689_600

    package let traces: [Trace]
    let model: ModelDescription
    let version: String
    /// The upper half of every trace's identity: one for each topology and seed.
    let space: UInt64

    /// `topologyHash` is in hexadecimal digits.
    package init(
        _ traces: [Trace], model: ModelDescription, topologyHash: String, seed: UInt64,
        version: String
    ) {
        self.traces = traces
        self.model = model
        self.version = version
        space = CallIdentity.root((UInt64(topologyHash.prefix(16), radix: 16) ?? 0) ^ seed)
    }

    /// Hands on what has been written when it is worth it.
    func flush<Failure: Error>(
        _ text: inout JSONText, _ sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        guard text.bytes.count > 1 << 16 else { return }
        try sink(text.bytes)
        text.bytes.removeAll(keepingCapacity: true)
    }

    /// 32 hexadecimal digits, not all zero.
    func traceID(_ trace: Trace) -> String { Self.hexadecimal(space) + Self.hexadecimal(trace.id) }

    /// 16 digits.
    static func hexadecimal(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value >> (60 - 4 * UInt64(place)) & 15)
                digits[place] = digit < 10 ? 48 + digit : 87 + digit
            }
            return 16
        }
    }

    /// Nanoseconds since 1970.
    static func unixNanoseconds(_ instant: SimulatedInstant) -> Int64 {
        epochSeconds * 1_000_000_000 + instant.nanoseconds
    }

    /// Who a span belongs to: what tracing systems call a resource or a process.
    struct Resource: Hashable {
        var service: String
        /// Such as `cart-2`.
        var instance: String?
    }

    func resource(of span: Span) -> Resource {
        if let stream = span.stream {
            let streams = model.services[span.service].arrivals
            let name = stream < streams.count ? streams[stream].name : "\(stream)"
            return Resource(service: EdgeSummary.userPrefix + name, instance: nil)
        }
        let name = model.services[span.service].name
        return Resource(service: name, instance: span.replica.map { "\(name)-\($0)" })
    }

    private func target(of span: Span) -> (service: String, endpoint: String) {
        let service = model.services[span.target]
        let endpoint =
            span.endpoint < service.endpoints.count
            ? service.endpoints[span.endpoint].name : "\(span.endpoint)"
        return (service.name, endpoint)
    }

    /// `service/endpoint`, as remote calls are named.
    func name(of span: Span) -> String {
        let target = target(of: span)
        return "\(target.service)/\(target.endpoint)"
    }

    enum Value: Hashable {
        case text(String)
        case integer(Int64)
    }

    /// By the semantic conventions of OpenTelemetry where they have a name for it, else `topple.`.
    func attributes(of span: Span, in trace: Trace) -> [(key: StaticString, value: Value)] {
        let target = target(of: span)
        var found: [(key: StaticString, value: Value)] = [
            ("rpc.service", .text(target.service)), ("rpc.method", .text(target.endpoint)),
        ]
        if span.kind == .client || span.kind == .producer || span.kind == .user {
            found.append(("peer.service", .text(target.service)))
        }
        found.append(("topple.outcome", .text(span.ending.word)))
        if span.ending.isFailure { found.append(("error.type", .text(span.ending.word))) }
        if span.kind == .user {
            found.append(("topple.attempts", .integer(Int64(span.attempt + 1))))
            let reasons = trace.reasons.map(\.rawValue).joined(separator: ",")
            found.append(("topple.traced", .text(reasons)))
            let number = RequestIdentity.number(of: trace.request)
            found.append(("topple.request", .integer(Int64(number))))
        } else {
            found.append(("topple.cause", .text(span.causeWords)))
        }
        if span.kind == .client || span.kind == .producer {
            found.append(("topple.attempt", .integer(Int64(span.attempt + 1))))
        }
        if let begun = span.begun {
            found.append(("topple.queue.ns", .integer((begun - span.start).nanoseconds)))
        }
        return found
    }

    /// What happened inside a span.
    func notes(of span: Span) -> [Span.Note] {
        guard let begun = span.begun else { return span.notes }
        return [Span.Note(instant: begun, text: "begins")] + span.notes
    }
}

extension TraceExport {
    package enum Format: String, Sendable, CaseIterable {
        case otlp, jaeger
    }

    /// Writes the traces to a file in one of the formats.
    package func write(_ format: Format, to path: String) throws(ResultError) {
        try FileAccess.stream(to: path) { (sink) throws(ResultError) in
            switch format {
            case .otlp: try writeOpenTelemetry(sink)
            case .jaeger: try writeJaeger(sink)
            }
        }
    }
}
