import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("Comparing two runs")
struct RunComparisonTests {
    private func compare(
        _ a: FinishedRun, _ b: FinishedRun, events: Bool = false,
        change: (String) throws -> Void = { _ in }
    ) throws -> RunComparison {
        try withTemporaryDirectory { directory in
            try a.write(to: directory + "/a", events: events)
            try b.write(to: directory + "/b", events: events)
            try change(directory)
            return RunComparison(
                try LoadedRun.load(directory + "/a"), try LoadedRun.load(directory + "/b"))
        }
    }

    /// The earliest first difference over all services, from all events of both runs.
    private func bruteForce(
        _ a: FinishedRun, _ b: FinishedRun
    ) -> (service: Int, index: Int, instant: SimulatedInstant)? {
        var best: (service: Int, index: Int, instant: SimulatedInstant)?
        for service in 0..<2 {
            let left = a.events.filter { $0.service == UInt32(service) }
            let right = b.events.filter { $0.service == UInt32(service) }
            for index in 0..<max(left.count, right.count) {
                let events = [left, right].compactMap { index < $0.count ? $0[index] : nil }
                if events.count == 2, events[0] == events[1] { continue }
                let instant = events.map(\.instant).min() ?? .never
                if instant < best?.instant ?? .never { best = (service, index, instant) }
                break
            }
        }
        return best
    }

    private func event(_ comparison: RunComparison) -> FirstDifference? {
        guard case .differs(_, let event) = comparison.result else { return nil }
        return event
    }

    private func interval(_ comparison: RunComparison) -> DifferingInterval? {
        guard case .differs(let interval, _) = comparison.result else { return nil }
        return interval
    }

    @Test("that are the same finds nothing")
    func identical() throws {
        let comparison = try compare(
            FinishedRun(randomText(), seed: 3), FinishedRun(randomText(), seed: 3))
        #expect(comparison.isIdentical)
        #expect(comparison.notes == [])
    }

    @Test("with different seeds names the first event, recorded or run again", arguments: 1...4)
    func seeds(seed: UInt64) throws {
        let a = try FinishedRun(randomText(), seed: seed)
        let b = try FinishedRun(randomText(), seed: seed + 100)
        let expected = try #require(bruteForce(a, b))
        let recorded = try compare(a, b, events: true)
        let again = try compare(a, b)
        #expect(recorded == again)
        #expect(recorded.notes == ["different seed: \(seed) and \(seed + 100)"])
        let found = try #require(event(recorded))
        #expect(found.service == ["web", "store"][expected.service])
        #expect(found.index == UInt64(expected.index))
        #expect(min(found.a?.instant ?? .never, found.b?.instant ?? .never) == expected.instant)
        #expect(found.a?.kind == "arrival" || found.b?.kind == "arrival")
        #expect(interval(recorded)?.start == .start)
    }

    @Test("that part late names the event where they do, recorded or run again")
    func partLate() throws {
        // The rates part at 7.3 s, in the eighth checkpoint interval.
        func text(_ rate: Int) -> String {
            randomText().replacingOccurrences(
                of: "others: { to: store, rate: 20 req/s }",
                with: "others: { to: store, rate: "
                    + "{ base: 20 req/s, spike: \(rate) req/s, from: 7.3 s, until: 9 s } }")
        }
        let a = try FinishedRun(text(60), seed: 5)
        let b = try FinishedRun(text(90), seed: 5)
        let expected = try #require(bruteForce(a, b))
        #expect(expected.instant > .start + .milliseconds(7_300))
        let recorded = try compare(a, b, events: true)
        #expect(try recorded == compare(a, b))
        #expect(interval(recorded)?.start == .start + .seconds(7))
        let found = try #require(event(recorded))
        #expect(found.index == UInt64(expected.index))
        #expect(min(found.a?.instant ?? .never, found.b?.instant ?? .never) == expected.instant)
        #expect(recorded.notes.count == 1)
        #expect(recorded.notes[0].hasPrefix("different topology: random ("))
        #expect(recorded.description.contains("store/others #"))
    }

    @Test("of different services compares those in common and names the others")
    func services() throws {
        let other = randomText().replacingOccurrences(of: "store", with: "depot")
        let comparison = try compare(FinishedRun(randomText()), FinishedRun(other))
        #expect(comparison.notes.contains { $0.hasSuffix("/a: store") })
        #expect(comparison.notes.contains { $0.hasSuffix("/b: depot") })
        #expect(!comparison.isIdentical)
    }

    @Test("of different lengths compares the time in common")
    func durations() throws {
        let comparison = try compare(
            FinishedRun(randomText(seconds: 5)), FinishedRun(randomText(seconds: 8)))
        #expect(comparison.result == .differs(first: nil, event: nil))
        #expect(comparison.notes.contains("different duration: 5 s and 8 s"))
        #expect(
            comparison.notes.contains("all services in common did the same up to 5 s"))
    }

    @Test("tells when running again contradicts what is stored")
    func contradiction() throws {
        let run = try FinishedRun(randomText())
        let comparison = try compare(run, run) { directory in
            let path = directory + "/b/digests.csv"
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let changed = lines.map { line in
                line.hasPrefix("store,") && !line.hasPrefix("store,1,")
                    ? String(line.dropLast(16)) + "0123456789abcdef" : String(line)
            }
            try write(changed.joined(separator: "\n"), to: path)
        }
        let found = try #require(interval(comparison))
        #expect(found.service == "store")
        #expect(found.start == .start + .seconds(1))
        #expect(found.end == .start + .seconds(2))
        #expect(event(comparison) == nil)
        #expect(
            comparison.notes.contains {
                $0.contains("/b: run again, store had other events before 2 s")
            })
    }

    @Test("runs again when a log of events was cut off")
    func damagedLog() throws {
        let a = try FinishedRun(randomText(), seed: 1)
        let b = try FinishedRun(randomText(), seed: 2)
        let whole = try compare(a, b)
        let damaged = try compare(a, b, events: true) { directory in
            #expect(truncate(directory + "/a/events.bin", 1_000) == 0)
        }
        #expect(damaged.result == whole.result)
        #expect(damaged.notes.contains { $0.contains("ends inside event 31") })
    }

    @Test("says why it cannot run a changed topology again")
    func changedTopology() throws {
        let a = try FinishedRun(randomText(), seed: 1)
        let b = try FinishedRun(randomText(), seed: 2)
        let comparison = try compare(a, b) { directory in
            try write(randomText(storeTime: "6 ms"), to: directory + "/b/topology.yaml")
        }
        #expect(event(comparison) == nil)
        #expect(interval(comparison) != nil)
        #expect(comparison.notes.contains { $0.contains("was changed after the run") })
    }

    @Test("refuses what is no result folder")
    func notResults() throws {
        try withTemporaryDirectory { directory in
            try write("x", to: directory + "/file")
            for path in ["/nothing", "/file", ""] {
                #expect {
                    _ = try LoadedRun.load(directory + path)
                } throws: { "\($0)".contains("fix: ") }
            }
        }
    }
}
