package import Kernel

/// When a call is made once more although the first may yet be answered (Dean and Barroso, "The Tail
/// at Scale", 2013), and how many such calls there may be.
package struct HedgeState: BitwiseCopyable, Sendable {
    private var calls: UInt64 = 0
    private var hedges: UInt64 = 0

    package init() {}

    /// A first attempt is made.
    package mutating func noteCall() { calls &+= 1 }

    /// Whether one more hedge keeps their share of the calls within the cap; if so, counts it.
    package mutating func mayHedge(under policy: HedgePolicy) -> Bool {
        guard Double(hedges &+ 1) <= policy.cap * Double(calls) else { return false }
        hedges &+= 1
        return true
    }

    /// How long after an attempt the next one may be made; `nil` while too little is known.
    package static func delay(
        under policy: HedgePolicy, latencies: LatencyQuantile
    ) -> SimulatedDuration? {
        switch policy.delay {
        case .fixed(let delay): delay
        case .quantile(let q): latencies.answers < 100 ? nil : latencies.quantile(q)
        }
    }

    package var isValid: Bool { calls < 1 << 62 && hedges < 1 << 62 }
}
