import Kernel
import Model
import Testing

/// States are checkpointed as their bytes: they may hold no padding, whose contents are undefined.
@Suite("States as bytes")
struct StateLayoutTests {
    @Test("States have no padding")
    func padding() {
        #expect(MemoryLayout<SlidingCount>.stride == 10 * 8 + 3 * 8)
        #expect(MemoryLayout<RetryBudgetState>.stride == 2 * 104 + 8)
        #expect(MemoryLayout<CircuitBreakerState>.stride == 2 * 104 + 2 * 8 + 6 * 4)
        #expect(MemoryLayout<ThrottleState>.stride == 2 * 104)
        #expect(MemoryLayout<BucketState>.stride == 2 * 8)
        #expect(MemoryLayout<UtilisationMeter>.stride == 3 * 8)
        #expect(MemoryLayout<ControlledDelayState>.stride == 8)
        #expect(MemoryLayout<AdaptiveLimitState>.stride == 7 * 8)
        #expect(MemoryLayout<LatencyQuantile>.stride == 256 * 2 + 32 * 4 + 2 * 4)
        #expect(MemoryLayout<HedgeState>.stride == 2 * 8)
        #expect(MemoryLayout<EjectionState>.stride == 8 + 2 * 4)
        #expect(MemoryLayout<ReplicaView>.stride == 16 + 4 + 2 * 2)
        #expect(MemoryLayout<CallerViews>.stride == 3 * 8 + 2 * 4)
    }

    @Test("What is no state is recognised")
    func garbage() {
        func isValid<State: BitwiseCopyable>(
            _: State.Type, filledWith byte: UInt8, _ check: (State) -> Bool
        ) -> Bool {
            let bytes = [UInt8](repeating: byte, count: MemoryLayout<State>.size)
            return bytes.withUnsafeBytes { check($0.loadUnaligned(as: State.self)) }
        }
        #expect(!isValid(SlidingCount.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(RetryBudgetState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(CircuitBreakerState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(ThrottleState.self, filledWith: 0x7F) { $0.isValid })
        #expect(!isValid(BucketState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(UtilisationMeter.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(ControlledDelayState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(AdaptiveLimitState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(LatencyQuantile.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(HedgeState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(EjectionState.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(ReplicaView.self, filledWith: 0xFF) { $0.isValid })
        #expect(!isValid(CallerViews.self, filledWith: 0xFF) { $0.isValid })
    }

    @Test("Fresh states are valid")
    func fresh() {
        #expect(SlidingCount().isValid && ThrottleState().isValid && CircuitBreakerState().isValid)
        #expect(BucketState().isValid && UtilisationMeter().isValid && HedgeState().isValid)
        #expect(ControlledDelayState().isValid && LatencyQuantile().isValid)
        #expect(EjectionState().isValid && ReplicaView().isValid && CallerViews(caller: 7).isValid)
        let limit = AdaptiveLimitDescription(algorithm: .vegas(alpha: 3, beta: 6))
        #expect(AdaptiveLimitState(limit, draw: 0.5).isValid)
        #expect(RetryBudgetState(.tokens(maximum: 10, ratio: 0.1)).isValid)
    }
}
