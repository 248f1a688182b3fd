import Kernel
import Model
import Testing
import Topology

@Suite("Cycles")
struct CycleTests {
    private func chain(_ network: String, _ more: String = "") -> String {
        """
        network: \(network)
        services:
          a: { steps: [{ call: b }] }
          b: { steps: [{ call: c }] }
          c: { steps: [{ compute: 1 ms }] }
        arrivals: { u: { to: a, rate: 1 req/s } }
        \(more)
        """
    }

    @Test("A latency that can be zero is a zero-latency cycle, since the answer comes back")
    func zeroLatency() {
        for latency in ["0 ms", "{ exponential: 1 ms }", "{ uniform: [0 s, 1 ms] }", "0.1 ns"] {
            let found = errors(chain("{ latency: \(latency) }"))
            #expect(found.count == 1)
            #expect(found.first?.path == "network.latency")
            #expect(found.first?.message.contains("a → b → a, and 1 more edge") == true)
            #expect(found.first?.remedy.contains("atLeast: 0.1 ms") == true)
            #expect(found.first?.remedy.contains("colocate: [[a, b]]") == true)
        }
    }

    @Test("A minimum or a shared worker makes it right")
    func remedies() {
        #expect(errors(chain("{ latency: { exponential: 1 ms, atLeast: 0.1 ms } }")).isEmpty)
        #expect(errors(chain("{ latency: 0 ms }", "colocate: [[a, b, c]]")).isEmpty)
        let half = errors(chain("{ latency: 0 ms }", "colocate: [[a, b]]"))
        #expect(half.count == 1)
        #expect(half.first?.message.contains("b → c → b") == true)
    }

    @Test("An edge with zero latency one way is refused at that edge")
    func zeroEdge() {
        let network =
            "{ edges: [{ from: b, to: c, latency: 1 ms, responseLatency: { exponential: 1 ms } }] }"
        let found = errors(chain(network))
        #expect(found.count == 1)
        #expect(found.first?.path == "network.edges[0].latency")
        #expect(found.first?.message.contains("b → c → b") == true)
    }

    @Test("A longer zero-latency cycle is named whole")
    func longCycle() {
        let text = """
            network: { latency: 0 s }
            services:
              a: { steps: [{ call: b }] }
              b: { steps: [{ call: c }] }
              c: { steps: [{ call: { service: a, probability: 10% } }] }
            arrivals: { u: { to: a, rate: 1 req/s } }
            """
        #expect(errors(text).first?.message.contains("a → b → c → a") == true)
    }

    private func ring(_ probability: String, selfCall: String = "0%") -> String {
        """
        services:
          a: { steps: [{ call: b }, { call: { service: a, probability: \(selfCall) } }] }
          b: { endpoints: { x: [{ call: { service: a, probability: \(probability) } }] } }
        arrivals: { u: { to: a, rate: 1 req/s } }
        """
    }

    @Test("Calls that never die out are refused, naming the endpoints")
    func endless() {
        let found = errors(ring("100%"))
        #expect(found.count == 1)
        #expect(found.first?.message.contains("a.default → b.x → a.default makes 1 ") == true)
        #expect(errors(ring("99%")).isEmpty)
        #expect(errors(ring("0%", selfCall: "100%")).count == 1)
        // 0.5 + 0.5 at once: x² = 0.5 x + 0.5 has the root 1.
        #expect(errors(ring("50%", selfCall: "50%")).count == 1)
        #expect(errors(ring("49%", selfCall: "50%")).isEmpty)
    }

    @Test("A choice counts by its weights")
    func choices() {
        func text(_ weight: Int) -> String {
            """
            services:
              a: { steps: [{ choose: [b, { service: a, weight: \(weight) }] }, { call: { service: a, probability: 10% } }] }
              b: { steps: [] }
            arrivals: { u: { to: a, rate: 1 req/s } }
            """
        }
        #expect(errors(text(8)).isEmpty)
        #expect(errors(text(9)).count == 1)
    }

    @Test("A ring of thousands of services neither overflows the stack nor takes long")
    func longRing() {
        var text = "services:\n"
        let count = 20_000
        for index in 0..<count {
            text += "  s\(index): { steps: [{ call: { service: s\((index + 1) % count), "
            text += "probability: \(index == 7 ? "90%" : "100%") } }] }\n"
        }
        text += "arrivals: { u: { to: s0, rate: 1 req/s } }\n"
        let start = ContinuousClock.now
        #expect(errors(text).isEmpty)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("In a ring every arrival comes round by the geometric series")
    func ringVisits() throws {
        let file = try TopologyFile.parse(
            text: ring("75%"), name: "t.yaml", baseDirectory: "")
        #expect(
            LoadForecast.visitsPerRequest(to: ServiceID(0), endpoint: 0, in: file.model) == [4, 4])
        let entered = LoadForecast.visitsPerRequest(to: ServiceID(1), endpoint: 0, in: file.model)
        #expect(entered == [3, 4])
    }
}
