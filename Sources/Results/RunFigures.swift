import ControlPlane
package import Coordination
import Kernel
import Model

/// The numbers of one run that runs are compared by. Seconds are of simulated time.
///
/// All is about users, who make calls and see them succeed or fail, and about what that cost.
package struct RunFigures: Codable, Hashable, Sendable {
    /// Calls that users began, each with all its attempts, and those that ended well and badly.
    package var userCalls: UInt64
    package var userSuccesses: UInt64
    package var userFailures: UInt64
    /// ∫ (the share of failures among the users' calls that end) dt; see ``errorSeconds(_:interval:end:)``.
    package var errorSeconds: Double
    /// Of all streams' successful attempts together; missing when there were none.
    package var latencyP50: Double?
    package var latencyP99: Double?
    /// What became of the users after a trigger; missing when there was none.
    package var verdict: Verdict.State?
    /// From the trigger's end on; missing when there was no trigger, or the system never came back.
    package var secondsToRecover: Double?
    /// ∫ replicas that exist dt, over all services.
    package var replicaSeconds: Double
    /// ∫ nodes that exist dt; missing when there are no nodes.
    package var nodeSeconds: Double?
}

extension RunFigures {
    /// Reckons the figures of a finished run. O(intervals × streams + histogram buckets).
    ///
    /// - Parameters:
    ///   - outcome: of the run.
    ///   - series: the run over time.
    ///   - verdict: on the run.
    ///   - replicaSeconds: by service.
    package init(
        _ outcome: RunOutcome, series: RunSeries, verdict: Verdict?, replicaSeconds: [Double]
    ) {
        var latency = LatencyHistogram()
        var calls: UInt64 = 0
        var good: UInt64 = 0
        var bad: UInt64 = 0
        for report in outcome.processes {
            for stream in report.edges.indices.dropFirst(report.callEdges) {
                calls &+= report.edges[stream].calls
                good &+= report.edges[stream].callSuccesses
                bad &+= report.edges[stream].callFailures
                if stream + 1 < report.latencies.count {
                    latency.merge(report.latencies[stream + 1])
                }
            }
        }
        userCalls = calls
        userSuccesses = good
        userFailures = bad
        errorSeconds = Self.errorSeconds(
            series.users, interval: series.interval.seconds, end: series.end.seconds)
        latencyP50 = latency.quantile(0.5)?.seconds
        latencyP99 = latency.quantile(0.99)?.seconds
        self.verdict = verdict?.state
        secondsToRecover = verdict?.secondsToRecover
        self.replicaSeconds = replicaSeconds.reduce(0, +)
        nodeSeconds = outcome.control?.nodes?.nodeSeconds
    }

    /// The integral over time of the share of users' calls that fail, in seconds: ten seconds in which
    /// every call fails are ten, and so are a hundred in which every tenth does.
    ///
    /// The share of an interval is failures / (successes + failures) among the calls that ended in it.
    /// An interval in which none ended has the share of the one before, the first 0.
    ///
    /// - Parameters:
    ///   - users: by interval, how the users' calls ended.
    ///   - interval: the length of all but the last, in seconds.
    ///   - end: when the last ends.
    /// - Returns: 0 to `end` seconds.
    package static func errorSeconds(
        _ users: [UserInterval], interval: Double, end: Double
    ) -> Double {
        var share = 0.0
        var sum = 0.0
        for (index, user) in users.enumerated() {
            let begin = Double(index) * interval
            let ended = user.good + user.bad
            if ended > 0 { share = user.bad / ended }
            sum += share * max(min(interval, end - begin), 0)
        }
        return sum
    }
}

// MARK: - Each by itself

extension RunFigures {
    /// One of the figures: what it is called, measured in and worth.
    package struct Kind: Sendable {
        /// In JSON and arguments.
        package let name: String
        /// For people.
        package let title: String
        package let unit: String
        /// Whether less of it is better; `nil` when neither is.
        package let lessIsBetter: Bool?
        package let value: @Sendable (RunFigures) -> Double?
    }

    /// All figures, in the order of tables.
    package static let kinds: [Kind] = [
        Kind(name: "userCalls", title: "users' calls", unit: "calls", lessIsBetter: nil) {
            Double($0.userCalls)
        },
        Kind(name: "userFailures", title: "failed calls", unit: "calls", lessIsBetter: true) {
            Double($0.userFailures)
        },
        Kind(name: "errorSeconds", title: "error-seconds", unit: "s", lessIsBetter: true) {
            $0.errorSeconds
        },
        Kind(name: "latencyP50", title: "latency p50", unit: "s", lessIsBetter: true) {
            $0.latencyP50
        },
        Kind(name: "latencyP99", title: "latency p99", unit: "s", lessIsBetter: true) {
            $0.latencyP99
        },
        Kind(name: "secondsToRecover", title: "time to recover", unit: "s", lessIsBetter: true) {
            $0.secondsToRecover
        },
        Kind(name: "replicaSeconds", title: "replica time", unit: "s", lessIsBetter: true) {
            $0.replicaSeconds
        },
        Kind(name: "nodeSeconds", title: "node time", unit: "s", lessIsBetter: true) {
            $0.nodeSeconds
        },
    ]
}
