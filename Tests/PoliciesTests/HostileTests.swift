import ControlPlane
import Coordination
import Foundation
import Kernel
import Policies
import RandomModels
import Snapshots
import Testing
import Topology

/// Real messages, changed at random: whatever comes is understood or refused, and nothing crashes or hangs.
@Suite("Hostile messages", .timeLimit(.minutes(1)))
struct HostileTests {
    private struct OutOfTime: Error {}

    private static let answers = [
        #"{"type": "hello", "protocol": 1, "name": "mine"}"#,
        #"{"type": "decision", "replicas": {"front": 5, "back": 12}, "reason": "r", "number": 1}"#,
        #"{"type": "error", "message": "no \u00e4 \ud83d\ude00"}"#,
    ]
    private static let requests = [
        #"{"type": "reset", "seed": 12, "duration": 25.5, "scaling": "external", "protocol": 1}"#,
        #"{"type": "observe"}"#,
        #"{"type": "act", "replicas": {"front": 5}, "reason": "r"}"#,
        #"{"type": "advance", "steps": 2, "replicas": {"front": 3}}"#,
        #"{"type": "advance", "until": 33.25}"#,
    ]

    @Test("Changed answers are read or refused, and followed or refused", arguments: 0..<4)
    func answers(seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed), purpose: 31)
        let (run, question) = try Fixture.asking()
        for _ in 0..<1_500 {
            let bytes = random.changed(Self.answers[random.index(below: Self.answers.count)])
            do throws(PolicyError) {
                guard case .decision(let answer, _) = try PolicyReply(bytes) else { continue }
                var copy = run
                try question.check(answer)
                try copy.answer(answer)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test("Changed requests get a reply", arguments: 0..<4)
    func requests(seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed), purpose: 32)
        let topology = try Fixture.topology()
        var environment = StepEnvironment(
            topology, seed: 1, duration: topology.duration, release: "1.0")
        for _ in 0..<400 {
            let bytes = random.changed(Self.requests[random.index(below: Self.requests.count)])
            var left = 200
            do {
                let reply = try environment.reply(to: bytes) {
                    left -= 1
                    if left == 0 { throw OutOfTime() }
                }
                #expect(["state", "error", "closed"].contains(reply["type"].text))
            } catch is OutOfTime {}
        }
    }

    @Test("Lists in lists without end are refused")
    func deep() {
        for opening in ["[", #"{"a":"#] {
            let text = String(repeating: opening, count: 100_000)
            #expect(throws: PolicyError.self) { try PolicyReply(Data(text.utf8)) }
        }
    }
}

extension RandomSource {
    /// A text with a few of its bytes changed, left out, doubled or followed by something else.
    fileprivate mutating func changed(_ text: String) -> Data {
        let scraps = [
            "-", "1e999", "null", "{", "}", "[", "\"", "0", "9223372036854775808", "\u{0}", ".",
        ]
        var bytes = Array(text.utf8)
        for _ in 0..<int(0...3) where !bytes.isEmpty {
            let place = index(below: bytes.count)
            switch index(below: 5) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: scraps[index(below: scraps.count)].utf8, at: place)
            case 3: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
            }
        }
        return Data(bytes)
    }
}
