import Kernel
import Model
import Testing

@Suite("Replication with lag")
struct ReplicationTests {
    private static func lag(_ shape: Distribution.Shape) -> (Sampler, SamplerTables) {
        var tables = SamplerTables()
        return (Sampler(Distribution(shape), tables: &tables), tables)
    }

    private static func write(
        _ key: UInt32, at milliseconds: Int64, call: UInt64 = 1, into state: inout ReplicationState,
        _ lag: (Sampler, SamplerTables)
    ) {
        state.write(
            key, by: call, at: .start + .milliseconds(milliseconds), lag: lag.0, lag.1, seed: 1,
            service: ServiceID(0))
    }

    @Test("A read of a key is stale until its last write has been applied")
    func staleReads() {
        var state = ReplicationState(replicas: 3)
        let lag = Self.lag(.deterministic(value: 0.010))
        Self.write(7, at: 0, into: &state, lag)
        Self.write(7, at: 5, into: &state, lag)
        #expect(state.isStale(7, on: 1) && state.isStale(7, on: 2) && !state.isStale(7, on: 0))
        #expect(!state.isStale(8, on: 1))
        #expect(state.nextInstant == .start + .milliseconds(10) && state.pendingCount == 4)
        let first = state.takeNext()
        #expect(first.replica == 1 && first.key == 7)
        state.applied(first)
        #expect(state.isStale(7, on: 1))
        state.applied(state.takeNext())
        state.applied(state.takeNext())
        #expect(!state.isStale(7, on: 1) && state.isStale(7, on: 2))
        state.applied(state.takeNext())
        #expect(!state.isStale(7, on: 2) && state.nextInstant == .never)
    }

    @Test("Each replica applies the writes in their order, whatever their lags")
    func order() throws {
        var state = ReplicationState(replicas: 4)
        let lag = Self.lag(.exponential(mean: 0.05))
        for number in 0..<300 {
            Self.write(
                UInt32(number % 20), at: Int64(number), call: UInt64(number + 1), into: &state, lag)
        }
        let bytes = state.encoded()
        state = try ReplicationState(decoding: bytes)
        #expect(state.encoded() == bytes)
        var next = [UInt64](repeating: 0, count: 4)
        var last = SimulatedInstant.start
        while state.pendingCount > 0 {
            let apply = state.takeNext()
            #expect(apply.instant >= last && apply.number == next[Int(apply.replica)])
            last = apply.instant
            next[Int(apply.replica)] += 1
            state.applied(apply)
        }
        #expect(next == [0, 300, 300, 300])
        #expect((0..<20).allSatisfy { key in (0..<4).allSatisfy { !state.isStale(key, on: $0) } })
    }

    @Test("A replica that starts again has applied everything")
    func forget() {
        var state = ReplicationState(replicas: 3)
        let lag = Self.lag(.deterministic(value: 1))
        for key in UInt32(0)..<10 { Self.write(key, at: 0, into: &state, lag) }
        let atWork = state.takeNext()
        #expect(atWork.replica == 1)
        state.forget(replica: 1)
        state.applied(atWork)
        #expect((0..<10).allSatisfy { !state.isStale($0, on: 1) && state.isStale($0, on: 2) })
        #expect(state.pendingCount == 10)
    }

    @Test("Hostile bytes are refused or make a state that works")
    func hostileBytes() {
        var state = ReplicationState(replicas: 3)
        let lag = Self.lag(.exponential(mean: 0.05))
        for number in 0..<12 {
            Self.write(
                UInt32(number % 4), at: Int64(number), call: UInt64(number + 1), into: &state, lag)
        }
        _ = state.takeNext()
        Hostility.damage(state) { state in
            while state.pendingCount > 0 {
                let apply = state.takeNext()
                _ = state.isStale(apply.key, on: Int(apply.replica))
                state.applied(apply)
            }
        }
    }
}
