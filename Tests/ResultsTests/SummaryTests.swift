import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("The summary of a run")
struct SummaryTests {
    @Test("holds what can be reckoned by hand")
    func reckonedByHand() throws {
        let run = try FinishedRun(steadyText)
        let summary = run.summary
        #expect(summary.name == "steady")
        #expect(summary.simulatedSeconds == 1)
        #expect(summary.violations.isEmpty)
        #expect(summary.digest == run.outcome.digest.description)
        #expect(summary.eventsCommitted == UInt64(run.events.count))

        // Nine users at 0.1 ... 0.9 s: 10 ms at web, 1 ms there, 5 ms at store, 1 ms back.
        let web = summary.services[0]
        let store = summary.services[1]
        #expect([web.requests, web.successes, web.inFlight] == [9, 9, 0])
        #expect(web.latency?.mean == 0.017)
        #expect(web.latency?.max == 0.017)
        #expect(abs(web.utilisation - 0.09) < 1e-12)
        #expect(abs(web.meanInSystem - 9 * 0.017) < 1e-12)
        #expect(abs(store.utilisation - 0.045) < 1e-12)

        #expect(summary.edges.map(\.from) == ["users:visitors", "web"])
        #expect(summary.edges.map(\.to) == ["web.\(endpointName(run))", "store"])
        #expect(summary.edges[1].latency?.p50 == 0.007)
        #expect(summary.users.map(\.from) == ["visitors"])
        #expect(summary.users[0].successes == 9)
    }

    private func endpointName(_ run: FinishedRun) -> String {
        run.topology.model.services[0].endpoints[0].name
    }

    @Test("is written with these keys and values")
    func golden() throws {
        let summary = try FinishedRun(steadyText).summary
        let object = try #require(
            JSONSerialization.jsonObject(with: summary.json()) as? [String: Any])
        #expect(
            object.keys.sorted() == [
                "bytes", "computingSeconds", "digest", "edges", "eventsCommitted",
                "eventsExecuted", "executions", "figures", "ledger", "messages", "name",
                "placement", "seed",
                "services", "simulatedSeconds", "startSeconds", "sweeps", "sync", "topologyHash",
                "transportSeconds", "version", "violations", "waitingSeconds", "wallSeconds",
                "windows", "workers",
            ])
        let text = String(decoding: summary.json(), as: UTF8.self)
        #expect(
            text.contains(
                """
                      "from" : "web",
                      "hedges" : 0,
                      "inFlight" : 0,
                      "lateAnswers" : 0,
                      "latency" : {
                        "count" : 9,
                        "max" : 0.007,
                        "mean" : 0.007,
                        "p50" : 0.007,
                        "p90" : 0.007,
                        "p99" : 0.007,
                        "p999" : 0.007
                      },
                      "lost" : 0,
                      "refusals" : {
                        "breaker" : 0,
                        "budget" : 0,
                        "pool" : 0,
                        "throttle" : 0
                      },
                      "requests" : 9,
                      "retries" : 0,
                      "successes" : 9,
                      "to" : "store",
                      "trips" : 0,
                      "work" : {
                        "failed" : 0,
                        "late" : 0,
                        "useful" : 0.045
                      }
                """))
        #expect(text.hasSuffix("}\n"))
    }

    @Test("says null where nothing succeeded")
    func nullLatency() throws {
        let run = try FinishedRun(
            steadyText.replacingOccurrences(of: "timeout: 1 s", with: "timeout: 1 ms"))
        #expect(run.summary.users[0].latency == nil)
        #expect(run.summary.users[0].failures.timeout == 9)
        #expect(run.summary.users[0].lateAnswers == 9)
        let text = String(decoding: run.summary.json(), as: UTF8.self)
        #expect(text.contains("\"latency\" : null"))
        #expect(try RunSummary(json: run.summary.json()) == run.summary)
    }

    @Test("adds up: every request is a success, a failure or in flight", arguments: 1...5)
    func sums(seed: UInt64) throws {
        let summary = try FinishedRun(randomText(), seed: seed).summary
        #expect(summary.violations.isEmpty)
        for service in summary.services {
            let failures = service.failures.rejected + service.failures.failed
            #expect(service.requests == service.successes + failures + service.inFlight)
            #expect(service.latency?.count ?? 0 == service.successes)
            #expect((0...1).contains(service.utilisation))
        }
        for edge in summary.edges {
            let failures = edge.failures.timeout + edge.failures.rejected + edge.failures.failed
            #expect(edge.requests == edge.successes + failures + edge.inFlight)
            #expect(edge.latency?.count ?? 0 == edge.successes)
        }
        #expect(summary.edges[0].failures.rejected + summary.edges[0].failures.failed > 0)
    }

    @Test("survives JSON unchanged, the largest seed too")
    func roundTrip() throws {
        let summary = try FinishedRun(randomText(), seed: .max).summary
        #expect(try RunSummary(json: summary.json()) == summary)
    }

    @Test("of a strange file is refused with the place of the fault")
    func refusals() throws {
        let good = String(decoding: try FinishedRun(steadyText).summary.json(), as: UTF8.self)
        func message(_ text: String) -> String {
            do throws(ResultError) {
                _ = try RunSummary(json: Data(text.utf8), path: "s.json")
                return "accepted"
            } catch { return error.description }
        }
        #expect(message("").contains("s.json: error: is not a summary of a run: it is not JSON"))
        #expect(message("[]").contains("fix:"))
        #expect(
            message(good.replacingOccurrences(of: "\"seed\"", with: "\"seeds\""))
                .contains("`seed` is missing"))
        #expect(
            message(good.replacingOccurrences(of: "\"replicas\" : 1", with: "\"replicas\" : \"x\""))
                .contains("`services.[0].replicas` is of the wrong type"))
    }
}

