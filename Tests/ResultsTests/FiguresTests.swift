import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing

@Suite("The figures of a run")
struct FiguresTests {
    private func interval(_ good: Double, _ bad: Double) -> UserInterval {
        UserInterval(calls: good + bad, good: good, bad: bad)
    }

    @Test("count error-seconds as the integral of the failing share")
    func errorSeconds() {
        func sum(_ users: [UserInterval], interval: Double = 1, end: Double) -> Double {
            RunFigures.errorSeconds(users, interval: interval, end: end)
        }
        #expect(sum([], end: 0) == 0)
        // Ten seconds of which every call fails are as bad as a hundred of which every tenth does.
        #expect(sum(Array(repeating: interval(0, 7), count: 10), end: 10) == 10)
        let tenth = sum(Array(repeating: interval(9, 1), count: 100), end: 100)
        #expect(abs(tenth - 10) < 1e-9)
        // An interval in which nothing ends goes on as before; the last one is short.
        let mixed = [interval(10, 0), interval(0, 10), interval(5, 5), interval(0, 0)]
        #expect(sum(mixed, interval: 2, end: 7) == 2 + 1 + 0.5)
        #expect(sum([interval(0, 0), interval(1, 1)], end: 2) == 0.5)
    }

    @Test("hold what can be reckoned by hand")
    func reckonedByHand() throws {
        let figures = try FinishedRun(steadyText).summary.figures
        #expect(figures.userCalls == 9)
        #expect(figures.userSuccesses == 9)
        #expect(figures.userFailures == 0)
        #expect(figures.errorSeconds == 0)
        #expect(figures.latencyP50 == 0.017)
        #expect(figures.latencyP99 == 0.017)
        #expect(figures.replicaSeconds == 2)
        #expect(figures.verdict == nil)
        #expect(figures.nodeSeconds == nil)
    }

    @Test("name the worst tier: where failures begin, not where they are handed on")
    func worstTier() throws {
        let run = try FinishedRun(
            steadyText.replacingOccurrences(of: "compute: 5 ms", with: "compute: 90 ms")
                .replacingOccurrences(
                    of: "call: store", with: "call: { service: store, timeout: 50 ms }"))
        #expect(run.summary.services[0].failures.failed == 9)
        let worst = try #require(run.summary.worstTier)
        #expect(worst.tier == 3)
        #expect(worst.services == ["store"])
        #expect(worst.timeouts > 0)
        #expect(try FinishedRun(steadyText).summary.worstTier == nil)
    }

    @Test("come with latencies of every interval that agree with those of the whole run")
    func intervals() throws {
        let run = try FinishedRun(randomText(seconds: 10))
        for (report, service) in zip(run.outcome.processes, run.summary.services) {
            let highest = report.series.map(\.latency.p99).max() ?? 0
            let lowest = report.series.filter { $0.succeeded > 0 }.map(\.latency.p50).min() ?? 0
            let latency = try #require(service.latency)
            #expect(Double(highest) <= latency.max * 1.000001)
            #expect(Double(highest) >= latency.p99 * 0.99)
            #expect(Double(lowest) > 0 && Double(lowest) <= latency.p50 * 1.01)
            for sample in report.series {
                #expect((sample.latency.p50 > 0) == (sample.succeeded > 0))
                #expect(sample.latency.p50 <= sample.latency.p90)
                #expect(sample.latencyMark == 0)
            }
            for sample in report.edgeSeries {
                #expect((sample.latency.p50 > 0) == (sample.successes > 0))
            }
        }
        let steady = try FinishedRun(steadyText)
        #expect(abs(steady.outcome.processes[0].series[0].latency.p90 - 0.017) < 1e-6)
    }
}

@Suite("Tables of text")
struct CSVTableTests {
    @Test("are read with their quotes, and a damaged one names the line")
    func reading() throws {
        let table = try CSVTable("a,b\n1,\"x, \"\"y\"\"\"\n2,\n", path: "t.csv")
        #expect(table.header == ["a", "b"])
        #expect(table.rows[0][1] == "x, \"y\"")
        #expect(try table.number(1, 0) == 2)
        #expect(try table.number(1, 1) == 0)
        #expect { _ = try table.number(0, 1) } throws: { "\($0)".hasPrefix("t.csv:2: error: ") }
        #expect { _ = try table.column("c") } throws: { "\($0)".contains("no column `c`") }
        #expect { _ = try CSVTable("a,b\n1\n", path: "t.csv") } throws: {
            "\($0)".hasPrefix("t.csv:2: error: ")
        }
        #expect { _ = try CSVTable("", path: "t.csv") } throws: { "\($0)".contains("is empty") }
    }
}
