import Foundation
import Testing

/// Traces and metrics from the command line.
@Suite("Traces and metrics", .serialized, .timeLimit(.minutes(2)))
struct TraceTests {
    private let storm = ["run", Repository.topology("spike-abcd"), "--duration", "4 s", "--quiet"]
    private let traced = [
        "--trace-sample", "0.2%", "--trace-slowest", "3", "--trace-failed", "2",
    ]

    @Test("every placement writes the same traces, and so does tracing afterwards")
    func placements() throws {
        let place = try Workplace()
        for placement in ["in-process", "service", "2"] {
            let result = try CommandRun(
                storm + traced + ["--placement", placement, "--out", placement], in: place
            ).wait()
            #expect(result.status == 0, "\(result.errors)")
        }
        // A run without traces is the same run.
        #expect(
            try CommandRun(storm + ["--placement", "in-process", "--out", "plain"], in: place)
                .wait().status == 0)
        #expect(place.contents("plain/traces.otlp.json") == nil)
        for (format, name) in [("otlp", "traces.otlp.json"), ("jaeger", "traces.jaeger.json")] {
            let text = try #require(place.contents("in-process/\(name)"))
            #expect(text.utf8.count > 1000)
            #expect(place.contents("service/\(name)") == text)
            #expect(place.contents("2/\(name)") == text)
            let options = [
                "trace", "plain", "--sample", "0.2%", "--slowest", "3", "--failed", "2",
                "--format", format,
            ]
            let printed = try CommandRun(options, in: place).wait()
            #expect(printed.status == 0)
            #expect(printed.output == text)
            #expect(try CommandRun(options + ["--out", "t.json"], in: place).wait().status == 0)
            #expect(place.contents("t.json") == text)
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(text.utf8))
            }
        }
    }

    @Test("the series is exported into the folder, or to where it is wanted")
    func metrics() throws {
        let place = try Workplace()
        #expect(
            try CommandRun(storm + ["--placement", "in-process", "--out", "r"], in: place).wait()
                .status == 0)
        #expect(try topple("export", "r", in: place).status == 0)
        let text = try #require(place.contents("r/metrics.prom"))
        #expect(text.hasPrefix("# HELP topple_requests_total Requests that reached the service.\n"))
        #expect(text.contains("topple_requests_total{service=\"a\"} 0 1735689600000\n"))
        #expect(
            try topple("export", "r", "--format", "openmetrics", "--out", "m", in: place).status
                == 0)
        #expect(place.contents("m")?.hasSuffix("# EOF\n") == true)
    }

    @Test("what cannot be traced or exported is an input error that says what to do")
    func errors() throws {
        let place = try Workplace()
        for command in ["trace", "export"] {
            let result = try topple(command, "nothing", in: place)
            #expect(result.status == 2)
            #expect(result.errors.hasPrefix("nothing: error: does not exist\n  fix: "))
        }
        #expect(
            try CommandRun(storm + ["--placement", "in-process", "--out", "r"], in: place).wait()
                .status == 0)
        let none = try topple("trace", "r", "--slowest", "0", "--failed", "0", in: place)
        #expect(none.status == 64)
        #expect(none.errors.contains("nothing to trace: give --sample, --slowest or --failed"))
        let nowhere = try topple("trace", "r", "--out", "no/where", in: place)
        #expect(nowhere.status == 2 && nowhere.errors.contains("no/where: error: cannot"))
        try place.write("time_s,service,arrived\n1,a,x\n", to: "r/series.csv")
        let damaged = try topple("export", "r", in: place)
        #expect(damaged.status == 2)
        #expect(damaged.errors.hasPrefix("r/series.csv:2: error: is damaged here"))
    }
}
