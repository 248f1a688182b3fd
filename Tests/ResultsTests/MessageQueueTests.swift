import Coordination
import Model
import Results
import Testing

@Suite("Message queues")
struct MessageQueueTests {
    /// A message each 10 ms to a consumer with these steps.
    private func run(_ steps: String, maxDeliveries: Int) throws -> RunSummary {
        let run = try FinishedRun(
            """
            name: queue
            duration: 20 s
            services:
              shop: { steps: [{ call: orders }] }
              desk: { cores: 4 cores, steps: [\(steps)] }
            queues:
              orders: { consumers: desk, inFlight: 100, ackTimeout: 1 s, maxDeliveries: \(maxDeliveries) }
            arrivals:
              visitors: { to: shop, process: constant, rate: { steps: [{ at: 0 s, rate: 100 req/s }, { at: 1 s, rate: 0 req/s }] } }
            """)
        #expect(run.outcome.violations.isEmpty)
        return run.summary
    }

    private func edge(_ summary: RunSummary) -> EdgeSummary? {
        summary.edges.first { $0.from == "orders" && $0.to == "desk" }
    }

    @Test(
        "A message that fails is delivered as often as it may be, and then counts as failed at the queue",
        arguments: [1, 3, 5])
    func deadLetters(maxDeliveries: Int) throws {
        for (steps, isLate) in [("{ fail: 100% }", false), ("{ delay: 10 s }", true)] {
            let summary = try run(steps, maxDeliveries: maxDeliveries)
            let shop = try #require(summary.services.first { $0.name == "shop" })
            let orders = try #require(summary.services.first { $0.name == "orders" })
            let deliveries = try #require(edge(summary))
            let messages = shop.requests
            #expect(messages >= 99)
            // Who sends a message is answered all the same.
            #expect(shop.successes == messages && orders.requests == messages)
            #expect(orders.failures.failed == messages && orders.successes == 0)
            #expect(deliveries.requests == messages * UInt64(maxDeliveries))
            #expect(deliveries.calls == messages && deliveries.callFailures == messages)
            let failures = isLate ? deliveries.failures.timeout : deliveries.failures.error
            #expect(failures == deliveries.requests)
        }
    }

    @Test("A message that is taken is no dead letter, however often it was delivered")
    func delivered() throws {
        let summary = try run("{ fail: 30% }", maxDeliveries: 60)
        let orders = try #require(summary.services.first { $0.name == "orders" })
        #expect(orders.failures.failed == 0 && orders.successes == orders.requests)
        let deliveries = try #require(edge(summary))
        #expect(deliveries.callFailures == 0 && deliveries.requests > deliveries.calls)
    }
}
