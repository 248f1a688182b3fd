import Foundation
import Testing

@Suite("topple evaluate", .timeLimit(.minutes(1)))
struct EvaluateTests {
    private static let fixtures = "\(Repository.root)/Tests/SnapshotsTests/Fixtures"

    private static let snapshot = """
        {"name": "web", "hpa": {"maxReplicas": 10, "metrics": [{"type": "External", "external":
        {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "5"}}}]},
        "current": {"specReplicas": 2}, "history": {"recommendations": []},
        "metrics": {"external": [{"metric": {"name": "queue"}, "values": ["20"]}]}}
        """

    private func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    @Test("One object gives one, with its name, from a file and from standard input")
    func one() throws {
        let place = try Workplace()
        try place.write(Self.snapshot, to: "s.json")
        let result = try topple("evaluate", "hpa", "--file", "s.json", in: place)
        #expect(result.status == 0 && result.errors.isEmpty)
        let answer = try #require(try json(result.output) as? [String: Any])
        #expect(answer["name"] as? String == "web")
        #expect(answer["desiredReplicas"] as? Int == 4)
        #expect(answer["rescaleReason"] as? String == "external metric queue(nil) above target")
        for script in ["$TOPPLE evaluate hpa < s.json", "cat s.json | $TOPPLE evaluate hpa -f -"] {
            #expect(try shell(script, in: place).output == result.output)
        }
    }

    @Test("An array gives an array in the same order", arguments: ["hpa", "keda"])
    func array(subject: String) throws {
        let file = "\(Self.fixtures)/\(subject).json"
        let result = try topple("evaluate", subject, "-f", file)
        #expect(result.status == 0 && result.errors.isEmpty)
        let answers = try #require(try json(result.output) as? [[String: Any]])
        let snapshots = try #require(
            try json(String(contentsOfFile: file, encoding: .utf8)) as? [[String: Any]])
        #expect(
            answers.map { $0["name"] as? String } == snapshots.map { $0["name"] as? String })
    }

    @Test("Every key of an answer is there, also where there is nothing to say")
    func keys() throws {
        let result = try topple("evaluate", "hpa", "-f", "\(Self.fixtures)/hpa.json")
        let answers = try #require(try json(result.output) as? [[String: Any]])
        let keys: Set<String> = [
            "name", "desiredReplicas", "error", "message", "rescale", "rescaleReason", "metrics",
            "conditions", "events", "history",
        ]
        for answer in answers {
            #expect(Set(answer.keys) == keys)
            for metric in answer["metrics"] as? [[String: Any]] ?? [] {
                #expect(
                    Set(metric.keys) == [
                        "type", "proposedReplicas", "current", "error", "message", "podGroups",
                    ])
            }
        }
    }

    @Test("Bad input is status 2, with one message and nothing on standard output")
    func refusals() throws {
        let place = try Workplace()
        try place.write("{\"hpa\": {}, \"current\": {}}", to: "empty.json")
        try place.write("[1, {\n", to: "cut.json")
        for (arguments, message) in [
            (["hpa", "-f", "empty.json"], "empty.json: error: hpa.maxReplicas: is missing"),
            (["hpa", "-f", "cut.json"], "cut.json: error: not JSON"),
            (["keda", "-f", "empty.json"], "empty.json: error: kind: is missing"),
            (["hpa", "-f", "absent.json"], "absent.json: error: cannot be read"),
            (["hpa", "-f", "."], ".: error: cannot be read"), (["hpa"], "standard input: error:"),
        ] {
            let result = try CommandRun(["evaluate"] + arguments, in: place).wait()
            #expect(result.status == 2)
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix(message), "\(result.errors)")
            #expect(result.errors.contains("\n  fix: "))
        }
        #expect(try topple("evaluate", "vpa").status == 64)
        #expect(try topple("evaluate").status == 64)
    }
}
