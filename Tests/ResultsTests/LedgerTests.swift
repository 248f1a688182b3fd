import Coordination
import Foundation
import Model
import Results
import Testing

@Suite("The ledger")
struct LedgerTests {
    @Test("balances to the nanosecond on random topologies", arguments: 0..<40)
    func balances(number: UInt64) throws {
        let run = try FinishedRun(randomTopology(number))
        #expect(run.outcome.violations.isEmpty)
        #expect(run.summary.violations.isEmpty)
        // Nothing is under way any more, but for requests that wait for ever for a lost answer.
        let work = run.outcome.work
        #expect(work.computed > 0)
        #expect(work.inTransit == 0)
    }

    @Test("holds what random topologies are drawn for")
    func variety() throws {
        var seen = EdgeCounters()
        var lost: UInt64 = 0
        var dropped: UInt64 = 0
        for number in UInt64(0)..<40 {
            let outcome = try FinishedRun(randomTopology(number)).outcome
            dropped += outcome.work.dropped
            lost += outcome.work.lost
            for edge in outcome.processes.flatMap(\.edges) {
                seen.retries += edge.retries
                seen.hedges += edge.hedges
                seen.abandoned += edge.abandoned
                seen.lateAnswers += edge.lateAnswers
                seen.workLate += edge.workLate
                seen.workFailed += edge.workFailed
                seen.broken += edge.broken
            }
        }
        #expect(seen.retries > 1_000 && seen.hedges > 100 && seen.abandoned > 100)
        #expect(seen.lateAnswers > 1_000 && seen.workLate > 0 && seen.workFailed > 0)
        #expect(seen.broken > 0 && lost > 0 && dropped > 0)
    }

    @Test("balances in the middle of everything", arguments: 0..<20)
    func balancesUnderWay(number: UInt64) throws {
        let text = randomTopology(number).replacingOccurrences(
            of: "duration: 8 s", with: "duration: 1.3 s")
        let run = try FinishedRun(text)
        #expect(run.summary.violations.isEmpty)
        #expect(run.outcome.work.inTransit >= 0)
        for service in run.summary.services { #expect(service.work.inTransit >= 0) }
    }

    @Test("counts attempts by what made them")
    func causes() throws {
        // Every call of a times out, is made three times, and is none of b's success.
        let run = try FinishedRun(
            """
            duration: 4 s
            network: { latency: 1 ms }
            services:
              a:
                calls: { b: { timeout: 20 ms, retries: { attempts: 3 } } }
                steps: [{ call: b }]
              b: { cores: 8 cores, steps: [{ compute: 50 ms }] }
            arrivals:
              users: { to: a, process: constant, rate: { steps: [{ at: 0 s, rate: 10 req/s }, { at: 2 s, rate: 0 req/s }] } }
            """)
        let summary = run.summary
        let users = try #require(summary.edges.first)
        let edge = try #require(summary.edges.last)
        #expect(summary.violations.isEmpty)
        #expect(edge.calls == users.calls && users.calls > 15)
        #expect(edge.requests == 3 * edge.calls && edge.retries == 2 * edge.calls)
        #expect(edge.amplification == 3)
        #expect(edge.lateAnswers == edge.requests)
        let b = summary.services[1]
        #expect(b.causes.first == edge.calls)
        #expect(b.causes.retries == [0, edge.retries])
        #expect(b.causes.all == b.requests)
        #expect(summary.services.map(\.tier) == [2, 3])
        let tiers = summary.ledger.tiers
        #expect(tiers.map(\.tier) == [1, 2])
        #expect(tiers.map(\.amplification) == [1, 3])
        #expect(tiers[1].attemptsPerUserCall == 3)
        // All that was computed came too late.
        #expect(run.outcome.work.late == run.outcome.work.computed)
        #expect(summary.ledger.work.useful == 0)
    }
}
