import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("Traces")
struct TraceTests {
    /// A sequential run of a topology with traces.
    private func run(
        _ text: String, _ traces: TraceSettings = TraceSettings(share: 1), seed: UInt64 = 1
    ) throws -> (TopologyFile, RunOutcome) {
        let topology = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")
        var run = SequentialRun<ServiceProcess>(
            topology.model,
            settings: RunSettings(seed: seed, duration: topology.duration, traces: traces))
        run.run(before: .never)
        return (topology, run.outcome())
    }

    private func milliseconds(_ instant: SimulatedInstant) -> Double {
        Double(instant.nanoseconds) / 1e6
    }

    @Test("a request without chance has the spans that it must have, at their times")
    func steady() throws {
        let (_, outcome) = try run(steadyText)
        let traces = TraceAssembly.traces(of: outcome)
        // The tenth user comes as the run ends.
        #expect(traces.count == 9)
        let spans = try #require(traces.first).spans
        #expect(spans.map(\.kind) == [.user, .server, .client, .server])
        #expect(spans.map(\.service) == [0, 0, 0, 1])
        // 10 ms of work, 1 ms on the way, 5 ms of work, 1 ms back.
        #expect(spans.map { milliseconds($0.start) } == [100, 100, 110, 111])
        #expect(spans.map { milliseconds($0.end) } == [117, 117, 117, 116])
        #expect(spans.compactMap(\.begun).map { milliseconds($0) } == [100, 111])
        #expect(spans.allSatisfy { $0.ending == .answered(.success) && $0.cause == 0 })
        #expect(spans.map(\.parent) == [nil] + spans.dropLast().map(\.id))
        #expect(spans.dropFirst().allSatisfy { $0.replica == 0 })
    }

    @Test("spans form trees that hold their children", arguments: 0..<25 as Range<UInt64>)
    func trees(number: UInt64) throws {
        let (topology, outcome) = try run(randomTopology(number))
        let layout = SystemLayout(topology.model, seed: 1)
        let leastLatency = layout.channels.map(\.lookahead).min() ?? .zero
        var clients = 0
        for trace in TraceAssembly.traces(of: outcome) {
            var byID: [UInt64: Span] = [:]
            for (index, span) in trace.spans.enumerated() {
                #expect(byID[span.id] == nil, "an identity twice in \(trace.request)")
                byID[span.id] = span
                #expect(span.start <= span.end)
                #expect(span.end <= outcome.end)
                guard let parentID = span.parent else {
                    #expect(index == 0 && span.kind == .user)
                    continue
                }
                // Parents come first, so there are no circles either.
                let parent = try #require(byID[parentID], "no parent in \(trace.request)")
                #expect(span.start >= parent.start)
                switch span.kind {
                case .client:
                    clients += 1
                    // Calls are awaited here, so the caller cannot be done before them.
                    #expect(parent.kind == .server)
                    #expect(span.end <= parent.end, "\(span) in \(parent)")
                case .server where parent.kind == .client:
                    #expect(span.start - parent.start >= leastLatency)
                    #expect(span.service == parent.target && span.endpoint == parent.endpoint)
                    if case .answered = parent.ending {
                        #expect(parent.end - span.end >= leastLatency)
                    }
                case .server:
                    #expect(span.start == parent.start || span.cause == 1)
                default: Issue.record("an unexpected span \(span)")
                }
            }
        }
        let attempts = outcome.processes.reduce(0) { sum, process in
            sum + process.edges.prefix(process.callEdges).reduce(0) { $0 + Int($1.requests) }
        }
        #expect(clients == attempts)
    }

    @Test("spans of all requests add up to the books", arguments: 0..<25 as Range<UInt64>)
    func books(number: UInt64) throws {
        let (_, outcome) = try run(randomTopology(number), seed: number)
        let spans = TraceAssembly.traces(of: outcome).flatMap(\.spans)
        for (service, process) in outcome.processes.enumerated() {
            let own = spans.filter { $0.service == service && $0.kind == .server }
            #expect(own.count == Int(process.counters.arrived))
            let sojourn = own.reduce(UInt64(0)) { $0 + ($1.end - $1.start).nanoseconds.magnitude }
            #expect(sojourn == process.counters.sojournSum &+ process.census.ages)
            func count(_ outcome: Outcome) -> UInt64 {
                UInt64(own.count { $0.ending == .answered(outcome) })
            }
            #expect(count(.success) == process.counters.succeeded)
            #expect(count(.rejected) == process.counters.rejected)
            #expect(count(.failed) == process.counters.failed)
            #expect(count(.unavailable) == process.counters.unavailable)
            #expect(UInt64(own.count { $0.ending == .cancelled }) == process.counters.cancelled)
            let queue = own.reduce(UInt64(0)) { sum, span in
                let end = span.begun ?? (span.ending == .unfinished ? span.start : span.end)
                return sum + (end - span.start).nanoseconds.magnitude
            }
            #expect(queue == process.counters.times.queue)
            for cause in 1...15 {
                let counted =
                    cause == 15
                    ? process.counters.causes[15] : process.counters.causes[cause]
                #expect(UInt64(own.count { $0.cause == cause }) == counted)
            }
        }
    }

