import ControlPlane
import Foundation
import Kernel
import Policies
import Snapshots
import Testing

@Suite("Runs step by step")
struct StepTests {
    @Test("A run stops at every sync, ends, and its rewards add up to its figures")
    func episode() throws {
        var client = try Client()
        var state = try client.send(#"{"type": "reset"}"#)
        #expect(state["hello"]["services"]["front"]["max"].number == 8)
        #expect(state["hello"]["seed"].number == 7)
        var times: [Double] = []
        var rewards = (errors: 0.0, replicas: 0.0)
        while true {
            rewards.errors += try #require(state["reward"]["errorSeconds"].number)
            rewards.replicas += try #require(state["reward"]["replicaSeconds"].number)
            times.append(try #require(state["time"].number))
            if state["done"] == true { break }
            #expect(state["services"]["front"]["ready"].number != nil)
            state = try client.send(#"{"type": "advance", "replicas": {"front": 3}}"#)
        }
        #expect(times == [10, 20, 30, 40, 50, 60])
        #expect(state["services"] == nil)
        #expect(state["digest"].text?.count == 16)
        #expect(state["violations"] == Node([Node]()))
        let figures = state["figures"]
        #expect(abs(rewards.replicas - (figures["replicaSeconds"].number ?? 0)) < 1e-6)
        #expect(abs(rewards.errors - (figures["errorSeconds"].number ?? 1)) < 1e-9)
    }

    @Test("However far it is advanced at a time, the same decisions give the same digest")
    func strides() throws {
        let ways = [
            [#"{"type": "advance", "steps": 100}"#],
            [#"{"type": "advance", "until": 25}"#, #"{"type": "advance", "until": 1e9}"#],
            Array(repeating: #"{"type": "advance"}"#, count: 5),
            [#"{"type": "act", "replicas": {}}"#, #"{"type": "advance", "steps": 5}"#],
        ]
        let digests = try ways.map { requests in
            var client = try Client()
            var state = try client.send(#"{"type": "reset"}"#)
            for request in requests { state = try client.send(request) }
            return state["digest"].text
        }
        #expect(digests[0] != nil)
        #expect(Set(digests).count == 1)
        var client = try Client()
        _ = try client.send(#"{"type": "reset", "scaling": "none"}"#)
        let held = try client.send(#"{"type": "advance", "steps": 100}"#)
        #expect(held["digest"].text == digests[0])
    }

    @Test("A reset begins anew: the same seed gives the same run, another seed another")
    func resets() throws {
        var client = try Client()
        let digests = try [1, 2, 1].map { seed in
            _ = try client.send(#"{"type": "reset", "seed": \#(seed), "duration": 30}"#)
            let state = try client.send(#"{"type": "advance", "steps": 10}"#)
            #expect(state["time"].number == 30)
            return state["digest"].text
        }
        #expect(digests[0] == digests[2])
        #expect(digests[0] != digests[1])
    }

    @Test("An action counts from the stop on, and the last one counts")
    func actions() throws {
        var client = try Client()
        let before = try client.send(#"{"type": "reset"}"#)
        #expect(before["services"]["front"]["desired"].number == 2)
        _ = try client.send(#"{"type": "act", "replicas": {"front": 7}}"#)
        #expect(
            try client.send(#"{"type": "act", "replicas": {"front": 5}}"#)["time"].number == 10)
        let after = try client.send(#"{"type": "advance"}"#)
        #expect(after["services"]["front"]["desired"].number == 5)
        #expect(try client.send(#"{"type": "observe"}"#) == after)
    }

    @Test("A policy of the topology can be run in steps, and decides by itself")
    func builtIn() throws {
        var client = try Client()
        let first = try client.send(#"{"type": "reset", "scaling": "hpa"}"#)
        #expect(first["time"].number == 10)
        #expect(first["services"] == nil)
        let refused = try client.send(#"{"type": "act", "replicas": {"front": 5}}"#)
        #expect(refused["message"].text?.contains("'hpa' decides") == true)
        #expect(try client.send(#"{"type": "advance", "until": 35}"#)["time"].number == 40)
    }

    @Test(
        "What is wrong with a request is a reply that changes nothing",
        arguments: [
            ("{", "not JSON"),
            ("{}", "without `type`"),
            (#"{"type": "jump"}"#, "unknown type 'jump'"),
            (#"{"type": "reset", "seed": -1}"#, "`seed` is not a whole number"),
            (#"{"type": "reset", "seed": 1.5}"#, "`seed` is not a whole number"),
            (#"{"type": "reset", "scaling": "magic"}"#, "there is no policy 'magic'"),
            (#"{"type": "reset", "duration": 0}"#, "a run of no duration"),
            (#"{"type": "reset", "duration": -5}"#, "`duration` is not a number of seconds"),
            (#"{"type": "reset", "protocol": 9}"#, "speaks version 9"),
            (#"{"type": "act"}"#, "without `replicas`"),
            (#"{"type": "act", "replicas": {"nobody": 1}}"#, "'nobody'"),
            (#"{"type": "act", "replicas": {"back": 1}}"#, "has no `scaling`"),
            (#"{"type": "act", "replicas": {"front": -1}}"#, "wants -1 replicas"),
            (#"{"type": "advance", "replicas": {"front": 1.5}}"#, "wants 1.5 replicas"),
            (#"{"type": "advance", "steps": 0}"#, "advance by 0 steps"),
            (#"{"type": "advance", "until": 10}"#, "it is 10 s already"),
            (#"{"type": "advance", "steps": 1, "until": 20}"#, "both"),
        ])
    func refused(request: String, problem: String) throws {
        var client = try Client()
        let before = try client.send(#"{"type": "reset"}"#)
        let reply = try client.send(request)
        #expect(reply["type"].text == "error")
        #expect(reply["message"].text?.contains(problem) == true, "\(reply)")
        #expect(reply["fix"].text?.isEmpty == false)
        let after = try client.send(#"{"type": "observe"}"#)
        #expect(after["time"] == before["time"])
        #expect(after["figures"] == before["figures"])
    }

    @Test("Before a reset and after the end there is nothing to do")
    func order() throws {
        var client = try Client()
        for request in ["observe", "advance"] {
            let reply = try client.send(#"{"type": "\#(request)"}"#)
            #expect(reply["message"].text?.contains("reset first") == true)
        }
        _ = try client.send(#"{"type": "reset"}"#)
        _ = try client.send(#"{"type": "advance", "steps": 99}"#)
        for request in [#"{"type": "advance"}"#, #"{"type": "act", "replicas": {"front": 1}}"#] {
            #expect(try client.send(request)["message"].text?.contains("over") == true)
        }
        #expect(!client.isClosed)
        #expect(try client.send(#"{"type": "close"}"#)["type"].text == "closed")
        #expect(client.isClosed)
    }
}
