import Coordination
import Kernel
import Model
import Testing

private let duration = SimulatedDuration.milliseconds(300)
private let seeds = UInt64(0)..<200

private func begin(_ seed: UInt64) -> SequentialRun<ServiceProcess> {
    SequentialRun(
        randomModel(seed: seed),
        settings: RunSettings(
            seed: seed, duration: duration, checkpointInterval: .milliseconds(37)))
}

private func finish(_ seed: UInt64) -> RunOutcome {
    var run = begin(seed)
    run.run(before: .never)
    return run.outcome()
}

@Suite("Laws of every run")
struct LawTests {
    @Test("Requests are conserved and Little's law holds, whatever the model")
    func noViolations() {
        var events: UInt64 = 0
        var kinds = ServiceCounters()
        var edges = EdgeCounters()
        for seed in seeds {
            let outcome = finish(seed)
            #expect(outcome.violations.isEmpty, "seed \(seed): \(outcome.violations)")
            events += outcome.statistics.eventsCommitted
            for process in outcome.processes {
                kinds.succeeded += process.counters.succeeded
                kinds.rejected += process.counters.rejected
                kinds.failed += process.counters.failed
                for edge in process.edges {
                    edges.timeouts += edge.timeouts
                    edges.lateAnswers += edge.lateAnswers
                }
            }
        }
        // The models are worth something only if all this happens in them.
        #expect(events > 100_000)
        #expect(kinds.succeeded > 10_000 && kinds.rejected > 1000 && kinds.failed > 1000)
        #expect(edges.timeouts > 1000 && edges.lateAnswers > 1000)
    }

    @Test("What callers sent and callees got agree, but for what is under way or lost")
    func edgesAgree() {
        for seed in seeds.prefix(50) {
            let model = randomModel(seed: seed)
            let layout = SystemLayout(model, seed: seed)
            let outcome = finish(seed)
            var sent = [UInt64](repeating: 0, count: model.services.count)
            var lost: UInt64 = 0
            for (index, process) in outcome.processes.enumerated() {
                for (edge, counters) in process.edges.enumerated() {
                    let outgoing = layout.services[index].outgoing
                    let target = edge < outgoing.count ? outgoing[edge].target.index : index
                    sent[target] += counters.requests
                    lost += counters.lost
                }
            }
            for (index, process) in outcome.processes.enumerated() {
                #expect(process.counters.arrived <= sent[index])
                #expect(sent[index] - process.counters.arrived < 200 + lost)
            }
        }
    }

    @Test("The results are the same in one piece and in random small steps")
    func stepping() {
        for seed in seeds {
            var numbers = RandomNumbers(seed: seed)
            var run = begin(seed)
            while !run.isFinished {
                let step = Int64.random(in: 1...9_000_000, using: &numbers)
                run.run(before: run.now + SimulatedDuration(nanoseconds: step))
            }
            let whole = finish(seed)
            #expect(run.outcome().digest == whole.digest, "seed \(seed)")
            #expect(run.outcome().processes == whole.processes, "seed \(seed)")
        }
    }

    @Test("Recording events changes nothing, and they add up to the count")
    func recording() {
        for seed in seeds.prefix(20) {
            var run = SequentialRun<ServiceProcess>(
                randomModel(seed: seed),
                settings: RunSettings(
                    seed: seed, duration: duration, checkpointInterval: .milliseconds(37),
                    recordsEvents: true))
            let events = run.run(before: .never)
            #expect(run.outcome().digest == finish(seed).digest)
            #expect(UInt64(events.count) == run.outcome().statistics.eventsCommitted)
        }
    }

    @Test("Another seed is another run")
    func seedsDiffer() {
        let digests = (0..<UInt64(20)).map { seed in
            var run = SequentialRun<ServiceProcess>(
                randomModel(seed: 1), settings: RunSettings(seed: seed, duration: duration))
            run.run(before: .never)
            return run.outcome().digest
        }
        #expect(Set(digests).count == 20)
    }
}

@Suite("State as a value")
struct StateTests {
    @Test("A state that was written and read goes on exactly as the original")
    func restored() throws {
        for seed in seeds {
            var numbers = RandomNumbers(seed: seed)
            var original = begin(seed)
            let cut = Int64.random(in: 0...duration.nanoseconds, using: &numbers)
            original.run(before: SimulatedInstant(nanoseconds: cut))
            var restored = original
            let copies = try original.partition.processes.elements.map {
                try ServiceProcess(decoding: $0.encoded())
            }
            restored.replaceProcesses(copies)
            original.run(before: .never)
            restored.run(before: .never)
            #expect(restored.outcome().digest == original.outcome().digest, "seed \(seed)")
            #expect(restored.outcome().processes == original.outcome().processes, "seed \(seed)")
            #expect(original.outcome().processes == finish(seed).processes, "seed \(seed)")
        }
    }

