import Coordination
import Kernel
import Model
import RandomModels
import Testing
import Wire

/// Workers that are replaced in the middle of a run by others made from their checkpoints.
struct CheckpointTests {
    @Test(
        "a run whose workers are replaced from checkpoints gives the sequential digest",
        arguments: 0..<4)
    func replacedWorkersGiveTheSequentialDigest(shard: Int) throws {
        var replacements = 0
        for number in 0..<(EngineSimulationTests.isSlow ? 300 : 3) {
            let seed = UInt64(10_000 + shard * 1000 + number)
            var simulation = Simulation(seed: seed)
            // A checkpoint holds all traces so far.
            let traces = simulation.settings.traces
            if traces.threshold > .max / 20 {
                simulation.settings.traces = TraceSettings(
                    share: 0.05, slowest: traces.slowest, failed: traces.failed)
            }
            let expected = simulation.runSequentially()
            replacements += try Self.replaceWorkers(of: simulation, expected, seed: seed)
        }
        #expect(replacements > 100)
    }

    @Test(
        "so does one whose services are scaled: pods that wait for nodes, start and drain",
        arguments: 0..<2)
    func scaledWorkersAreReplaced(shard: Int) throws {
        var replacements = 0
        for number in 0..<(EngineSimulationTests.isSlow ? 150 : 3) {
            let seed = UInt64(50_000 + shard * 1000 + number)
            let simulation = Simulation(seed: seed, modes: 2, isScaled: true)
            let expected = simulation.runSequentially()
            replacements += try Self.replaceWorkers(of: simulation, expected, seed: seed)
        }
        #expect(replacements > 100)
    }

    /// Runs every mode with workers that are replaced at random, which must change nothing.
    ///
    /// - Returns: how many were.
    private static func replaceWorkers(
        of simulation: Simulation, _ expected: SimulationResult, seed: UInt64
    ) throws -> Int {
        var replacements = 0
        for mode in simulation.modes {
            var workers: [ReplaceableWorker] = []
            var transport = InMemoryTransport(
                simulation.machine(mode), seed: mode.transportSeed
            ) { worker in
                let own = ReplaceableWorker(
                    random: RandomSource(seed: seed, purpose: 100 + UInt64(worker)))
                workers.append(own)
                return own
            }
            let outcome = try transport.run()
            let result = SimulationResult(outcome, events: transport.events)
            #expect(result.difference(from: expected) == nil, "seed \(seed), \(mode)")
            replacements += workers.reduce(0) { $0 + $1.replacements }
        }
        return replacements
    }

    @Test("checkpoints cut short or changed are refused")
    func changedCheckpointsAreRefused() throws {
        var random = RandomSource(seed: 8)
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let mode = simulation.modes[0]
            let worker = ReplaceableWorker(random: random)
            var transport = InMemoryTransport(
                simulation.machine(mode), seed: mode.transportSeed
            ) {
                $0 == 0 ? worker as any SimulatedWorker : SessionWorker()
            }
            _ = try transport.run()
            guard let checkpoint = worker.lastCheckpoint else { continue }
            for _ in 0..<50 {
                let length = random.index(below: checkpoint.count)
                #expect(throws: (any Error).self) {
                    try worker.tryToRestore(from: Array(checkpoint[..<length]))
                }
                let changed = random.mutate(checkpoint)
                if changed == checkpoint { continue }
                #expect(throws: (any Error).self) { try worker.tryToRestore(from: changed) }
            }
        }
    }
}

/// A worker that at times, when a window has become final, makes way for a copy of itself.
private final class ReplaceableWorker: SimulatedWorker {
    private var machine: WorkerMachine<ServiceProcess>?
    private var welcome: Welcome?
    private var random: RandomSource
    private(set) var replacements = 0
    private(set) var lastCheckpoint: [UInt8]?
    private var grantsOfWindow: [[UInt8]] = []

    init(random: RandomSource) { self.random = random }

    func receive(_ bytes: [UInt8]) throws -> [UInt8] {
        guard welcome != nil else { return try begin(bytes) }
        if bytes[0] == MessageType.control.rawValue {
            // Everything before is final, and what follows begins at the instant of the control plane.
            if random.isTrue(0.5) { try replace() }
            grantsOfWindow = []
            return try give(bytes)
        }
        let isNewWindow = bytes[0] == MessageType.grant.rawValue && bytes[1] == 1
        if isNewWindow && random.isTrue(0.3) {
            try replace()
        } else if !isNewWindow && random.isTrue(0.1) {
            try replaceInsideWindow()
        }
        grantsOfWindow = isNewWindow ? [bytes] : grantsOfWindow + [bytes]
        return try give(bytes)
    }

    private func give(_ bytes: [UInt8]) throws -> [UInt8] {
        let answer = try bytes.withUnsafeBytes { try machine?.receive($0) }
        return answer ?? []
    }

    private func begin(_ bytes: [UInt8]) throws -> [UInt8] {
        let decoded = try ByteReader.read(bytes) { (reader) throws(ByteError) -> Welcome in
            _ = try reader.read(UInt8.self)
            return try Welcome(from: &reader)
        }
        welcome = decoded
        let fresh = try WorkerMachine<ServiceProcess>(decoded)
        let answer = fresh.ready()
        machine = consume fresh
        return answer
    }

    /// The latest execution is final: a new worker begins where it ended.
    private func replace() throws {
        guard let checkpoint = machine?.finalCheckpoint() else { return }
        lastCheckpoint = checkpoint
        machine = try restored(from: checkpoint)
        replacements += 1
    }

    /// The window is not final: a new worker begins at its start and is given its grants again.
    private func replaceInsideWindow() throws {
        guard !grantsOfWindow.isEmpty, let checkpoint = machine?.checkpoint() else { return }
        lastCheckpoint = checkpoint
        machine = try restored(from: checkpoint)
        for grant in grantsOfWindow { _ = try give(grant) }
        replacements += 1
    }

    func tryToRestore(from checkpoint: [UInt8]) throws { _ = try restored(from: checkpoint) }

    private func restored(from checkpoint: [UInt8]) throws -> WorkerMachine<ServiceProcess> {
        let welcome = try #require(welcome)
        var machine = try WorkerMachine<ServiceProcess>(welcome)
        try machine.restore(from: checkpoint)
        return machine
    }
}
