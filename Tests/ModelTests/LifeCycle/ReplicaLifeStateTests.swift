import Kernel
import Model
import Testing

@Suite("The state of a replica's life") struct ReplicaLifeStateTests {
    private static var description: LifeCycleDescription {
        var description = LifeCycleDescription()
        description.scheduling = Distribution(.exponential(mean: 0.5))
        description.start = Distribution(.exponential(mean: 1))
        description.warmUp = WarmUpDescription(speed: 0.5, time: .seconds(3))
        description.readiness = ProbeDescription(period: .seconds(1), timeout: .milliseconds(300))
        description.liveness = ProbeDescription(period: .seconds(2), failures: 2)
        description.grace = .seconds(3)
        return description
    }

    /// What a random input does; checks that its answer fits the state before and after.
    private static func step(
        _ life: inout ReplicaLife, _ random: inout RandomNumbers, at now: SimulatedInstant,
        _ program: LifeCycleProgram
    ) -> Bool {
        let before = life
        let kind: ProbeKind = Bool.random(using: &random) ? .readiness : .liveness
        let actions: ReplicaActions
        switch Int.random(in: 0..<12, using: &random) {
        case 0: actions = life.create(at: now, program)
        case 1: actions = life.kill(at: now, program)
        case 2: actions = life.crash(at: now, program)
        case 3:
            actions = life.stop(
                at: now, restarts: Int.random(in: 0..<4, using: &random) > 0, program)
        case 4: actions = life.becameIdle(at: now, program)
        case 5: actions = life.hold(at: now, program)
        case 6, 7: actions = life.release(at: now, program)
        default:
            actions = life.probeEnded(
                kind, number: life.probe(kind).number,
                succeeded: Int.random(in: 0..<3, using: &random) > 0, at: now, program)
        }
        return fits(actions, before, life)
    }

    private static func fits(
        _ actions: ReplicaActions, _ before: ReplicaLife, _ after: ReplicaLife
    ) -> Bool {
        let died = actions.contains(.requestsDie)
        return actions.contains(.becameReady) == (!before.isReady && after.isReady)
            && actions.contains(.becameUnready) == (before.isReady && !after.isReady)
            && actions.contains(.beganServing) == (!before.isServing && after.isServing)
            && died == (before.isServing && !after.isServing)
            && actions.contains(.speedChanged) == (before.speed != after.speed)
            && (!after.isReady || after.phase == .running)
    }

    @Test("Whatever happens to it, its answers fit its state, and its state survives as bytes")
    func randomInputs() throws {
        let program = LifeCycleProgram(Self.description, seed: 5, service: ServiceID(2))
        var random = RandomNumbers(seed: 7)
        for replica in 0..<50 {
            var life =
                replica % 2 == 0
                ? ReplicaLife(running: replica, program) : ReplicaLife(absent: replica)
            var now = SimulatedInstant.start
            for _ in 0..<200 {
                let target =
                    now + .milliseconds(Int64.random(in: 0..<4_000, using: &random))
                var alarms = 0
                while life.nextAlarm <= target {
                    #expect(life.nextAlarm >= now)
                    now = life.nextAlarm
                    let before = life
                    let actions = life.alarm(at: now, program)
                    #expect(Self.fits(actions, before, life))
                    alarms += 1
                    try #require(alarms < 100)
                }
                now = target
                #expect(Self.step(&life, &random, at: now, program))
                #expect(try ReplicaLife(decoding: life.encoded()) == life)
            }
        }
    }

    @Test("Bytes that are no life are refused, cut or changed anywhere")
    func hostileBytes() throws {
        let program = LifeCycleProgram(Self.description, seed: 5, service: ServiceID(2))
        var life = ReplicaLife(running: 1, program)
        _ = life.kill(at: .start + .seconds(1), program)
        _ = life.alarm(at: life.nextAlarm, program)
        let bytes = life.encoded()
        #expect(bytes.count == ReplicaLife.leastEncodedSize)
        for count in bytes.indices {
            #expect(throws: ByteError.self) {
                try ReplicaLife(decoding: Array(bytes.prefix(count)))
            }
        }
        for position in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[position] = value
                guard var decoded = try? ReplicaLife(decoding: changed) else { continue }
                // What is accepted goes on without harm.
                for _ in 0..<50 where decoded.nextAlarm < .never {
                    _ = decoded.alarm(at: decoded.nextAlarm, program)
                }
            }
        }
    }
}