@Suite("The table of digests")
struct DigestTableTests {
    @Test("has every checkpoint, with the digest of exactly the events before it")
    func everyCheckpoint() throws {
        let run = try FinishedRun(
            randomText(seconds: 20).replacingOccurrences(
                of: "others: { to: store, rate: 20 req/s }",
                with: "others: { to: store, rate: 0.2 req/s }"))
        let table = run.digests
        #expect(table.services.map(\.name) == ["web", "store"])
        for (index, service) in table.services.enumerated() {
            #expect(service.rows.map(\.instant.seconds) == (1...20).map(Double.init))
            #expect(service.rows.last?.digest == run.outcome.processes[index].digest)
            for row in service.rows {
                var digest = StreamDigest()
                for event in run.events
                where event.service == UInt32(index) && event.instant < row.instant {
                    let code = UInt64(event.kind) | UInt64(event.detail) << 8
                    digest.fold(event.instant, event.call &+ code &* 0x9E37_79B9_7F4A_7C15)
                }
                #expect(digest == row.digest)
            }
        }
    }

    @Test("fills checkpoints in that no event noted")
    func quietTimes() throws {
        let text = steadyText.replacingOccurrences(of: "duration: 1 s", with: "duration: 40 s")
            .replacingOccurrences(of: "rate: 10 req/s", with: "rate: 0.1 req/s")
        let rows = try FinishedRun(text).digests.services[0].rows
        #expect(rows.count == 40)
        #expect(Set(rows.map(\.digest)).count == 4)
        #expect(rows[9].digest == StreamDigest())
        #expect(rows[10].digest != StreamDigest())
    }

    @Test("survives its text, and a damaged text names the line")
    func text() throws {
        let table = try FinishedRun(randomText()).digests
        #expect(try DigestTable(csv: table.csv) == table)
        var lines = table.csv.split(separator: "\n").map(String.init)
        lines[4] = "web,x,y"
        #expect {
            _ = try DigestTable(csv: lines.joined(separator: "\n"), path: "d.csv")
        } throws: { "\($0)".hasPrefix("d.csv:5: error: ") }
    }
}
