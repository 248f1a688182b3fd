import Foundation
import Glibc
import Testing

/// Runs whose policy is another process: here, a thread of the test.
@Suite("Policies outside", .serialized, .timeLimit(.minutes(1)))
struct PolicyTests {
    private static let file = Repository.topology("scaling/abcd-spike")

    private func run(
        _ policy: StubPolicy, _ options: String..., in place: Workplace? = nil
    ) throws -> CommandRun {
        try CommandRun(
            ["run", Self.file, "--policy", policy.endpoint, "--out", "r", "--json"] + options,
            in: place)
    }

    @Test("The digest is the same in one process and over workers, and is that of the decisions")
    func digests() throws {
        let policy = try StubPolicy.deciding { services in
            services.filter { $0.key != "d" }.mapValues { service in
                let rate = (service["arrivalRate"] as? NSNumber)?.doubleValue ?? 0
                return Int((rate / 60).rounded(.up))
            }
        }
        var digests: Set<String> = []
        let ways = [
            ["--placement", "in-process"], ["--placement", "service"], ["--placement", "2"],
            ["--placement", "3", "--window", "500 ms"],
        ]
        for way in ways {
            let result = try CommandRun(
                ["run", Self.file, "--policy", policy.endpoint, "--json", "--duration", "50 s"]
                    + way
            ).wait()
            #expect((result.status, result.errors) == (0, ""))
            let summary =
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            digests.insert(try #require(summary?["digest"] as? String))
            let scaling = summary?["scaling"] as? [String: Any]
            #expect(scaling?["policy"] as? String == "external")
            #expect((scaling?["services"] as? [Any])?.isEmpty == false)
        }
        #expect(digests.count == 1)
        let oneRun = ["hello", "observation", "observation", "observation", "end"]
        #expect(policy.messages == ways.flatMap { _ in oneRun })
        let held = try CommandRun(
            ["run", Self.file, "--scaling", "none", "--json", "--duration", "50 s"]
        ).wait()
        #expect(!digests.contains { held.output.contains($0) })
    }

    @Test(
        "What the policy must not say ends the run with who, when and what to do",
        arguments: [
            ("{\"type\": ", "not JSON"),
            (#"{"type": "decision", "replicas": {"nobody": 3}}"#, "names a service 'nobody'"),
            (#"{"type": "decision", "replicas": {"a": -3}}"#, "wants -3 replicas of 'a'"),
            (#"{"type": "decision", "replicas": {"a": 2.5}}"#, "wants 2.5 replicas of 'a'"),
            (
                #"{"type": "decision", "replicas": {}, "number": 9}"#,
                "answered observation 9, not 1"
            ),
            (#"{"type": "end"}"#, "answered an observation with something else"),
            (#"{"type": "error", "message": "out of ideas"}"#, "cannot go on: out of ideas"),
        ],
        ["service", "in-process"])
    func wrongAnswers(answer: (text: String, problem: String), placement: String) throws {
        let policy = try StubPolicy.answering(answer.text)
        let run = try run(policy, "--placement", placement)
        let result = try run.wait()
        #expect(result.status == 1)
        #expect(
            result.errors.hasPrefix(
                "error: the policy at \(policy.endpoint), asked at 15 s of simulated time, "))
        #expect(result.errors.contains(answer.problem))
        #expect(result.errors.contains("\n  fix: "))
        expectNothingRuns(run)
    }

    @Test("A policy of another version is refused before anything runs")
    func version() throws {
        let policy = try StubPolicy { _ in #"{"type": "hello", "protocol": 2}"# }
        let result = try run(policy).wait()
        #expect(result.status == 1)
        #expect(result.errors.contains("speaks version 2 of the protocol, this Topple version 1"))
        #expect(policy.messages == ["hello"])
    }

    @Test("A policy that says nothing is given up in time", arguments: ["service", "in-process"])
    func silence(placement: String) throws {
        let policy = try StubPolicy.answering(nil)
        let run = try run(policy, "--placement", placement, "--policy-timeout", "200 ms")
        let result = try run.wait()
        #expect(result.status == 1)
        #expect(
            result.errors.contains("asked at 15 s of simulated time, has not answered within 0.2 s")
        )
        #expect(result.errors.contains("--policy-timeout"))
        expectNothingRuns(run)
    }

    @Test("Where nobody listens, that is said")
    func nobody() throws {
        let place = try Workplace()
        let result = try topple(
            "run", Self.file, "--policy", "ipc://\(place.path)/nobody", "--policy-timeout",
            "100 ms",
            in: place)
        #expect(result.status == 1)
        #expect(result.errors.contains("nothing has answered at ipc://"))
        #expect(result.errors.contains("start the policy"))
    }

    @Test(
        "A request to stop ends a run whose policy thinks", arguments: ["service", "in-process"])
    func interrupted(placement: String) throws {
        let policy = try StubPolicy.answering(nil)
        let run = try run(policy, "--placement", placement, "--policy-timeout", "10 min")
        #expect(eventually { policy.messages.count == 2 })
        run.send(SIGINT)
        let result = try run.wait()
        #expect(result.status == 130)
        #expect(result.errors.hasPrefix("interrupted: "))
        expectNothingRuns(run)
    }

    @Test("A request to stop ends the wait for hello")
    func interruptedAtHello() throws {
        let policy = try StubPolicy { _ in nil }
        let run = try run(policy, "--policy-timeout", "10 min")
        #expect(eventually { policy.messages.count == 1 })
        run.send(SIGTERM)
        let result = try run.wait()
        #expect((result.status, result.errors) == (143, "interrupted: nothing was written\n"))
        #expect(run.place.entries() == [])
    }

    /// No complete result, and no worker's directory.
    private func expectNothingRuns(_ run: CommandRun) {
        #expect(!run.place.entries().contains("r"))
        #expect(run.place.runDirectories == [])
    }

    @Test("Results do not depend on the policy's acknowledging the end")
    func noEnd() throws {
        let policy = try StubPolicy { message in
            switch message["type"] as? String {
            case "hello": #"{"type": "hello", "protocol": 1, "name": "mute"}"#
            case "observation": #"{"type": "decision", "replicas": {}}"#
            default: nil
            }
        }
        let run = try run(
            policy, "--placement", "in-process", "--duration", "20 s", "--policy-timeout", "300 ms")
        let result = try run.wait()
        #expect(result.status == 0)
        #expect(result.errors.contains("warning: the policy 'mute'"))
        #expect(run.place.entries() == ["r"])
    }

    @Test(
        "Where nobody can be asked, the policy `external` is refused",
        arguments: [
            ["run", file, "--scaling", "external"],
            ["compare", file, "--vary", "scaling=hpa,external", "--seeds", "1..2"],
        ])
    func refused(arguments: [String]) throws {
        let result = try CommandRun(arguments).wait()
        #expect(result.status == 2)
        #expect(result.errors.contains("asks a process outside, and none is named"))
    }

    @Test(
        "Endpoints and options that cannot be are refused",
        arguments: [
            (["--policy", "5555"], 64 as Int32, "--policy takes an endpoint"),
            (["--policy", "tcp://nowhere"], 2, "cannot connect to tcp://nowhere"),
            (["--policy", "tcp://127.0.0.1:1", "--scaling", "hpa"], 2, "--scaling hpa does not"),
            (["--policy", "tcp://127.0.0.1:1", "--trace-slowest", "3"], 2, "--trace-sample alone"),
            (["--policy-timeout", "soon"], 64, "--policy-timeout takes a time"),
        ])
    func options(options: [String], status: Int32, message: String) throws {
        let result = try CommandRun(["run", Self.file] + options).wait()
        #expect(result.status == status)
        #expect(result.errors.contains(message))
    }
}
