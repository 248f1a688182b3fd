package import Kernel

/// Knative's pod autoscaler for one revision: a size from the load of the last minute, or of the last seconds if
/// that is far above what the pods can take.
///
/// Follows `Scale` of `pkg/autoscaler/scaling/autoscaler.go`, Knative Serving 98e5ef90 (August 2026).
package struct KnativeAutoscaler: Hashable, Sendable {
    package struct Decision: Hashable, Sendable {
        package var desired: Int
        package var isPanicking: Bool
        /// Requests at a time that find room beyond the burst that is to be kept free; negative puts the
        /// activator into the path.
        package var excessBurstCapacity: Int
        /// The averages that it was decided by.
        package var stable: Double
        package var panic: Double
    }

    private let spec: KnativeSpec
    private var stable: SecondBuckets
    private var panic: SecondBuckets
    private var delayed: LargestOfWindow?
    /// When the load was last above the panic threshold; `nil` outside of a panic.
    private var panicBegan: SimulatedInstant?
    /// The largest size wanted in this panic.
    private var largestInPanic: Int

    /// An autoscaler that has seen nothing. With more than one pod it begins in panic, so as not to shrink before
    /// it knows the load.
    package init(_ spec: KnativeSpec, ready: Int, now: SimulatedInstant) {
        self.spec = spec
        stable = SecondBuckets(window: spec.stableWindow)
        panic = SecondBuckets(window: spec.panicWindow)
        delayed =
            spec.scaleDownDelay > .zero ? LargestOfWindow(window: spec.scaleDownDelay) : nil
        panicBegan = ready > 1 ? now : nil
        largestInPanic = ready
    }

    /// Notes what the revision had to do in the second of an instant: requests at a time on average, or requests,
    /// in all pods and the activator. Values of one second add up.
    package mutating func record(_ value: Double, at instant: SimulatedInstant) {
        guard value.isFinite else { return }
        stable.record(value, at: instant)
        panic.record(value, at: instant)
    }

    /// Decides, every two seconds. `nil` while there are no data.
    package mutating func decide(ready: Int, now: SimulatedInstant) -> Decision? {
        guard !stable.isEmpty(at: now) else { return nil }
        let observed = (stable: stable.average(at: now), panic: panic.average(at: now))
        let pods = Double(max(1, ready))
        // Rounded so that a rate near one still lets the size change.
        let most = (spec.maxScaleUpRate * pods).rounded(.up)
        let least = spec.isReachable ? (pods / spec.maxScaleDownRate).rounded(.down) : 0
        func size(_ wanted: Double) -> Int {
            let bounded = ReplicaCount.clamped(min(max(wanted, least), most))
            return wanted > 0 && spec.activationScale > 1
                ? max(bounded, spec.activationScale) : bounded
        }
        let wantedStable = (observed.stable / spec.target).rounded(.up)
        let wantedPanic = (observed.panic / spec.target).rounded(.up)
        updatePanic(isOver: wantedPanic / pods >= spec.panicThreshold, now)
        var desired = size(wantedStable)
        if panicBegan != nil {
            desired = max(desired, size(wantedPanic), largestInPanic)
            largestInPanic = desired
        }
        if let largest = delayed?.record(desired, at: now) { desired = largest }
        return Decision(
            desired: desired, isPanicking: panicBegan != nil,
            excessBurstCapacity: excessBurstCapacity(ready: ready, load: observed.panic),
            stable: observed.stable, panic: observed.panic)
    }

    /// Panic lasts until a whole stable window has passed since the last breach.
    private mutating func updatePanic(isOver: Bool, _ now: SimulatedInstant) {
        if isOver {
            panicBegan = now
        } else if let began = panicBegan, began.age(at: now) > spec.stableWindow {
            panicBegan = nil
            largestInPanic = 0
        }
    }

    private func excessBurstCapacity(ready: Int, load: Double) -> Int {
        if spec.targetBurstCapacity == 0 { return 0 }
        if spec.targetBurstCapacity < 0 { return -1 }
        let room = Double(ready) * spec.total - spec.targetBurstCapacity - load
        return ReplicaCount.clamped(room.rounded(.down))
    }
}
