import Coordination
import Kernel
import Model
import Testing

@Suite("PHOLD")
struct PholdTests {
    private static let configuration = PholdConfiguration(
        index: 0, count: 16, population: 4, seed: 7)

    private func finishedRun(_ duration: SimulatedDuration) -> SequentialRun<PholdProcess> {
        var run = SequentialRun<PholdProcess>(Self.configuration, settings: settings(duration))
        run.run(before: .never)
        return run
    }

    private func settings(_ duration: SimulatedDuration) -> RunSettings {
        RunSettings(seed: 7, duration: duration, checkpointInterval: .milliseconds(100))
    }

    @Test("Events happen at the rate of the population over the mean delay")
    func rate() {
        // 64 renewal processes; the variance of a count is t σ² / m³ (Cox 1962, renewal theory).
        let units = 20_000.0
        let expected = 64 * units / 10
        let deviation = (64 * units * 81 / 1000).squareRoot()
        let count = Double(finishedRun(.seconds(20)).outcome().statistics.eventsCommitted)
        #expect(abs(count - expected) < 3.3 * deviation, "\(count) events, \(expected) expected")
    }

    @Test("Every process executes its share, and no event is lost")
    func evenShares() {
        let run = finishedRun(.seconds(20))
        let counts = run.outcome().processes.map { Double($0.eventCount) }
        let mean = counts.reduce(0, +) / 16
        // A multinomial of 16 equal cells; 37.7 is the 99.9% point of chi-square with 15 degrees.
        let chiSquare = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / mean }
        #expect(chiSquare < 37.7)
        // Of a process, 28 bytes are not waiting events of 16 bytes each.
        let waiting = run.partition.processes.elements.map { ($0.encoded().count - 28) / 16 }
        #expect(waiting.reduce(0, +) == 64)
    }

    @Test("The results are the same however the run is cut into steps")
    func stepping() {
        let duration = SimulatedDuration.seconds(1)
        let whole = finishedRun(duration)
        var numbers = RandomNumbers(seed: 3)
        var cut = SequentialRun<PholdProcess>(Self.configuration, settings: settings(duration))
        while !cut.isFinished {
            let step = SimulatedDuration(
                nanoseconds: Int64.random(in: 1...3_000_000, using: &numbers))
            cut.run(before: cut.now + step)
        }
        #expect(cut.outcome().digest == whole.outcome().digest)
        #expect(cut.outcome().processes == whole.outcome().processes)
    }

    @Test("The digest has not changed since it was first noted")
    func golden() {
        let outcome = finishedRun(.seconds(1)).outcome()
        #expect(outcome.digest.description == "e2c6632e14f89c84")
        #expect(outcome.violations.isEmpty)
    }

    @Test("A state that was written and read goes on as the original does")
    func state() throws {
        let program = PholdProgram(
            PholdConfiguration(index: 0, count: 1, population: 9, seed: 5),
            checkpointInterval: .seconds(1))
        func run(_ process: inout PholdProcess, before bound: SimulatedInstant) {
            var cursor = 0
            var effects = Effects()
            process.run(
                before: bound, inbox: UnsafeBufferPointer(start: nil, count: 0), cursor: &cursor,
                program: program, effects: &effects)
        }
        var original = PholdProcess(program: program)
        run(&original, before: .start + .milliseconds(500))
        let bytes = original.encoded()
        var restored = try PholdProcess(decoding: bytes)
        run(&original, before: .start + .seconds(1))
        run(&restored, before: .start + .seconds(1))
        #expect(restored.digest == original.digest)
        #expect(restored.eventCount == original.eventCount)
        for length in bytes.indices {
            #expect(throws: ByteError.self) { try PholdProcess(decoding: Array(bytes[..<length])) }
        }
    }

    @Test("A configuration survives coding, and one out of range is refused")
    func configurationCoding() throws {
        let valid = PholdConfiguration(index: 3, count: 16, population: 4, seed: 99)
        #expect(try PholdConfiguration(decoding: valid.encoded()) == valid)
        let changes: [(inout PholdConfiguration) -> Void] = [
            { $0.index = 16 }, { $0.count = 0 }, { $0.lookahead = .zero },
            { $0.mean = SimulatedDuration(nanoseconds: -1) },
            { $0.population = PholdConfiguration.mostEvents + 1 },
        ]
        for change in changes {
            var invalid = valid
            change(&invalid)
            #expect(throws: ByteError.self) {
                try PholdConfiguration(decoding: invalid.encoded())
            }
        }
    }
}
