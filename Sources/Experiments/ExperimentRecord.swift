import ControlPlane
package import Coordination
import Kernel
import Model
package import Results
package import Topology

/// What an experiment keeps of one run.
package struct ExperimentRecord: Codable, Hashable, Sendable {
    package var alternative: Int
    package var seed: UInt64
    package var digest: String
    package var figures: RunFigures
    package var curves: ExperimentCurves
    /// Broken laws; empty on every correct run.
    package var violations: [String]
}

/// A run over time, in at most ``mostPoints`` intervals of one length.
package struct ExperimentCurves: Codable, Hashable, Sendable {
    package static let mostPoints = 300

    /// One service whose replicas come and go.
    package struct Service: Codable, Hashable, Sendable {
        package var name: String
        /// Mean replicas that exist.
        package var replicas: [Double]
        /// The share of the requests that reach the service which it turns away itself: rejected, shed,
        /// expired or unavailable, 0...1.
        package var turnedAway: [Double]
    }

    /// Seconds.
    package var interval: Double
    /// The share of the users' calls that end in the interval which fail, 0...1.
    package var failing: [Double]
    /// Users' calls begun a second.
    package var offered: [Double]
    package var services: [Service]
}

extension ExperimentRecord {
    /// Reckons what is kept of a finished run. O(intervals × (services + streams)).
    package init(
        _ cell: ExperimentPlan.Cell, _ topology: TopologyFile, _ outcome: RunOutcome,
        _ settings: RunSettings
    ) {
        let series = RunSeries(
            model: topology.model, outcome: outcome, interval: settings.checkpointInterval)
        let run = RunDescription(
            name: topology.name, seed: cell.seed, topologyHash: topology.topologyHash,
            version: "", placement: "", sync: "", workers: 0)
        let summary = RunSummary(
            run: run, model: topology.model, outcome: outcome, series: series)
        alternative = cell.alternative
        seed = cell.seed
        digest = summary.digest
        figures = summary.figures
        violations = summary.violations
        curves = ExperimentCurves(series, scaled: topology.scaledServices)
    }
}

extension TopologyFile {
    /// Services whose replicas come and go.
    var scaledServices: [Int] {
        scaling?.services.indices.filter { scaling?.services[$0].bounds != nil } ?? []
    }
}

extension ExperimentCurves {
    init(_ series: RunSeries, scaled: [Int]) {
        let width = max(1, (series.count + Self.mostPoints - 1) / Self.mostPoints)
        let groups = stride(from: 0, to: series.count, by: width).map {
            $0..<min($0 + width, series.count)
        }
        interval = series.interval.seconds * Double(width)
        let users = series.users
        var share = 0.0
        failing = groups.map { group in
            let bad = users[group].reduce(0) { $0 + $1.bad }
            let ended = users[group].reduce(bad) { $0 + $1.good }
            if ended > 0 { share = bad / ended }
            return share
        }
        let lengths = groups.map { group in
            (series.end(of: group.upperBound) - series.end(of: group.lowerBound)).seconds
        }
        offered = zip(groups, lengths).map { group, seconds in
            users[group].reduce(0) { $0 + $1.calls } / seconds
        }
        services = scaled.map { service in
            let samples = series.samples(ofService: service)
            return Service(
                name: series.serviceNames[service],
                replicas: zip(groups, lengths).map { group, seconds in
                    samples[group].reduce(0) { $0 + Double($1.replicaTime) } / 1e9 / seconds
                },
                turnedAway: groups.map { group in
                    let arrived = samples[group].reduce(0) { $0 + Int($1.arrived) }
                    let away = samples[group].reduce(0) {
                        $0 + Int($1.rejected) + Int($1.shed) + Int($1.expired)
                            + Int($1.unavailable)
                    }
                    return arrived > 0 ? min(1, Double(away) / Double(arrived)) : 0
                })
        }
    }
}
