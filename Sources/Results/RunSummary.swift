package import Foundation

/// The results of a run in numbers: what `summary.json` holds.
///
/// Times are in seconds of simulated time, but for those that say "wall". Everything from `digest` to
/// `simulatedSeconds` and everything in `services`, `edges` and `violations` is the same however the
/// run was executed; the rest tells how it was.
package struct RunSummary: Codable, Hashable, Sendable {
    /// The digest over all committed events, as 16 hexadecimal digits.
    package var digest: String
    package var seed: UInt64
    /// SHA-256 of the topology and its companion files, as 64 hexadecimal digits.
    package var topologyHash: String
    /// Of Topple.
    package var version: String
    package var name: String
    package var placement: String
    package var sync: String
    package var workers: Int
    package var simulatedSeconds: Double
    /// Wall time until all workers were ready.
    package var startSeconds: Double
    /// Wall time from then to the last commit.
    package var wallSeconds: Double
    /// Wall time that workers spent executing events, summed over them.
    package var computingSeconds: Double
    /// Wall time that the coordinator waited for workers.
    package var waitingSeconds: Double
    /// Wall time that the coordinator sent and received.
    package var transportSeconds: Double
    package var eventsCommitted: UInt64
    /// Events executed, those that were thrown away included.
    package var eventsExecuted: UInt64
    package var windows: UInt64
    package var sweeps: UInt64
    package var executions: UInt64
    /// Messages between workers.
    package var messages: UInt64
    package var bytes: UInt64
    /// Broken laws, each as `service: law`; empty on every correct run.
    package var violations: [String]
    /// Who created load, and where work was wasted, in the whole system.
    package var ledger: LedgerSummary
    /// What became of the users after what happened to the system; `nil` when nothing did.
    package var verdict: Verdict?
    /// What runs are compared by.
    package var figures: RunFigures
    /// What the control plane did; `nil` when nothing scales.
    package var scaling: ScalingSummary?
    /// In the order of the topology.
    package var services: [ServiceSummary]
    /// Users' streams first, then calls between services; each by caller, then by target.
    package var edges: [EdgeSummary]

    /// What users saw: the edges from `users:NAME`, with `NAME` alone as their `from`.
    package var users: [EdgeSummary] {
        edges.compactMap { edge in
            guard edge.from.hasPrefix(EdgeSummary.userPrefix) else { return nil }
            var edge = edge
            edge.from.removeFirst(EdgeSummary.userPrefix.count)
            return edge
        }
    }
}

/// How long successful requests took, in seconds.
///
/// Count, mean and maximum are exact; the quantiles are within 0.4 % of the exact order statistic.
package struct LatencySummary: Codable, Hashable, Sendable {
    package var count: UInt64
    package var mean: Double
    package var p50: Double
    package var p90: Double
    package var p99: Double
    package var p999: Double
    package var max: Double
}

// MARK: - JSON

extension RunSummary {
    /// The text of `summary.json`: keys in alphabetical order, indented, with a final newline.
    package func json() -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Every value is encodable once infinite numbers are.
        let data = (try? encoder.encode(self)) ?? Data()
        return data + Data("\n".utf8)
    }

    /// Reads what ``json()`` writes, skipping unknown keys; `path` is for errors.
    package init(json: Data, path: String = "summary.json") throws(ResultError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: json)
        } catch {
            throw ResultError(
                path: path, message: "is not a summary of a run: \(Self.explain(error))",
                remedy: "name the folder of a run that Topple finished")
        }
    }

    private static func explain(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map { step in
                step.intValue.map { "[\($0)]" } ?? step.stringValue
            }.joined(separator: ".")
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "`\(place(context, key))` is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "`\(place(context))` is of the wrong type"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "`\(place(context))` is out of range"
        default: return "it is not JSON"
        }
    }
}