    @Test("the digest does not know of traces")
    func digest() throws {
        let text = randomTopology(3)
        let plain = try run(text, TraceSettings()).1
        let traced = try run(text, TraceSettings(share: 1, slowest: 5, failed: 5)).1
        #expect(plain.digest == traced.digest)
        #expect(plain.processes.allSatisfy { $0.marks.isEmpty && $0.tails.isEmpty })
    }

    @Test("the slowest and the failed of a run are those that all traces together show")
    func tails() throws {
        let text = randomText(seconds: 10, storeTime: "8 ms")
        let all = TraceAssembly.traces(of: try run(text).1)
        let (_, first) = try run(text, TraceSettings(share: 0, slowest: 5, failed: 4))
        let chosen = TraceAssembly.untracedTails(of: first)
        let (_, second) = try run(text, TraceSettings(chosen: chosen))
        #expect(second.digest == first.digest)
        let traces = TraceAssembly.traces(of: first, and: second)
        #expect(traces.map(\.request) == chosen)
        for stream in [(service: 0, number: 0), (service: 1, number: 0)] {
            let own = all.filter {
                RequestIdentity.service(of: $0.request).index == stream.service
            }
            let good = own.filter { $0.spans[0].ending == .answered(.success) }
            let slowest = good.map { $0.spans[0].end - $0.spans[0].start }.sorted(by: >).prefix(5)
            let found = traces.filter {
                RequestIdentity.service(of: $0.request).index == stream.service
                    && $0.reasons == [.slowest]
            }
            #expect(
                found.map { $0.spans[0].end - $0.spans[0].start }.sorted(by: >)
                    == Array(slowest))
            let failures = own.filter { $0.spans[0].ending.isFailure }
            let failed = traces.filter {
                RequestIdentity.service(of: $0.request).index == stream.service
                    && $0.reasons == [.failed]
            }
            #expect(failed.count == min(failures.count, 4))
            #expect(failed.allSatisfy { $0.spans[0].ending.isFailure })
            if stream.service == 0 { #expect(failures.count > 4) }
        }
        // A trace is the same whichever pass it comes from.
        for trace in traces {
            #expect(all.contains { $0.request == trace.request && $0.spans == trace.spans })
        }
    }

    @Test("sampling is keyed: a larger share traces what a smaller one does, and more")
    func sampling() throws {
        let text = randomText(seconds: 60)
        var before: Set<UInt64> = []
        var count = 0
        for share in [0.01, 0.1, 0.5, 1] {
            let traced = Set(
                TraceAssembly.traces(of: try run(text, TraceSettings(share: share)).1)
                    .map(\.request))
            #expect(traced.isSuperset(of: before))
            count = traced.count
            before = traced
            // About 7,200 requests: six standard deviations.
            let expected = 7_200 * share
            let spread = 6 * (7_200 * share * (1 - share)).squareRoot() + 6 * 7_200.squareRoot()
            #expect(abs(Double(count) - expected) < spread, "\(count) of \(expected)")
        }
        let other = Set(
            TraceAssembly.traces(of: try run(text, TraceSettings(share: 0.1), seed: 2).1)
                .map(\.request))
        let again = Set(
            TraceAssembly.traces(of: try run(text, TraceSettings(share: 0.1)).1).map(\.request))
        #expect(other != again)
    }

    @Test("calls that nobody waits for are producers and consumers; users try again by hand")
    func kinds() throws {
        let (_, outcome) = try run(
            """
            duration: 2 s
            services:
              web:
                steps:
                  - compute: 1 ms
                  - send: mail
                  - call: slow
              mail:
                steps: [{ compute: 50 ms }]
              slow:
                steps: [{ compute: 30 ms }]
            arrivals:
              visitors:
                to: web
                process: constant
                rate: 1 req/s
                timeout: 20 ms
                retries: { attempts: 3, delay: 5 ms }
            """)
        let trace = try #require(TraceAssembly.traces(of: outcome).first)
        let root = trace.spans[0]
        #expect(root.ending == .timedOut)
        #expect(root.notes.count { $0.text == "tries again" } == root.attempt)
        #expect(root.attempt > 0)
        let producers = trace.spans.filter { $0.kind == .producer }
        let consumers = trace.spans.filter { $0.kind == .consumer }
        #expect(producers.count == root.attempt + 1 && consumers.count == producers.count)
        #expect(producers.allSatisfy { $0.start == $0.end && $0.ending == .sent })
        #expect(Set(consumers.map(\.parent)) == Set(producers.map { $0.id }))
        let entries = trace.spans.filter { $0.parent == root.id }
        #expect(entries.map(\.cause) == [0] + Array(repeating: 1, count: root.attempt))
    }
}
