import Kernel
import Model
import Testing

@Suite("Next instants of many replicas")
struct ReplicaClockTests {
    @Test("The earliest, and the lowest replica of several, as a search of all would find them")
    func agreesWithSearch() throws {
        var numbers = RandomNumbers(seed: 5)
        for count in [1, 2, 3, 7, 64, 100] {
            var clock = ReplicaClock(count: count)
            var instants = [SimulatedInstant](repeating: .never, count: count)
            for step in 0..<2_000 {
                let replica = Int.random(in: 0..<count, using: &numbers)
                let instant =
                    numbers.isTrue(withProbability: 0.2)
                    ? SimulatedInstant.never
                    : SimulatedInstant(nanoseconds: .random(in: 0...50, using: &numbers))
                clock.set(replica, instant)
                instants[replica] = instant
                if step == 1_000 { clock = try ReplicaClock(decoding: clock.encoded()) }
                #expect(clock.earliest == instants.min())
                #expect(clock.first == instants.firstIndex(of: clock.earliest))
                #expect(clock[replica] == instant)
            }
        }
    }

    @Test("A service without replicas has no next instant")
    func empty() throws {
        #expect(ReplicaClock(count: 0).earliest == .never)
        #expect(try ReplicaClock(decoding: ReplicaClock(count: 0).encoded()).count == 0)
    }

    @Test("A copy is unchanged by what is done to the original after it was prepared")
    func copies() {
        var clock = ReplicaClock(count: 5)
        clock.set(3, .start)
        let copy = clock
        clock.prepareForChanges()
        clock.set(3, .never)
        #expect(copy.earliest == .start && clock.earliest == .never)
    }

    @Test("Instants before the start are refused")
    func hostileBytes() {
        let bytes = ReplicaClock([SimulatedInstant(nanoseconds: -1)]).encoded()
        #expect(throws: ByteError.self) { try ReplicaClock(decoding: bytes) }
    }
}
