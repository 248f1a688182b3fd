import Coordination
import Foundation
import Kernel
import Model
import Testing
import Topology

/// A committed scenario of `topologies/phenomena`, ready to run in this process.
struct Scenario {
    let file: TopologyFile

    /// The scenario in `topologies/phenomena/NAME.yaml`.
    ///
    /// - Parameters:
    ///   - name: such as `01-retry-storm`.
    ///   - changes: texts that stand in the file, each with what a variant of it has instead.
    /// - Throws: when there is no such file, no such text in it, or something is wrong with it.
    init(_ name: String, changes: KeyValuePairs<String, String> = [:]) throws {
        let path = Self.folder + "/\(name).yaml"
        var text = try String(contentsOfFile: path, encoding: .utf8)
        for (old, new) in changes {
            try #require(text.contains(old), "\(name).yaml does not contain: \(old)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        file = try TopologyFile.parse(text: text, name: path, baseDirectory: Self.folder)
    }

    /// Runs it as `topple run --seed SEED` does, with series of one second; the laws must hold.
    func run(
        seed: UInt64, duration: SimulatedDuration? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> ScenarioRun {
        let settings = RunSettings(
            seed: seed, duration: duration ?? file.duration, checkpointInterval: .seconds(1))
        var run = SequentialRun<ServiceProcess>(file.model, settings: settings)
        run.run(before: settings.end)
        let outcome = run.outcome()
        #expect(
            outcome.violations.isEmpty, "\(outcome.violations)", sourceLocation: sourceLocation)
        return ScenarioRun(
            model: file.model, layout: SystemLayout(file.model, seed: seed), outcome: outcome)
    }

    private static let folder: String = {
        let root = #filePath.components(separatedBy: "/Tests/").dropLast()
        return root.joined(separator: "/Tests/") + "/topologies/phenomena"
    }()
}

/// What a run of a scenario gave, by the names in its file.
///
/// A name that the file does not have fails the test and reads as a service or stream without events.
struct ScenarioRun {
    let model: ModelDescription
    let layout: SystemLayout
    let outcome: RunOutcome

    // MARK: The whole run

    /// The counters of a service.
    func service(_ name: String) -> ServiceCounters { report(name).counters }

    /// The calls that one service made of another.
    func edge(_ source: String, _ target: String) -> EdgeCounters {
        guard let index = edgeIndex(source, target) else { return EdgeCounters() }
        return report(source).edges[index]
    }

    /// The requests of a stream of users.
    func users(_ stream: String) -> EdgeCounters {
        guard let place = streamPlace(stream) else { return EdgeCounters() }
        return outcome.processes[place.service].edges[place.edge]
    }

    /// How long the successful answers of a service took, from a request's arrival.
    func latencies(_ service: String) -> LatencyHistogram {
        report(service).latencies.first ?? LatencyHistogram()
    }

    /// How long the successful attempts of a service's calls to another took.
    func latencies(_ source: String, _ target: String) -> LatencyHistogram {
        guard let index = edgeIndex(source, target) else { return LatencyHistogram() }
        return report(source).latencies[index + 1]
    }

    /// How long the successful requests of a stream of users took.
    func userLatencies(_ stream: String) -> LatencyHistogram {
        guard let place = streamPlace(stream) else { return LatencyHistogram() }
        return outcome.processes[place.service].latencies[place.edge + 1]
    }

    /// Share of its cores' time that a service used over the whole run.
    func utilisation(_ name: String) -> Double {
        guard let index = serviceIndex(name) else { return 0 }
        let service = model.services[index]
        let report = outcome.processes[index]
        let used = report.counters.computeTime &- report.census.computeTimeLeft
        return Double(used) / 1e9
            / (outcome.end.seconds * Double(service.replicas * service.cores))
    }

    // MARK: Windows of time, in whole seconds

    /// What happened at a service from one second to another.
    func service(_ name: String, _ window: Range<Int>) -> ServiceWindow {
        ServiceWindow(samples: report(name).series, window)
    }

    /// What happened to the calls of one service to another from one second to another.
    func edge(_ source: String, _ target: String, _ window: Range<Int>) -> EdgeWindow {
        guard let index = edgeIndex(source, target) else {
            return EdgeWindow(samples: [], edges: [], window)
        }
        return EdgeWindow(samples: report(source).edgeSeries, edges: [index], window)
    }

