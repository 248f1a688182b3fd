import Foundation

/// What the page's script draws from: the run's columns, packed.
struct PageData: Encodable {
    struct Named: Encodable {
        /// Name, tier (of services) and numbers of the ends (of edges; a stream is -1 - its number).
        var n: String
        var t: Int?
        var f: Int?
        var to: Int?
        /// Columns by measure.
        var s: [String: String]
    }
    struct MeasureWords: Encodable {
        var title: String
        var unit: String
        var definition: String
    }

    var end: Double
    /// The length of an interval, and how many there are.
    var interval: Double
    var count: Int
    var services: [Named]
    var streams: [Named]
    var edges: [Named]
    /// Second, service, replicas.
    var wanted: [[Double]]
    var events: [TimelineEvent]
    var measures: [String: MeasureWords]
    var causes: [String]

    /// Measures of edges that the page draws.
    private static let ofEdges: [Measure] = [.attempts, .badShare, .retries]
    private static let ofStreams: [Measure] = [.offered, .goodput, .failed, .p50, .p90, .p99]

    init(_ run: RunView) {
        end = run.seconds
        interval = run.ends.first ?? 1
        count = run.ends.count
        services = run.services.map { service in
            Named(
                n: service.name, t: service.tier, s: Self.packed(service.columns, Measure.allCases))
        }
        streams = run.streams.map { Named(n: $0.from, s: Self.packed($0.columns, Self.ofStreams)) }
        var stream = 0
        edges = run.edges.map { edge in
            if edge.caller == nil { stream += 1 }
            return Named(
                n: "\(edge.from) → \(edge.to)", f: edge.caller ?? -stream, to: edge.target,
                s: Self.packed(edge.columns, Self.ofEdges))
        }
        wanted = run.wanted.map { [$0.seconds, Double($0.service), Double($0.replicas)] }
        events = run.events
        measures = Dictionary(
            uniqueKeysWithValues: Measure.allCases.map {
                (
                    $0.rawValue,
                    MeasureWords(
                        title: $0.title, unit: $0.unit, definition: Definition.id(of: $0))
                )
            })
        causes = Measure.causes.map(\.rawValue)
    }

    private static func packed(
        _ columns: [Measure: [Double]], _ wanted: [Measure]
    ) -> [String: String] {
        var texts: [String: String] = [:]
        for measure in wanted {
            guard let column = columns[measure] else { continue }
            texts[measure.rawValue] = PackedSeries.pack(column, isLatency: measure.isLatency)
        }
        return texts
    }

    /// JSON that may stand inside a `script` element.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self).replacing("<", with: "\\u003c")
    }
}
