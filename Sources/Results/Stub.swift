package import Coordination
package import Foundation
package import Model
package import Topology

package struct RunDescription {
    package init(
        name: String, seed: UInt64, topologyHash: String, version: String, placement: String,
        sync: String, workers: Int, startSeconds: Double, wallSeconds: Double,
        computingSeconds: Double, waitingSeconds: Double, transportSeconds: Double
    ) {}
}
package struct RunSummary {
    package struct Latency { package var mean = 0.0, p50 = 0.0, p99 = 0.0 }
    package struct Failures {
        package var timeout: UInt64 = 0, rejected: UInt64 = 0, failed: UInt64 = 0
    }
    package struct Edge {
        package var from = "", to = "", requests: UInt64 = 0, successes: UInt64 = 0,
            inFlight: UInt64 = 0, failures = Failures(), latency: Latency? = nil
    }
    package struct Service {
        package var name = "", requests: UInt64 = 0, successes: UInt64 = 0, inFlight: UInt64 = 0,
            failures = Failures(), utilisation = 0.0, latency: Latency? = nil
    }
    package var name = "", seed: UInt64 = 0, simulatedSeconds = 0.0, wallSeconds = 0.0, digest = "",
        violations: [String] = []
    package var users: [Edge] = [], services: [Service] = []
    package var eventsCommitted: UInt64 = 0, eventsExecuted: UInt64 = 0, windows: UInt64 = 0,
        executions: UInt64 = 0, workers = 0
    package var startSeconds = 0.0, computingSeconds = 0.0, waitingSeconds = 0.0,
        transportSeconds = 0.0
    package init(run: RunDescription, model: ModelDescription, outcome: RunOutcome) {}
    package func json() throws -> Data { Data() }
}
package struct ResultError: Error {}
package final class EventLogWriter {
    package func write(_ e: [EventRecord]) throws {}; package func finish() throws {}
}
package struct StagedResult {
    package func abandon() {}
    package func eventWriter() throws -> EventLogWriter { EventLogWriter() }
    package func write(summary: RunSummary) throws {}
    package func write(topology: TopologyFile) throws {}
    package func write(digestsOf: RunOutcome, model: ModelDescription, settings: RunSettings) throws
    {}
    package func commit() throws {}
}
package enum ResultFolder {
    package static func stage(at path: String, force: Bool) throws(ResultError) -> StagedResult {
        StagedResult()
    }
}
package struct LoadedRun {
    package static func load(_ p: String) throws -> LoadedRun { LoadedRun() }
}
package struct RunComparison {
    package init(_ a: LoadedRun, _ b: LoadedRun) {}; package var report: [String] { [] };
    package var isIdentical: Bool { true }
}
