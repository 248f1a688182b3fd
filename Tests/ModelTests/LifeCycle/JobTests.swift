import Kernel
import Model
import Testing

/// Replicas that take so many requests and are gone.
@Suite("Jobs")
struct JobTests {
    private let program = LifeCycleProgram(nil, seed: 1, service: ServiceID(0))

    private func job(_ fill: UInt16) -> ReplicaLife {
        var life = ReplicaLife(absent: 0)
        _ = life.create(at: .start, fill: fill, program)
        while life.phase != .running { _ = life.alarm(at: life.nextAlarm, program) }
        return life
    }

    @Test("A job is ready until it has its fill, and gone once it has done that")
    func fill() {
        var life = job(2)
        #expect(life.isReady && life.takesRequests && !life.hasBegun)
        #expect(life.take(at: .start) == [])
        #expect(life.takesRequests && life.hasBegun)
        #expect(life.take(at: .start) == .becameUnready)
        #expect(!life.isReady && !life.takesRequests && life.phase == .running)
        let end = life.becameIdle(at: .start, program)
        #expect(end.contains(.ended) && life.phase == .absent)
    }

    @Test("A job that has taken nothing waits; one that has less than its fill does not")
    func waiting() {
        var life = job(3)
        #expect(life.becameIdle(at: .start, program) == [] && life.phase == .running)
        _ = life.take(at: .start)
        #expect(life.becameIdle(at: .start, program).contains(.ended))
    }

    @Test("A container that crashes is started again, and takes its fill anew")
    func crash() {
        var life = job(1)
        _ = life.take(at: .start)
        #expect(life.crash(at: .start, program).contains(.requestsDie))
        var now = SimulatedInstant.start
        while life.phase != .running {
            now = life.nextAlarm
            _ = life.alarm(at: now, program)
        }
        #expect(life.takesRequests && life.isReady)
    }

    @Test("What is no job takes requests for ever")
    func service() {
        var life = job(0)
        for _ in 0..<100 { #expect(life.take(at: .start) == []) }
        #expect(life.isReady && life.becameIdle(at: .start, program) == [])
    }

    @Test("A job survives the way over the wire")
    func coding() throws {
        var life = job(3)
        _ = life.take(at: .start)
        #expect(try ReplicaLife(decoding: life.encoded()) == life)
        let order = ReplicaOrder(.create, 7, fill: 12)
        #expect(try ReplicaOrder(decoding: order.encoded()) == order)
    }
}
