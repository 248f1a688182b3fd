import Foundation
import Kernel
import Reporting
import Results
import Testing

@Suite("A run's columns")
struct RunViewTests {
    @Test("hold what can be reckoned by hand")
    func reckonedByHand() throws {
        let written = try WrittenRun(steadyText)
        let view = try written.view()
        #expect(view.ends == (1...10).map(Double.init))
        #expect(view.services.map(\.name) == ["web", "store"])
        #expect(view.services.map(\.tier) == [2, 3])
        #expect(view.edges.map(\.from) == ["users:visitors", "web"])
        #expect(view.edges.map(\.caller) == [nil, 0])
        #expect(view.edges.map(\.target) == [0, 1])
        // From 2 s to 3 s: ten requests, 10 ms each on two cores; 17 ms each.
        #expect(view.services[0][.offered]?[2] == 10)
        #expect(view.services[0][.goodput]?[2] == 10)
        #expect(abs((view.services[0][.utilisation]?[2] ?? 0) - 0.05) < 1e-9)
        #expect(abs((view.services[0][.p99]?[2] ?? 0) - 0.017) < 1e-6)
        #expect(abs((view.edges[0][.p50]?[2] ?? 0) - 0.017) < 1e-6)
        #expect(abs((view.edges[1][.p50]?[2] ?? 0) - 0.007) < 1e-6)
        #expect(view.services[0][.badShare]?[2] == 0)
        // From 5 s to 6 s every call of the store is given up.
        #expect(view.services[0][.badShare]?[5] == 1)
        #expect(view.services[0][.p99]?[5] == 0)
        #expect(view.services[0][.shed] == nil)
        #expect(view.edges[1][.timeouts]?[5] == 10)
    }

    @Test("know what happened when")
    func events() throws {
        let events = try WrittenRun(steadyText).view().events
        let trigger = try #require(events.first)
        #expect(trigger.kind == .trigger)
        #expect((trigger.from, trigger.until) == (4, 6))
        #expect(trigger.words == "fault store-slow")
        #expect(events.contains { $0.kind == .recovery })
    }

    @Test("need the tables, and say which file is damaged")
    func damaged() throws {
        let written = try WrittenRun(steadyText)
        let series = written.path + "/series.csv"
        let text = try String(contentsOfFile: series, encoding: .utf8)
        try text.replacingOccurrences(of: "web,10", with: "web,x").write(
            toFile: series, atomically: false, encoding: .utf8)
        #expect { _ = try written.view() } throws: { "\($0)".contains("series.csv:") }
        try text.replacingOccurrences(of: "web,10", with: "web,9").write(
            toFile: series, atomically: false, encoding: .utf8)
        #expect { _ = try written.view() } throws: { "\($0)".contains("is not whole") }
        try String(text.dropLast()).write(toFile: series, atomically: false, encoding: .utf8)
        #expect { _ = try written.view() } throws: { "\($0)".contains("is cut off") }
        try FileManager.default.removeItem(atPath: series)
        #expect { _ = try written.view() } throws: { "\($0)".contains("run the simulation again") }
    }
}

@Suite("Runs side by side")
struct ComparedRunsTests {
    @Test("differ by what their figures do, in units and in per cent")
    func differences() throws {
        let slow = try WrittenRun(steadyText)
        let healthy = try WrittenRun(
            steadyText.replacingOccurrences(of: "factor: 40", with: "factor: 1.5"))
        let compared = ComparedRuns([
            try LoadedRun.load(slow.path), try LoadedRun.load(healthy.path),
        ])
        let errors = try #require(compared.rows.first { $0.figure == "errorSeconds" })
        let failures = try #require(compared.rows.first { $0.figure == "userFailures" })
        #expect(errors.values[1] == 0)
        #expect(failures.values[1] == 0)
        #expect(errors.differences[0] == nil)
        #expect(errors.shares[1] == -1)
        #expect(compared.difference(errors, 1).hasSuffix("(-100%)"))
        let calls = try #require(compared.rows.first { $0.figure == "userCalls" })
        #expect(calls.values == [99, 99])
        #expect(compared.difference(calls, 1) == "same")
        let cost = try #require(compared.rows.first { $0.figure == "replicaSeconds" })
        #expect(cost.values == [20, 20])
        #expect(compared.warnings.isEmpty)
        let object = try JSONSerialization.jsonObject(with: compared.json()) as? [String: Any]
        #expect((object?["runs"] as? [Any])?.count == 2)
    }

    @Test("with other seeds or lengths are told apart")
    func warnings() throws {
        let one = try WrittenRun(steadyText)
        let other = try WrittenRun(
            steadyText.replacingOccurrences(of: "duration: 10 s", with: "duration: 8 s"), seed: 2)
        let compared = ComparedRuns([
            try LoadedRun.load(one.path), try LoadedRun.load(other.path),
        ])
        #expect(compared.warnings.count == 2)
    }
}
