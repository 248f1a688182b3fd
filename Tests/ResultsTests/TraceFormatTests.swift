import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("Formats of traces and metrics")
struct TraceFormatTests {
    private func steady(_ text: String = steadyText) throws -> TraceExport {
        let topology = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")
        var run = SequentialRun<ServiceProcess>(
            topology.model,
            settings: RunSettings(
                seed: 1, duration: topology.duration, traces: TraceSettings(share: 1)))
        run.run(before: .never)
        return TraceExport(
            TraceAssembly.traces(of: run.outcome()), model: topology.model,
            topologyHash: topology.topologyHash, seed: 1, version: "1.2.3")
    }

    private func object(
        _ write: (([UInt8]) -> Void) -> Void
    ) throws -> [String: Any] {
        var bytes: [UInt8] = []
        write { bytes += $0 }
        return try #require(
            JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("OTLP has identities in hexadecimal digits and times as strings")
    func openTelemetry() throws {
        let export = try steady()
        let document = try object { sink in export.writeOpenTelemetry(sink) }
        let groups = try #require(document["resourceSpans"] as? [[String: Any]])
        #expect(groups.count == 3)
        let scopes = try #require(groups[2]["scopeSpans"] as? [[String: Any]])
        #expect(scopes[0]["scope"] as? [String: String] == ["name": "topple", "version": "1.2.3"])
        let spans = try #require(scopes[0]["spans"] as? [[String: Any]])
        let span = try #require(spans.first)
        #expect(spans.count == 9)
        #expect((span["traceId"] as? String)?.count == 32)
        #expect((span["spanId"] as? String)?.count == 16)
        #expect((span["parentSpanId"] as? String)?.count == 16)
        #expect(span["name"] as? String == "store/default")
        #expect(span["kind"] as? Int == 2)
        // 111 ms and 116 ms after the epoch.
        #expect(span["startTimeUnixNano"] as? String == "1735689600111000000")
        #expect(span["endTimeUnixNano"] as? String == "1735689600116000000")
    }

    @Test("Jaeger's format names processes and microseconds")
    func jaeger() throws {
        let export = try steady()
        let document = try object { sink in export.writeJaeger(sink) }
        let traces = try #require(document["data"] as? [[String: Any]])
        #expect(traces.count == 9)
        let spans = try #require(traces[0]["spans"] as? [[String: Any]])
        let processes = try #require(traces[0]["processes"] as? [String: [String: Any]])
        let names = spans.map {
            processes[$0["processID"] as? String ?? ""]?["serviceName"] as? String
        }
        #expect(names == ["users:visitors", "web", "web", "store"])
        #expect(spans[3]["startTime"] as? Int == 1_735_689_600_111_000)
        #expect(spans[3]["duration"] as? Int == 5_000)
        let references = try #require(spans[3]["references"] as? [[String: String]])
        #expect(references.first?["spanID"] == spans[2]["spanID"] as? String)
    }

    @Test("names with quotes, backslashes and commas survive in every format")
    func escaping() throws {
        let name = #"a "b" \c, d"#
        let text = steadyText.replacingOccurrences(
            of: "visitors:", with: "'\(name)':")
        guard (try? TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")) != nil else {
            return  // Such names are refused before they get here.
        }
        let export = try steady(text)
        let document = try object { sink in export.writeJaeger(sink) }
        let traces = try #require(document["data"] as? [[String: Any]])
        let processes = try #require(traces[0]["processes"] as? [String: [String: Any]])
        #expect(processes["p1"]?["serviceName"] as? String == "users:\(name)")
    }

    @Test("an interval in which nothing succeeded has no latency, and the rest of its samples")
    func emptyCells() throws {
        try withTemporaryDirectory { directory in
            let series = "time_s,service,arrived,latency_p50_s,latency_p90_s,latency_p99_s\n"
            try Data((series + "1,web,3,,,\n2,web,4,0.5,0.6,0.75\n").utf8).write(
                to: URL(fileURLWithPath: directory + "/series.csv"))
            try Data("time_s,from,to,calls\n".utf8).write(
                to: URL(fileURLWithPath: directory + "/edges.csv"))
            var text = ""
            try PrometheusText(folder: directory, format: .prometheus).write { text += $0 }
            let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            let latencies = lines.filter { $0.contains("latency") }.map { String($0) }
            let expected = [("0.5", "0.5"), ("0.9", "0.6"), ("0.99", "0.75")].map {
                "topple_latency_seconds{service=\"web\",quantile=\"\($0)\"} \($1) 1735689602000"
            }
            #expect(latencies == expected)
            #expect(lines.count { $0.hasPrefix("topple_requests_total") } == 3)
        }
    }

    @Test("counters of the exposition are running sums that begin with nothing")
    func prometheus() throws {
        try withTemporaryDirectory { directory in
            let run = try FinishedRun(randomText(seconds: 5))
            try run.write(to: directory + "/r")
            var text = ""
            try PrometheusText(folder: directory + "/r", format: .prometheus).write { text += $0 }
            let lines = text.split(separator: "\n").filter {
                $0.hasPrefix("topple_requests_total{service=\"web\"}")
            }.map { $0.split(separator: " ") }
            #expect(lines.map { String($0[2]) } == (0...5).map { "173568960\($0)000" })
            let values = lines.compactMap { Int($0[1]) }
            #expect(values.first == 0 && values == values.sorted())
            #expect(values.last == Int(run.summary.services[0].requests))
            let computed = text.split(separator: "\n").last {
                $0.hasPrefix("topple_compute_seconds_total{service=\"web\"}")
            }
            let seconds = try #require(computed.flatMap { Double($0.split(separator: " ")[1]) })
            let begun = Double(run.outcome.processes[0].counters.computeTime) / 1e9
            #expect(abs(seconds - begun) < 1e-6)
        }
    }
}
