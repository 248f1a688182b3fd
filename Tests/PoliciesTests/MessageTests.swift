import ControlPlane
import Coordination
import Foundation
import Kernel
import Policies
import Snapshots
import Testing
import Topology

/// The reply in a text, or what is wrong with it.
private func reading(_ text: String) -> String {
    do throws(PolicyError) { return "\(try PolicyReply(Data(text.utf8)))" } catch {
        return error.description
    }
}

@Suite("Messages of policies")
struct MessageTests {
    @Test("hello, as it is sent")
    func hello() throws {
        let topology = try Fixture.topology()
        let briefing = PolicyBriefing(
            topology: topology.name, seed: .max, duration: topology.duration, release: "1.0",
            plan: try topology.scaling(by: "external"))
        #expect(
            JSONText.line(briefing.hello) == """
                {"duration":60,"protocol":1,"release":"1.0","seed":18446744073709551615,"services":\
                {"back":{"calls":{},"capacity":200,"cores":1,"isEntry":false,"max":null,"min":null,\
                "replicas":3,"scales":false,"target":0.8},\
                "front":{"calls":{"back":1},"capacity":100,"cores":1,"isEntry":true,"max":8,"min":1,\
                "replicas":2,"scales":true,"target":0.5}},\
                "syncPeriod":10,"topology":"pair","type":"hello"}
                """)
    }

    @Test("An observation, as it is sent: what is not known is null")
    func observation() throws {
        var question = try Fixture.asking().1
        #expect(question.now == .start + .seconds(10))
        for index in question.services.indices {
            question.services[index].arrivalRate = nil
            question.services[index].concurrency = .nan
            question.services[index].userRate = 0.1
            question.services[index].cpu = .infinity
        }
        #expect(
            JSONText.line(question.message(number: 3)) == """
                {"number":3,"services":\
                {"back":{"arrivalRate":null,"concurrency":null,"cpu":null,"desired":3,"failureRate":0,\
                "pods":3,"queue":0,"ready":3,"sampledPods":0,"userRate":0.1},\
                "front":{"arrivalRate":null,"concurrency":null,"cpu":null,"desired":2,"failureRate":0,\
                "pods":2,"queue":0,"ready":2,"sampledPods":2,"userRate":0.1}},\
                "time":10,"type":"observation"}
                """)
    }

    @Test("Answers are read, and names that are not known are left aside")
    func answers() throws {
        let read = { (text: String) in try PolicyReply(Data(text.utf8)) }
        #expect(
            try read(#"{"type": "hello", "protocol": 1, "name": "mine", "more": [1]}"#)
                == .hello(name: "mine"))
        #expect(
            try read(#"{"type": "decision", "replicas": {"b": 2, "a": 5.0}, "reason": "r"}"#)
                == .decision(
                    PolicyAnswer(replicas: [("a", 5), ("b", 2)], reason: "r"), number: nil))
        #expect(
            try read(#"{"type": "decision", "replicas": {}, "number": 4, "reason": null}"#)
                == .decision(PolicyAnswer(replicas: []), number: 4))
        #expect(try read(#"{"type": "end"}"#) == .end)
        #expect(try read(#"{"type": "error", "message": "no"}"#) == .failure("no"))
    }

    @Test(
        "What cannot be understood is said",
        arguments: [
            ("", "sent what is not JSON"),
            ("nonsense", "sent what is not JSON"),
            ("[1]", "sent JSON that is no object"),
            ("{}", "sent a message without `type`"),
            (#"{"type": 1}"#, "whose `type` is not a text"),
            (#"{"type": "dance"}"#, "unknown type 'dance'"),
            (#"{"type": "hello"}"#, "without `protocol`"),
            (#"{"type": "hello", "protocol": 2}"#, "speaks version 2"),
            (#"{"type": "hello", "protocol": 1.5}"#, "`protocol` is not a whole number"),
            (#"{"type": "decision"}"#, "without `replicas`"),
            (#"{"type": "decision", "replicas": [5]}"#, "`replicas` that is not an object"),
            (#"{"type": "decision", "replicas": {"a": 2.5}}"#, "wants 2.5 replicas of 'a'"),
            (#"{"type": "decision", "replicas": {"a": 1e300}}"#, "wants 1e+300 replicas of 'a'"),
            (#"{"type": "decision", "replicas": {"a": "5"}}"#, "that are not a number"),
            (#"{"type": "decision", "replicas": {"a": true}}"#, "that are not a number"),
            (#"{"type": "decision", "replicas": {"a": null}}"#, "that are not a number"),
            (#"{"type": "error"}"#, "without `message`"),
        ])
    func refused(text: String, problem: String) {
        #expect(reading(text).contains(problem))
    }

    @Test("Texts from outside are shown without control characters, and shortened")
    func tidy() throws {
        let long = String(repeating: "x", count: 10_000)
        #expect(
            try PolicyReply(Data(#"{"type": "error", "message": "a\u001b[31m\nb"}"#.utf8))
                == .failure("a [31m b"))
        guard
            case .decision(let answer, _) = try PolicyReply(
                Data(#"{"type": "decision", "replicas": {}, "reason": "\#(long)"}"#.utf8))
        else { throw PolicyError("was no decision") }
        #expect(answer.reason.count == 500)
    }

    @Test(
        "A decision that cannot be followed is refused with the names that can",
        arguments: [
            ("nobody", 3, "names a service 'nobody' that there is not; those that scale are front"),
            ("back", 3, "wants to scale 'back', which has no `scaling`"),
            ("front", -1, "wants -1 replicas of 'front'"),
        ])
    func impossible(name: String, replicas: Int, problem: String) throws {
        var (run, question) = try Fixture.asking()
        let answer = PolicyAnswer(replicas: [(name, replicas)])
        for attempt in [{ _ = try question.check(answer) }, { try run.answer(answer) }] {
            let error = #expect(throws: PolicyError.self) { try attempt() }
            #expect(error?.description.contains(problem) == true)
        }
    }

    @Test("Numbers of replicas are kept within bounds", arguments: [(0, 1), (5, 5), (.max, 8)])
    func bounds(wanted: Int, desired: Int) throws {
        var (run, _) = try Fixture.asking()
        try run.answer(PolicyAnswer(replicas: [("front", wanted)]))
        run.run(before: .never)
        #expect(run.question?.services[0].desired == desired)
    }
}