    /// What happened to a stream's requests from one second to another, counted when it happened.
    func users(_ stream: String, _ window: Range<Int>) -> EdgeWindow {
        guard let place = streamPlace(stream) else {
            return EdgeWindow(samples: [], edges: [], window)
        }
        return EdgeWindow(
            samples: outcome.processes[place.service].edgeSeries, edges: [place.edge], window)
    }

    /// What happened to the requests of all users from one second to another.
    func users(_ window: Range<Int>) -> EdgeWindow {
        var whole = EdgeWindow(samples: [], edges: [], window)
        for (index, service) in model.services.enumerated() {
            let first = layout.services[index].outgoing.count
            whole.add(
                outcome.processes[index].edgeSeries,
                edges: Array(first..<first + service.arrivals.count))
        }
        return whole
    }

    /// All samples of a service, one for each second in which something happened.
    func series(_ name: String) -> [ServiceSample] { report(name).series }

    // MARK: Names

    /// Everything that a service says of itself.
    func report(_ name: String) -> ProcessReport {
        serviceIndex(name).map { outcome.processes[$0] } ?? ProcessReport()
    }

    private func serviceIndex(_ name: String) -> Int? {
        let index = model.services.firstIndex { $0.name == name }
        #expect(index != nil, "there is no service `\(name)`")
        return index
    }

    private func edgeIndex(_ source: String, _ target: String) -> Int? {
        guard let from = serviceIndex(source), let to = serviceIndex(target) else { return nil }
        let index = layout.services[from].outgoing.firstIndex { $0.target.index == to }
        #expect(index != nil, "`\(source)` does not call `\(target)`")
        return index
    }

    private func streamPlace(_ name: String) -> (service: Int, edge: Int)? {
        for (index, service) in model.services.enumerated() {
            if let stream = service.arrivals.firstIndex(where: { $0.name == name }) {
                return (index, layout.services[index].outgoing.count + stream)
            }
        }
        Issue.record("there are no arrivals `\(name)`")
        return nil
    }
}

/// Sums of a service's samples over some seconds.
struct ServiceWindow {
    let samples: [ServiceSample]
    let seconds: Double

    init(samples: [ServiceSample], _ window: Range<Int>) {
        self.samples = samples.filter { window.contains(Int($0.number) - 1) }
        seconds = Double(window.count)
    }

    func sum(_ field: KeyPath<ServiceSample, UInt32>) -> Double {
        samples.reduce(0) { $0 + Double($1[keyPath: field]) }
    }
    func sum(_ field: KeyPath<ServiceSample, UInt64>) -> Double {
        samples.reduce(0) { $0 + Double($1[keyPath: field]) }
    }
    /// Events of a kind for each second.
    func rate(_ field: KeyPath<ServiceSample, UInt32>) -> Double { sum(field) / seconds }

    /// Requests that came, for each second.
    var arrivalRate: Double { rate(\.arrived) }
    /// Requests in the service, averaged over time.
    var meanRequests: Double { sum(\.area) / 1e9 / seconds }
    /// Cores busy, averaged over time (steps count when they begin).
    var busyCores: Double { sum(\.computeTime) / 1e9 / seconds }
    /// The level at the end of the last second in which something happened.
    func last(_ level: KeyPath<ServiceSample, UInt32>) -> Int {
        samples.last.map { Int($0[keyPath: level]) } ?? 0
    }
}

/// Sums of the samples of calls, or of users' requests, over some seconds.
struct EdgeWindow {
    private(set) var samples: [EdgeSample] = []
    let window: Range<Int>

    init(samples: [EdgeSample], edges: [Int], _ window: Range<Int>) {
        self.window = window
        add(samples, edges: edges)
    }

    mutating func add(_ all: [EdgeSample], edges: [Int]) {
        samples += all.filter {
            edges.contains(Int($0.edge)) && window.contains(Int($0.number) - 1)
        }
    }

    func sum(_ field: KeyPath<EdgeSample, UInt32>) -> Double {
        samples.reduce(0) { $0 + Double($1[keyPath: field]) }
    }
    /// Events of a kind for each second.
    func rate(_ field: KeyPath<EdgeSample, UInt32>) -> Double { sum(field) / Double(window.count) }

    /// Calls for each second, each with all its attempts.
    var callRate: Double { rate(\.calls) }
    /// Calls that succeeded, for each second.
    var goodput: Double { rate(\.callSuccesses) }
    /// Share of the calls ended in this time that succeeded.
    var success: Double {
        let (good, bad) = (sum(\.callSuccesses), sum(\.callFailures))
        return good + bad > 0 ? good / (good + bad) : 0
    }
}
