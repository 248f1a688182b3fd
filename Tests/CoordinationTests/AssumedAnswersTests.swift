import Coordination
import Kernel
import Model
import Testing
import Wire

/// Windows longer than the callers' time-outs: executions that miss answers assume that they still come.
struct AssumedAnswersTests {
    @Test("where answers come in time, no false time-out is worked on")
    func noFalseTimeouts() throws {
        let run = try Run(work: 0.001)
        #expect(run.edge.timeouts == 0 && run.edge.requests > 4_000)
        #expect(run.assumptions.count == 10, "one for each window, in the caller's first execution")
        // The caller without answers, the callee, and the caller with them; a false time-out would
        // triple the callee's work.
        #expect(run.statistics.eventsExecuted < run.statistics.eventsCommitted * 2)
    }

    @Test("where they do not, the time-outs fire, and the next windows assume nothing")
    func trueTimeouts() throws {
        let run = try Run(work: 0.050)
        #expect(run.edge.timeouts > 10_000)
        // In the first window every call seems to be answered in the end, until it is asked again.
        #expect((1...8).contains(run.assumptions.count))
        #expect(run.assumptions.allSatisfy { $0 < .start + .milliseconds(500) })
    }

    @Test("a window that rests on assumptions cannot be committed")
    func assumptionsAreNotCommitted() throws {
        var grants: [[UInt8]] = []
        var welcome: [UInt8] = []
        let model = Run.model(work: 0.001)
        var transport = InMemoryTransport(Run.machine(model), seed: 1)
        transport.observe = { delivery in
            guard delivery.isToWorker, delivery.worker == 0 else { return }
            if welcome.isEmpty { welcome = delivery.bytes } else { grants.append(delivery.bytes) }
        }
        _ = try transport.run()
        let worker = SessionWorker()
        _ = try worker.receive(welcome)
        let reply = try worker.receive(grants[0])
        #expect(try Run.assumption(in: reply) == .start + .milliseconds(20) + Run.firstArrival)
        let next = try #require(grants.first { Self.isNewWindow($0) && $0 != grants[0] })
        #expect(throws: WireError.self) { try worker.receive(next) }
    }

    private static func isNewWindow(_ bytes: [UInt8]) -> Bool {
        bytes[0] == MessageType.grant.rawValue && bytes[1] == 1
    }

    /// Ten windows of half a second: a thousand requests a second call with a time-out of 20 ms and two
    /// retries, and the answer takes `work` seconds.
    private struct Run {
        let statistics: EngineStatistics
        let edge: EdgeCounters
        /// Where executions began to rest on assumptions.
        let assumptions: [SimulatedInstant]

        static let firstArrival = SimulatedDuration.milliseconds(1)

        init(work: Double) throws {
            let model = Self.model(work: work)
            var transport = InMemoryTransport(Self.machine(model), seed: 1)
            var found: [SimulatedInstant] = []
            var problem: (any Error)?
            transport.observe = { delivery in
                guard !delivery.isToWorker else { return }
                do {
                    let instant = try Self.assumption(in: delivery.bytes)
                    if instant < .never { found.append(instant) }
                } catch { problem = error }
            }
            let outcome = try transport.run()
            if let problem { throw problem }
            var sequential = SequentialRun(model, settings: Self.settings)
            _ = sequential.run(before: Self.settings.end)
            #expect(outcome.digest == sequential.outcome().digest)
            statistics = outcome.statistics
            edge = outcome.processes[0].edges[0]
            assumptions = found
        }

        static let settings = RunSettings(seed: 1, duration: .seconds(5))

        static func model(work: Double) -> ModelDescription {
            let latency = Distribution(.deterministic(value: 0.0005))
            var caller = ServiceDescription(
                name: "caller", cores: 8,
                endpoints: [
                    EndpointDescription(
                        name: "default",
                        steps: [
                            .call([
                                CallDescription(
                                    target: ServiceID(1), requestLatency: latency,
                                    responseLatency: latency, timeout: .milliseconds(20))
                            ])
                        ])
                ])
            caller.arrivals = [
                ArrivalDescription(
                    name: "users", process: .constant, profile: RateProfile(constant: 1_000))
            ]
            var policy = CallPolicy()
            policy.retry = RetryPolicy(attempts: 3)
            caller.policies[ServiceID(1)] = policy
            let callee = ServiceDescription(
                name: "callee", cores: 200,
                endpoints: [
                    EndpointDescription(
                        name: "default",
                        steps: [.compute(Distribution(.deterministic(value: work)))])
                ])
            return ModelDescription(name: "pair", services: [caller, callee])
        }

        static func machine(_ model: ModelDescription) -> CoordinatorMachine {
            let plan = RunPlan(
                model, settings: settings, groups: Placement.service.groups(of: model))
            return CoordinatorMachine(
                workers: plan.workers, channels: plan.channels, settings: settings,
                synchronisation: .optimistic(window: .milliseconds(500)))
        }

        static func assumption(in message: [UInt8]) throws -> SimulatedInstant {
            try message.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                let type: UInt8 = try reader.read()
                guard type == MessageType.reply.rawValue else { return .never }
                return try ReplyHeader(from: &reader).assumedFrom
            }
        }
    }
}