    @Test("A copy goes on as it was, whatever became of the original")
    func copies() {
        for seed in seeds {
            var numbers = RandomNumbers(seed: seed ^ 0xC0)
            var original = begin(seed)
            var snapshots: [SequentialRun<ServiceProcess>] = []
            for _ in 0..<4 {
                let step = Int64.random(in: 0...duration.nanoseconds / 4, using: &numbers)
                original.run(before: original.now + SimulatedDuration(nanoseconds: step))
                snapshots.append(original)
            }
            original.run(before: .never)
            let expected = original.outcome()
            for index in snapshots.indices.reversed() {
                let bytes = snapshots[index].partition.processes.elements.map { $0.encoded() }
                var copy = snapshots[index]
                copy.run(before: .never)
                #expect(copy.outcome().digest == expected.digest, "seed \(seed)")
                #expect(copy.outcome().processes == expected.processes, "seed \(seed)")
                let after = snapshots[index].partition.processes.elements.map { $0.encoded() }
                #expect(bytes == after, "the snapshot changed, seed \(seed)")
            }
        }
    }

    /// States in the middle of a busy run.
    private func states() -> [[UInt8]] {
        (0..<UInt64(12)).flatMap { seed in
            var run = begin(seed)
            run.run(before: .start + .milliseconds(150))
            return run.partition.processes.elements.map { $0.encoded() }
        }
    }

    @Test("A state cut short is refused")
    func truncated() {
        var numbers = RandomNumbers(seed: 4)
        for bytes in states() {
            for _ in 0..<20 {
                let length = Int.random(in: 0..<bytes.count, using: &numbers)
                #expect(throws: ByteError.self) {
                    try ServiceProcess(decoding: Array(bytes[..<length]))
                }
            }
        }
    }

    @Test("Sealed bytes are what they were, and any damage to them is found")
    func sealed() throws {
        var numbers = RandomNumbers(seed: 5)
        for bytes in states() + [[], [7]] {
            let sealed = SealedBytes.seal(bytes)
            #expect(try SealedBytes.open(sealed) == bytes)
            for _ in 0..<200 {
                var mutant = sealed
                let place = Int.random(in: 0..<mutant.count, using: &numbers)
                switch Int.random(in: 0..<4, using: &numbers) {
                case 0: mutant[place] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
                case 1: mutant.removeSubrange(place...)
                case 2: mutant.insert(mutant[place], at: place)
                default:
                    let other = Int.random(in: 0..<mutant.count, using: &numbers)
                    mutant.swapAt(place, other)
                }
                if mutant == sealed { continue }
                #expect(throws: ByteError.self) { try SealedBytes.open(mutant) }
            }
        }
    }
}

@Suite("Configurations as bytes")
struct ConfigurationCodingTests {
    @Test("A configuration survives coding")
    func roundTrip() throws {
        for seed in seeds {
            for configuration in SystemLayout(randomModel(seed: seed), seed: seed).services {
                let decoded = try ServiceConfiguration(decoding: configuration.encoded())
                #expect(decoded == configuration)
            }
        }
    }

    @Test("Mutated configurations are refused, or can be compiled")
    func mutated() {
        var numbers = RandomNumbers(seed: 6)
        for seed in seeds.prefix(60) {
            for configuration in SystemLayout(randomModel(seed: seed), seed: seed).services {
                let bytes = configuration.encoded()
                for _ in 0..<10 {
                    var mutant = bytes
                    let place = Int.random(in: 0..<mutant.count, using: &numbers)
                    mutant[place] = UInt8.random(in: 0...255, using: &numbers)
                    if let decoded = try? ServiceConfiguration(decoding: mutant) {
                        _ = ServiceProgram(decoded, checkpointInterval: .seconds(1))
                    }
                    let length = Int.random(in: 0..<bytes.count, using: &numbers)
                    #expect(throws: ByteError.self) {
                        try ServiceConfiguration(decoding: Array(bytes[..<length]))
                    }
                }
            }
        }
    }

    @Test("Routing survives coding")
    func routing() throws {
        for seed in seeds.prefix(50) {
            let model = randomModel(seed: seed)
            let layout = SystemLayout(model, seed: seed)
            for members in [[ServiceID(0)], model.services.indices.map { ServiceID($0) }] {
                let routing = layout.plan(for: members).routing
                #expect(try PartitionRouting(decoding: routing.encoded()) == routing)
            }
        }
    }
}

extension SequentialRun<ServiceProcess> {
    /// Goes on with these processes instead of its own.
    fileprivate mutating func replaceProcesses(_ processes: [ServiceProcess]) {
        partition.processes = FixedArray(processes)
    }
}
