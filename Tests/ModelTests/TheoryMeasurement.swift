import Coordination
import Kernel
import Model
import Testing

/// What one service did between the end of the warm-up and the end of a run.
struct ServiceWindow {
    /// Requests a second.
    var arrivalRate: Double
    var rejectedShare: Double
    var expiredShare: Double
    var meanInSystem: Double
    /// Seconds that a request waited for a thread, those that gave up included.
    var meanWait: Double
    /// Seconds a successful request was in the service.
    var meanSojourn: Double
    /// Core seconds begun a second.
    var work: Double
    /// By stream of users: seconds that a successful request took.
    var sojourns: [Double]
}

/// Independent replications of one model, each with its own seed.
struct Replications {
    static let count = 15
    /// Student's t with 14 degrees of freedom, two-sided 99.9%.
    static let quantile = 4.140

    /// By replication, by service.
    let windows: [[ServiceWindow]]

    /// Runs `services` for `warmUp` and then `seconds` more, ``count`` times.
    init(_ services: [ServiceDescription], warmUp: Int64 = 2, seconds: Int64) {
        windows = (1...UInt64(Self.count)).map { seed in
            var run = SequentialRun<ServiceProcess>(
                ModelDescription(name: "theory", services: services),
                settings: RunSettings(seed: seed, duration: .seconds(warmUp + seconds)))
            run.run(before: .start + .seconds(warmUp))
            let before = run.outcome().processes
            run.run(before: .never)
            let outcome = run.outcome()
            #expect(outcome.violations.isEmpty)
            return zip(before, outcome.processes).map {
                ServiceWindow(from: $0, to: $1, seconds: Double(seconds))
            }
        }
    }

    /// Expects that `expected` lies in the 99.9% confidence interval of the mean of `quantity`, and
    /// that the interval is narrower than ± `precision` of it.
    func expect(
        _ quantity: (ServiceWindow) -> Double, of service: Int = 0, toBe expected: Double,
        precision: Double = 0.05, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let values = windows.map { quantity($0[service]) }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let halfWidth = Self.quantile * (variance / n).squareRoot()
        #expect(
            abs(mean - expected) <= halfWidth, "\(mean) ± \(halfWidth), not \(expected)",
            sourceLocation: sourceLocation)
        #expect(
            halfWidth <= precision * expected, "± \(halfWidth / expected) is too wide a margin",
            sourceLocation: sourceLocation)
    }
}

extension ServiceWindow {
    init(from before: ProcessReport, to after: ProcessReport, seconds: Double) {
        func difference(_ field: (ServiceCounters) -> UInt64) -> Double {
            Double(field(after.counters) &- field(before.counters))
        }
        let arrived = difference(\.arrived)
        arrivalRate = arrived / seconds
        rejectedShare = difference(\.rejected) / arrived
        expiredShare = difference(\.expired) / arrived
        meanInSystem = difference(\.inSystemArea) / 1e9 / seconds
        meanWait = difference(\.times.queue) / 1e9 / arrived
        let sum = after.latencies[0].sumOfNanoseconds - before.latencies[0].sumOfNanoseconds
        meanSojourn = Double(sum) / 1e9 / difference(\.succeeded)
        work = difference(\.computeTime) / 1e9 / seconds
        sojourns = zip(before.latencies, after.latencies).dropFirst(1 + after.callEdges).map {
            Double($1.sumOfNanoseconds - $0.sumOfNanoseconds) / 1e9 / Double($1.count - $0.count)
        }
    }
}
