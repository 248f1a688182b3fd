import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("The run over time")
struct SeriesTests {
    private func rows(_ csv: String) -> [[String: String]] {
        let lines = csv.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { line in
            #expect(line.count == lines[0].count)
            return Dictionary(uniqueKeysWithValues: zip(lines[0], line))
        }
    }

    @Test("has a row an interval and service, and adds up to the run")
    func addsUp() throws {
        let run = try FinishedRun(randomText(seconds: 10))
        let series = RunSeries(
            model: run.topology.model, outcome: run.outcome,
            interval: run.settings.checkpointInterval)
        let services = rows(series.servicesCSV)
        let edges = rows(series.edgesCSV)
        #expect(services.count == 10 * 2)
        #expect(edges.count == 10 * 3)
        #expect(services.compactMap { $0["time_s"] }.last == "10")
        for summary in run.summary.services {
            let own = services.filter { $0["service"] == summary.name }
            func sum(_ key: String) -> Int { own.compactMap { Int($0[key] ?? "") }.reduce(0, +) }
            #expect(sum("arrived") == Int(summary.requests))
            #expect(sum("succeeded") == Int(summary.successes))
            #expect(sum("rejected") == Int(summary.failures.rejected))
            #expect(own.last?["requests"] == String(summary.inFlight))
            let mean = own.compactMap { Double($0["mean_requests"] ?? "") }.reduce(0, +) / 10
            #expect(abs(mean - summary.meanInSystem) < 1e-6)
        }
        for summary in run.summary.edges {
            let own = edges.filter { $0["from"] == summary.from && $0["to"] == summary.to }
            func sum(_ key: String) -> Int { own.compactMap { Int($0[key] ?? "") }.reduce(0, +) }
            #expect(own.count == 10)
            #expect(sum("attempts") == Int(summary.requests))
            #expect(sum("timeouts") == Int(summary.failures.timeout))
            #expect(sum("late_answers") == Int(summary.lateAnswers))
            #expect(sum("calls") == Int(summary.calls))
        }
    }

    @Test("carries levels through intervals in which nothing happens")
    func gaps() throws {
        // One request that takes ten seconds.
        let run = try FinishedRun(
            """
            duration: 12 s
            services: { a: { steps: [{ compute: 10 s }] } }
            arrivals:
              users: { to: a, process: constant, rate: { steps: [{ at: 0 s, rate: 1 req/s }, { at: 1.5 s, rate: 0 req/s }] } }
            """)
        let series = RunSeries(model: run.topology.model, outcome: run.outcome)
        let samples = series.samples(ofService: 0)
        #expect(samples.count == 12)
        #expect(samples.map(\.requests) == [0] + Array(repeating: 1, count: 10) + [0])
        #expect(samples[5].area == 1_000_000_000)
        #expect(samples.reduce(0) { $0 + $1.area } == 10_000_000_000)
    }

    @Test("cuts runs into whole seconds, at most 600 of them")
    func intervals() {
        #expect(RunSettings.checkpointInterval(for: .milliseconds(1)) == .seconds(1))
        #expect(RunSettings.checkpointInterval(for: .seconds(600)) == .seconds(1))
        #expect(RunSettings.checkpointInterval(for: .seconds(601)) == .seconds(2))
    }
}
